"""No way up: what would give a tenant's role more rights than the tenant's roles have.

Isolation asks what a role reaches; this asks what it could turn into. The actions are those of the
public catalogues (https://pathfinding.cloud,
https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/), and all that AWS
itself lists at the level "Permissions management". An action that AWS's lists do not have is
unknown, and refused.
"""

from collections.abc import Iterator

from terrace.assembly.symbols import theirs
from terrace.isolation import actions, globs
from terrace.isolation.accepted import why
from terrace.isolation.breaches import Breach
from terrace.isolation.conditions import Context
from terrace.isolation.documents import Statement
from terrace.isolation.evaluation import Request, allowed
from terrace.isolation.identities import actions_of, breach, patterns_of, somebody_elses
from terrace.isolation.owners import Owner, Wearer, bears_name

CLOUDFORMATION = "cloudformation.amazonaws.com"
# They use the rights of a role that the stack may have already, by `cdk deploy` an administrator's
# (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html).
WITH_ROLE_ARN = frozenset(
    f"cloudformation:{name}"
    for name in (
        "createstack", "updatestack", "deletestack", "createchangeset", "rollbackstack",
        "continueupdaterollback",
    )
)  # fmt: skip
_ROLE_ARN = "cloudformation:rolearn"
_PASSED_TO = "iam:passedtoservice"
# They change what something runs that has a role already, so that nobody need pass it one. Only
# CloudFormation may have them, with the tenant's own role, and only on what is the tenant's.
EDITS = (
    "lambda:updatefunctioncode",
    "lambda:updatefunctionconfiguration",
    "lambda:createfunction",
    "lambda:publishlayerversion",
    "lambda:createeventsourcemapping",
    "lambda:updateeventsourcemapping",
    "lambda:*functionurlconfig",
    "lambda:putfunctioneventinvokeconfig",
    "lambda:putruntimemanagementconfig",
    "states:createstatemachine",
    "states:updatestatemachine",
    "states:createstatemachinealias",
    "states:updatestatemachinealias",
    "states:teststate",
    "codebuild:createproject",
    "codebuild:updateproject",
    "codebuild:startbuild",
    "codebuild:startbuildbatch",
    "codepipeline:createpipeline",
    "codepipeline:updatepipeline",
    "codepipeline:startpipelineexecution",
    "codepipeline:putjobsuccessresult",
    "glue:createjob",
    "glue:updatejob",
    "glue:startjobrun",
    "glue:createdevendpoint",
    "glue:updatedevendpoint",
    "glue:createsession",
    "glue:runstatement",
    "sagemaker:*notebookinstance*",
    "sagemaker:*userprofile",
    "sagemaker:createpresigneddomainurl",
    "sagemaker:*pipeline",
    "sagemaker:*pipelineexecution",
    "sagemaker:createapp",
    "sagemaker:createcodeeditor*",
    "sagemaker:updatedomain",
    "sagemaker:*trainingplan*",
    "sagemaker:createprocessingjob",
    "ec2:runinstances",
    "ec2:startinstances",
    "ec2:modifyinstanceattribute",
    "ec2:associateiaminstanceprofile",
    "ec2:replaceiaminstanceprofileassociation",
    "ec2:requestspot*",
    "ec2:createlaunchtemplate*",
    "ec2-instance-connect:*",
    "ssm:sendcommand",
    "ssm:startsession",
    "ssm:startautomationexecution",
    "ssm:createdocument",
    "ssm:updatedocument*",
    "ssm:createassociation*",
    "ssm:updateassociation",
    "ecs:runtask",
    "ecs:starttask",
    "ecs:createservice",
    "ecs:updateservice",
    "ecs:registertaskdefinition",
    "ecs:executecommand",
    "batch:registerjobdefinition",
    "batch:submitjob",
    "elasticmapreduce:runjobflow",
    "elasticmapreduce:addjobflowsteps",
    "emr-serverless:createapplication",
    "emr-serverless:updateapplication",
    "datapipeline:*",
    "scheduler:createschedule",
    "scheduler:updateschedule",
    "events:putrule",
    "events:puttargets",
    "pipes:createpipe",
    "pipes:updatepipe",
    "apprunner:*service",
    "amplify:*app",
    "cloud9:*",
    "imagebuilder:*",
    "bedrock-agentcore:*codeinterpreter*",
    "bedrock-agentcore:*agentruntime*",
    "codestar:*",
    "cognito-identity:*",
    "greengrass:*",
    "iot:createrolealias",
    "iot:updaterolealias",
    "rolesanywhere:*",
    "sso:*",
    "organizations:*",
    "eks:*",
    "appsync:*resolver",
    "appsync:*function",
    "appsync:*datasource",
    "athena:startsession",
    "braket:createjob",
    "omics:startrun",
    "proton:*",
    "servicecatalog:*",
    "transfer:createuser",
    "transfer:updateuser",
    "sns:settopicattributes",
    "sqs:setqueueattributes",
    "apigateway:put",
    "apigateway:post",
    "apigateway:patch",
)
# What a tenant's roles may do to the tenant's own, although AWS calls it a matter of permissions.
_ON_OWN = ("kms:creategrant",)


def escalation(owner: Owner) -> Iterator[Breach]:
    """Every way for an owner's principals to more rights than they have."""
    deployers = {one.principal.arn for one in owner.wearers if one.trusts == {CLOUDFORMATION}}
    passable = {one.principal.arn for one in owner.wearers}
    for wearer in owner.wearers:
        for statement in wearer.principal.policies:
            if not statement.allows:
                continue
            for pattern in patterns_of(statement):
                ways = tuple(
                    action
                    for action in _risky(statement)
                    if not why(action, pattern, wearer, statement)
                    and not _is_bounded(action, pattern, wearer, statement, deployers, passable)
                    and allowed(
                        wearer.principal,
                        Request(action=action, resource=pattern, context=_context(action, pattern)),
                    )
                )
                if ways:
                    yield _way_up(owner, wearer, statement, pattern, ways)


def _context(action: str, pattern: str) -> Context:
    return Context() if _is_own(pattern) else somebody_elses(action, pattern)


def _is_own(pattern: str) -> bool:
    return bears_name(pattern) and not globs.meet(pattern, theirs(pattern))


def _way_up(
    owner: Owner, wearer: Wearer, statement: Statement, pattern: str, ways: tuple[str, ...]
) -> Breach:
    unknown = [one for one in ways if not actions.is_known(one)]
    what = f"an unknown action on {pattern}" if unknown else f"more rights, by {pattern}"
    return breach(owner, wearer, statement, tuple(dict.fromkeys(ways)), "anybody", what)


def _risky(statement: Statement) -> Iterator[str]:
    for pattern in actions_of(statement):
        for action in actions.named_by(pattern):
            if is_way_up(action):
                yield action


def is_way_up(action: str) -> bool:
    """Whether an action may give whoever has it more rights."""
    if not actions.is_known(action):
        return True
    level = actions.level_of(action)
    service = action.partition(":")[0]
    return (
        level == actions.PERMISSIONS
        or (service in ("iam", "cloudformation") and level not in ("Read", "List"))
        or any(globs.covers(one, action) for one in EDITS)
    )


def _is_bounded(
    action: str,
    pattern: str,
    wearer: Wearer,
    statement: Statement,
    deployers: set[str],
    passable: set[str],
) -> bool:
    if action == "iam:passrole":
        return pattern in passable and _demands(statement, _PASSED_TO)
    own = _is_own(pattern)
    if action in WITH_ROLE_ARN:
        return own and _demands(statement, _ROLE_ARN, deployers)
    if action in _ON_OWN:
        return own
    if not actions.is_known(action) or actions.level_of(action) == actions.PERMISSIONS:
        return False
    if action.startswith(("iam:", "cloudformation:")):
        return False
    return own and wearer.principal.arn in deployers


def _demands(statement: Statement, key: str, values: set[str] | None = None) -> bool:
    """Whether a statement needs a key to be there, with one of some values and no other."""
    return any(
        condition.key == key
        and condition.demands_presence
        and not any({"*", "?"} & set(value) or "${" in value for value in condition.values)
        and (values is None or set(condition.values) <= values)
        for condition in statement.conditions
    )
