"""Whatever else of a stack could reach somebody: what it refers to, and what nobody here knows."""

from collections.abc import Iterator, Mapping
from typing import Any

from terrace.assembly.kinds import KINDS
from terrace.assembly.ownership import PLATFORM
from terrace.assembly.templates import Resource
from terrace.isolation import globs
from terrace.isolation.breaches import Breach
from terrace.isolation.owners import Owner
from terrace.isolation.world import World

# They give nobody rights, and what they refer to is looked at all the same.
_HARMLESS = (
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlanKey",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CDK::Metadata",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::IAM::OIDCProvider",
    "AWS::IAM::Policy",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "Custom::EmptyBucket",
    "Custom::EmptyModelPackageGroup",
)
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
_CLOSED = ("Private", "LogDeliveryWrite", "BucketOwnerFullControl", "BucketOwnerRead")
# Properties that are policies, which are read as such.
_POLICIES = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "Policies")
_SENT_TO = ("arn:", "https://sqs.")
_PLATFORMS = ("arn:aws:sns:", "arn:aws:events:", "arn:aws:s3:::terrace--platform")


def strangers(owner: Owner, world: World) -> Iterator[Breach]:
    """References to somebody else's resources, and kinds of resources that are not known."""
    for resource in owner.resources:
        if resource.type not in KINDS and resource.type not in _HARMLESS:
            yield _breach(owner, resource, "anybody", f"a {resource.type}, which is not known here")
        if owner.name != PLATFORM:
            yield from _references(owner, resource, world)
        if resource.type in _ATTACHED:
            yield from _attached(owner, resource)
        if resource.properties.get("AccessControl", "Private") not in _CLOSED:
            yield _breach(owner, resource, owner.name, "its access control list is not private")


def _attached(owner: Owner, policy: Resource) -> Iterator[Breach]:
    """Policies of roles that are in no stack of the owner's, where nobody would look for them."""
    own = {wearer.principal.arn.rpartition("/")[2] for wearer in owner.wearers}
    for kind in ("Roles", "Users", "Groups"):
        for name in policy.properties.get(kind, ()):
            if name not in own:
                yield _breach(owner, policy, "anybody", f"{name}, which is not in its stacks")


def _references(owner: Owner, resource: Resource, world: World) -> Iterator[Breach]:
    told = {key: part for key, part in resource.properties.items() if key not in _POLICIES}
    for text in _texts(told):
        if not text.startswith(_SENT_TO):
            continue
        for target in world.targets:
            intended = target.owner == PLATFORM and text.startswith(_PLATFORMS)
            if not intended and "*" not in text and globs.meet(text, target.pattern):
                yield _breach(owner, resource, target.owner, target.title)


def _breach(owner: Owner, resource: Resource, victim: str, what: str) -> Breach:
    return Breach(
        owner=owner.name,
        principal=str(resource),
        actions=("refers",),
        victim=victim,
        resource=what,
        by=f"its properties, type {resource.type}",
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
