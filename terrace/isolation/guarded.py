"""Resources' own policies: whatever has a `Principal` in it, wherever it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from terrace.assembly.resources import Resource
from terrace.isolation.documents import Statement, listed, statements

# What a policy resource is attached to, by its type; other policies are of the resource itself.
_ATTACHED_TO = {
    "AWS::Events::EventBusPolicy": "EventBusName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
}


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A resource, and the policy of its own that it has."""

    title: str
    type: str
    arns: tuple[str, ...]
    policy: tuple[Statement, ...]


def guarded(resources: list[Resource]) -> Iterator[Guarded]:
    """Every policy of a resource, with what it is attached to."""
    by_name = {name: one for one in resources if one.arn for name in _names(one)}
    for one in resources:
        documents = list(_documents(one.properties))
        if one.type == "AWS::Lambda::Permission":
            yield from _of(one, _of_permission(one.properties), ["FunctionName"], by_name)
        elif one.type == "AWS::Events::EventBusPolicy" and "Statement" not in one.properties:
            yield from _of(one, _of_bus(one.properties), ["EventBusName"], by_name)
        elif documents:
            names = _ATTACHED_TO.get(one.type)
            for document in documents:
                yield from _of(one, document, [names] if names else [], by_name)


def _documents(value: Any) -> Iterator[Any]:
    """Policy documents inside of properties, as values or as JSON texts."""
    if isinstance(value, Mapping):
        if "Statement" in value and _has_principal(value):
            yield value
        elif ("Principal" in value or "NotPrincipal" in value) and "Effect" in value:
            yield {"Statement": [value]}
        else:
            for part in value.values():
                yield from _documents(part)
    elif isinstance(value, list):
        for part in value:
            yield from _documents(part)
    elif isinstance(value, str) and '"Principal"' in value.replace("NotPrincipal", "Principal"):
        yield value


def _has_principal(document: Mapping[str, Any]) -> bool:
    return any(
        not isinstance(one, Mapping) or "Principal" in one or "NotPrincipal" in one
        for one in listed(document["Statement"])
    )


def _of(
    one: Resource, document: Any, names: list[str], by_name: Mapping[str, Resource]
) -> Iterator[Guarded]:
    policy = tuple(statements(document, str(one)))
    guards = [name for key in names for name in listed(one.properties.get(key, ""))]
    for name in guards or [str(one.arn)]:
        resource = by_name.get(str(name))
        yield Guarded(
            title=str(resource or one),
            type=resource.type if resource else one.type,
            arns=resource.families if resource else (str(name),),
            policy=policy,
        )


def _names(one: Resource) -> tuple[str, ...]:
    arn = str(one.arn)
    name = arn.rpartition("/" if "/" in arn else ":")[2]
    url = arn.replace("arn:", "https://", 1)
    return arn, name, url, *_urls(one)


def _urls(one: Resource) -> tuple[str, ...]:
    if one.type != "AWS::SQS::Queue":
        return ()
    _, _, service, region, account, name = str(one.arn).split(":", 5)
    return (f"https://{service}.{region}.amazonaws.com/{account}/{name}",)


def _of_permission(written: Mapping[str, Any]) -> dict[str, Any]:
    """A function's permission as the statement that AWS makes of it."""
    keys = {
        "aws:SourceArn": written.get("SourceArn"),
        "aws:SourceAccount": written.get("SourceAccount"),
        "aws:PrincipalOrgID": written.get("PrincipalOrgID"),
    }
    principal = written.get("Principal", "*")
    is_service = isinstance(principal, str) and principal.endswith(".amazonaws.com")
    statement = {
        "Effect": "Allow",
        "Action": written.get("Action", "*"),
        "Resource": "*",
        "Principal": {"Service" if is_service else "AWS": principal},
        "Condition": {"ArnLike": {key: value for key, value in keys.items() if value}},
    }
    return {"Statement": [statement]}


def _of_bus(written: Mapping[str, Any]) -> dict[str, Any]:
    """A bus policy in its older form: who may put events, all the account's or everybody."""
    condition = written.get("Condition", {})
    block = {condition.get("Type"): {condition.get("Key"): condition.get("Value")}}
    statement = {
        "Effect": "Allow",
        "Action": written.get("Action", "*"),
        "Principal": {"AWS": written.get("Principal", "*")},
        "Condition": block if condition else {},
    }
    return {"Statement": [statement]}
