"""How large policies may be, and how many statements a queue's or a topic's may have.

IAM counts characters without white space; the other services count the bytes of the text.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.hooks import events, functions, identity
from localcloud.limits.exceeded import Check, Exceeded, Parameters

_TRUST = 2048
_MANAGED = 6144
_ATTACHED = 10  # managed policies of a role
_INLINE = {"Role": 10_240, "User": 2048, "Group": 5120}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the policy of a resource may hold.

    Attributes:
        size: In bytes.
        code: The error of the service.
        status: The answer's HTTP status.
    """

    size: int
    code: str
    statements: int | None = None
    principals: int | None = None
    actions: int | None = None  # of a statement
    conditions: int | None = None  # of a statement
    status: int = 400


_QUEUE = Limits(
    size=8192, code="InvalidAttributeValue", statements=20, principals=50, actions=7, conditions=10
)
_TOPIC = Limits(size=30 * 1024, code="InvalidParameter", statements=100, principals=200)
_BUCKET = Limits(size=20 * 1024, code="MalformedPolicy")
_KEY = Limits(size=32 * 1024, code="LimitExceededException")
_ENDPOINT = Limits(size=20_480, code="InvalidParameterValue")
_BUS = Limits(size=10_240, code="PolicyLengthExceededException")
_FUNCTION = 20_480
_LOGS = Limits(size=5120, code="LimitExceededException")


def text_of(document: Any) -> str:
    """A policy as the service gets it: CloudFormation writes a template's as JSON."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def without_white_space(document: Any) -> str:
    """A policy as IAM counts it."""
    if not isinstance(document, str):
        return text_of(document)
    try:
        return text_of(json.loads(document))
    except ValueError:
        return "".join(document.split())


def _check_size(document: Any, limit: int, quota: str) -> None:
    size = len(without_white_space(document))
    if size > limit:
        message = f"Cannot exceed quota for {quota}: {limit} (the document has {size} characters)"
        raise Exceeded("LimitExceeded", message, 409)


def _trust(parameters: Parameters) -> None:
    document = parameters.get("AssumeRolePolicyDocument") or parameters.get("PolicyDocument") or ""
    _check_size(document, _TRUST, "ACLSizePerRole")


def _managed(parameters: Parameters) -> None:
    _check_size(parameters.get("PolicyDocument") or "", _MANAGED, "PolicySize")


def _inline(kind: str, name: str, policies: Mapping[str, Any]) -> None:
    """All inline policies of an entity count together."""
    together = identity.inline_policies(kind, name) | dict(policies)
    size = sum(len(without_white_space(document)) for document in together.values())
    if size > _INLINE[kind]:
        raise Exceeded(
            "LimitExceeded",
            f"Maximum policy size of {_INLINE[kind]} bytes exceeded for {kind.lower()} {name} "
            f"({size} with all its inline policies)",
            409,
        )


def _put_inline(kind: str) -> Check:
    def check(parameters: Parameters) -> None:
        policy = {parameters.get("PolicyName", ""): parameters.get("PolicyDocument") or ""}
        _inline(kind, parameters.get(f"{kind}Name", ""), policy)

    return check


def _inline_of_stack(parameters: Parameters) -> None:
    policy = {parameters.get("PolicyName", ""): parameters.get("PolicyDocument") or ""}
    for kind in _INLINE:
        for name in parameters.get(f"{kind}s", ()):
            _inline(kind, name, policy)


def _attach(parameters: Parameters) -> None:
    role, arn = parameters.get("RoleName", ""), parameters.get("PolicyArn", "")
    _check_attached({*identity.attached_policies(role), arn})


def _check_attached(arns: set[str]) -> None:
    if len(arns) > _ATTACHED:
        message = f"Cannot exceed quota for PoliciesPerRole: {_ATTACHED}"
        raise Exceeded("LimitExceeded", message, 409)


def _role_of_stack(parameters: Parameters) -> None:
    _trust(parameters)
    _check_attached(set(parameters.get("ManagedPolicyArns", ())))
    policies = parameters.get("Policies", ())
    named = {one.get("PolicyName", ""): one.get("PolicyDocument") or "" for one in policies}
    _inline("Role", parameters.get("RoleName", ""), named)


def check_document(document: Any, limits: Limits) -> None:
    """Checks a resource's policy.

    Raises:
        Exceeded: It is larger than the service takes, or has more of something.
    """
    text = text_of(document or "")
    _check_count("bytes", len(text.encode()), limits.size, limits)
    try:
        statements = _listed(json.loads(text or "{}").get("Statement", []))
    except (ValueError, AttributeError):
        return  # not a policy at all, which the service says itself
    _check_count("statements", len(statements), limits.statements, limits)
    principals = sum(len(_principals(one)) for one in statements)
    _check_count("principals", principals, limits.principals, limits)
    for statement in statements:
        actions = len(_listed(statement.get("Action", [])))
        _check_count("actions in a statement", actions, limits.actions, limits)
        conditions = sum(len(keys) for keys in (statement.get("Condition") or {}).values())
        _check_count("conditions in a statement", conditions, limits.conditions, limits)


def _check_count(what: str, count: int, limit: int | None, limits: Limits) -> None:
    if limit is not None and count > limit:
        message = f"Invalid value for the parameter Policy. It has {count} {what}; at most {limit}"
        raise Exceeded(limits.code, message, limits.status)


def _principals(statement: Mapping[str, Any]) -> list[Any]:
    principal = statement.get("Principal", [])
    if isinstance(principal, Mapping):
        return [one for group in principal.values() for one in _listed(group)]
    return _listed(principal)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _member(limits: Limits, *path: str) -> Check:
    """Checks the document that is at a path of the parameters, where it is there."""

    def check(parameters: Parameters) -> None:
        value: Any = parameters
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        if value:
            check_document(value, limits)

    return check


def _topic_attribute(parameters: Parameters) -> None:
    if parameters.get("AttributeName") == "Policy":
        check_document(parameters.get("AttributeValue", ""), _TOPIC)


def _check_grown(policy: Mapping[str, Any], parameters: Parameters, limit: int) -> None:
    """Checks a policy that a call adds a statement to."""
    sid = parameters.get("StatementId")
    kept = [one for one in policy.get("Statement", []) if not sid or one.get("Sid") != sid]
    size = len(text_of({**policy, "Statement": [*kept, _added(parameters, kept)]}).encode())
    if size > limit:
        message = f"The final policy size ({size}) is bigger than the limit ({limit})."
        raise Exceeded("PolicyLengthExceededException", message)


def _added(parameters: Parameters, others: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The statement that a service makes of a permission."""
    conditions = {
        operator: {f"AWS:{name}": parameters[name]}
        for operator, name in (("ArnLike", "SourceArn"), ("StringEquals", "SourceAccount"))
        if name in parameters
    }
    return {
        "Sid": parameters.get("StatementId", ""),
        "Effect": "Allow",
        "Principal": {"Service": parameters.get("Principal", "")},
        "Action": parameters.get("Action", ""),
        "Resource": others[-1]["Resource"] if others else "",
        "Condition": parameters.get("Condition") or conditions,
    }


def _permission(parameters: Parameters) -> None:
    policy = functions.policy_of(str(parameters.get("FunctionName", "")))
    _check_grown(policy, parameters, _FUNCTION)


def _bus_permission(parameters: Parameters) -> None:
    bus = str(parameters.get("EventBusName") or "default").rpartition("/")[2]
    if document := parameters.get("Policy") or parameters.get("Statement"):
        check_document(document, _BUS)
    else:
        _check_grown(events.bus_policy(bus), parameters, _BUS.size)


OPERATIONS: Mapping[tuple[str, str], Sequence[Check]] = {
    ("ec2", "CreateVpcEndpoint"): [_member(_ENDPOINT, "PolicyDocument")],
    ("ec2", "ModifyVpcEndpoint"): [_member(_ENDPOINT, "PolicyDocument")],
    ("events", "PutPermission"): [_bus_permission],
    ("iam", "AttachRolePolicy"): [_attach],
    ("iam", "CreatePolicy"): [_managed],
    ("iam", "CreatePolicyVersion"): [_managed],
    ("iam", "CreateRole"): [_trust],
    ("iam", "PutGroupPolicy"): [_put_inline("Group")],
    ("iam", "PutRolePolicy"): [_put_inline("Role")],
    ("iam", "PutUserPolicy"): [_put_inline("User")],
    ("iam", "UpdateAssumeRolePolicy"): [_trust],
    ("kms", "CreateKey"): [_member(_KEY, "Policy")],
    ("kms", "PutKeyPolicy"): [_member(_KEY, "Policy")],
    ("lambda", "AddPermission"): [_permission],
    ("logs", "PutResourcePolicy"): [_member(_LOGS, "policyDocument")],
    ("s3", "PutBucketPolicy"): [_member(_BUCKET, "Policy")],
    ("sns", "CreateTopic"): [_member(_TOPIC, "Attributes", "Policy")],
    ("sns", "SetTopicAttributes"): [_topic_attribute],
    ("sqs", "CreateQueue"): [_member(_QUEUE, "Attributes", "Policy")],
    ("sqs", "SetQueueAttributes"): [_member(_QUEUE, "Attributes", "Policy")],
}
TYPES: Mapping[str, Sequence[Callable[[Parameters], None]]] = {
    "AWS::EC2::VPCEndpoint": [_member(_ENDPOINT, "PolicyDocument")],
    "AWS::Events::EventBusPolicy": [_bus_permission],
    "AWS::IAM::ManagedPolicy": [_managed],
    "AWS::IAM::Policy": [_inline_of_stack],
    "AWS::IAM::Role": [_role_of_stack],
    "AWS::KMS::Key": [_member(_KEY, "KeyPolicy")],
    "AWS::Lambda::Permission": [_permission],
    "AWS::Logs::ResourcePolicy": [_member(_LOGS, "PolicyDocument")],
    "AWS::S3::BucketPolicy": [_member(_BUCKET, "PolicyDocument")],
    "AWS::SNS::TopicPolicy": [_member(_TOPIC, "PolicyDocument")],
    "AWS::SQS::QueuePolicy": [_member(_QUEUE, "PolicyDocument")],
}
