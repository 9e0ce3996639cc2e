"""Whose a stack is, and its resources with the owner's name as a symbol."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from terrace.assembly.kinds import ACCOUNT
from terrace.assembly.ownership import PLATFORM, owner_of
from terrace.assembly.templates import Resource, Templates
from terrace.isolation import globs
from terrace.isolation.documents import Statement, listed, statements
from terrace.isolation.evaluation import Principal

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::UserPolicy")
_LAMBDA = "lambda.amazonaws.com"
_WEARERS = ("AWS::IAM::Role", "AWS::IAM::User")
# The property that holds a resource's policy, and that which names what the policy is of.
_RESOURCE_POLICIES = {
    "AWS::ECR::Repository": ("RepositoryPolicyText", ""),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument", ""),
    "AWS::KMS::Key": ("KeyPolicy", ""),
    "AWS::Events::EventBusPolicy": ("Statement", "EventBusName"),
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupPolicy", ""),
    "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::DynamoDB::Table": ("ResourcePolicy", ""),
}


@dataclass(frozen=True, kw_only=True)
class Wearer:
    """A role or a user, its policies, and which resources take it on."""

    title: str
    principal: Principal
    worn_by: tuple[str, ...]
    functions: tuple[str, ...] = ()  # ARNs, of a role that only functions have


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A resource, and the policy of its own that it has."""

    title: str
    arns: tuple[str, ...]
    policy: tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A tenant, or the platform: what it has, as far as isolation goes."""

    name: str
    resources: tuple[Resource, ...]
    wearers: tuple[Wearer, ...]
    guarded: tuple[Guarded, ...]

    @property
    def families(self) -> Mapping[str, str]:
        """The ARN patterns of all that it has, each with a title.

        What its own roles may make, jobs say, is its own too, as far as its name is in the ARN.
        """
        found = {
            family: str(resource) for resource in self.resources for family in resource.families
        }
        for wearer in self.wearers:
            for statement in wearer.principal.policies:
                for pattern in statement.resources if statement.allows else ():
                    if globs.MINE in pattern:
                        found.setdefault(pattern, f"what {wearer.title} reaches")
        return found


def owners(templates: Templates, *, symbolic: bool) -> Iterator[Owner]:
    """The owners of all stacks; with their names as symbols, or as they are."""
    stacks: dict[str, list[str]] = {}
    for stack in templates.stacks:
        stacks.setdefault(owner_of(stack), []).append(stack)
    for name, its in stacks.items():
        found = [resource for stack in its for resource in templates.resources(stack)]
        symbol = globs.MINE if symbolic and name != PLATFORM else None
        yield _owner(name, [_symbolic(one, name, symbol) if symbol else one for one in found])


def _symbolic(resource: Resource, name: str, symbol: str) -> Resource:
    def told(value: Any) -> Any:
        if isinstance(value, str):
            return globs.named(value, name, symbol)
        if isinstance(value, Mapping):
            return {told(key): told(part) for key, part in value.items()}
        return [told(part) for part in value] if isinstance(value, list) else value

    return replace(
        resource,
        properties=told(resource.properties),
        arn=told(resource.arn),
        families=tuple(map(told, resource.families)),
    )


def _owner(name: str, found: list[Resource]) -> Owner:
    return Owner(
        name=name,
        resources=tuple(found),
        wearers=tuple(_wearer(one, found) for one in found if one.type in _WEARERS),
        guarded=tuple(_guarded(found)),
    )


def _wearer(role: Resource, found: list[Resource]) -> Wearer:
    arn = str(role.arn)
    name = arn.rpartition("/")[2]
    policies = [
        statement
        for one in found
        if one.type in _POLICIES
        and name in (*one.properties.get("Roles", ()), *one.properties.get("Users", ()))
        for statement in statements(one.properties["PolicyDocument"], str(one))
    ]
    for inline in role.properties.get("Policies", ()):
        policies += statements(inline["PolicyDocument"], f"{role}, {inline['PolicyName']}")
    for managed in role.properties.get("ManagedPolicyArns", ()):
        policies += _managed(managed, found, str(role))
    boundary = role.properties.get("PermissionsBoundary")
    return Wearer(
        title=str(role),
        principal=Principal(
            arn=arn,
            account=ACCOUNT,
            policies=policies,
            boundary=_managed(boundary, found, str(role)) if boundary else None,
        ),
        functions=_functions(role, found) if _trusts_only_lambda(role) else (),
        worn_by=tuple(str(one) for one in found if one is not role and _holds(one.properties, arn)),
    )


def _trusts_only_lambda(role: Resource) -> bool:
    trust = role.properties.get("AssumeRolePolicyDocument", {})
    trusted = [statement.get("Principal") for statement in listed(trust.get("Statement", []))]
    return bool(trusted) and all(one == {"Service": _LAMBDA} for one in trusted)


def _functions(role: Resource, found: list[Resource]) -> tuple[str, ...]:
    functions = (one for one in found if one.type == "AWS::Lambda::Function" and one.arn)
    return tuple(str(one.arn) for one in functions if one.properties.get("Role") == role.arn)


def _managed(arn: str, found: list[Resource], where: str) -> list[Statement]:
    """A managed policy's statements; one that is in no template may allow everything."""
    for one in found:
        if one.type == "AWS::IAM::ManagedPolicy" and one.arn == arn:
            return list(statements(one.properties["PolicyDocument"], str(one)))
    return [Statement(where=f"{where}, managed policy {arn}", allows=True, actions=("*",))]


def _holds(value: Any, text: str) -> bool:
    if isinstance(value, Mapping):
        return any(_holds(part, text) for part in value.values())
    if isinstance(value, list):
        return any(_holds(part, text) for part in value)
    return bool(value == text)


def _guarded(found: list[Resource]) -> Iterator[Guarded]:
    by_name = {name: one for one in found if one.arn for name in _names(one)}
    for one in found:
        if one.type == "AWS::Lambda::Permission":
            document = {"Statement": [_of_permission(one.properties)]}
            yield from _of(one, document, [one.properties["FunctionName"]], by_name)
        if one.type not in _RESOURCE_POLICIES:
            continue
        policy, names = _RESOURCE_POLICIES[one.type]
        if policy in one.properties:
            document = one.properties[policy]
            if policy == "Statement":
                document = {"Statement": [document]}
            guards = listed(one.properties[names]) if names else [str(one.arn)]
            yield from _of(one, document.get("PolicyDocument", document), guards, by_name)


def _of(
    one: Resource, document: Any, guards: list[Any], by_name: Mapping[str, Resource]
) -> Iterator[Guarded]:
    policy = tuple(statements(document, str(one)))
    for name in guards:
        resource = by_name.get(str(name))
        yield Guarded(
            title=str(resource or one),
            arns=resource.families if resource else (str(name),),
            policy=policy,
        )


def _names(one: Resource) -> tuple[str, str]:
    arn = str(one.arn)
    return arn, arn.rpartition("/" if "/" in arn else ":")[2]


def _of_permission(told: Mapping[str, Any]) -> dict[str, Any]:
    """A function's permission as the statement that AWS makes of it."""
    given = {"aws:SourceArn": told.get("SourceArn"), "aws:SourceAccount": told.get("SourceAccount")}
    principal = str(told["Principal"])
    return {
        "Effect": "Allow",
        "Action": told["Action"],
        "Resource": "*",
        "Principal": {"Service" if principal.endswith(".amazonaws.com") else "AWS": principal},
        "Condition": {"ArnLike": {key: value for key, value in given.items() if value}},
    }
