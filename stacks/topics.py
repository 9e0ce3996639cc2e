"""Topics and queues that are encrypted, refuse plain HTTP, and can be reached by AWS's services."""

from collections.abc import Iterable, Mapping

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks import arns
from stacks.removal import removal
from terrace.names import PREFIX, SEPARATOR, joined, subscription_id
from terrace.settings import Subscription


def service_principal(service: str) -> iam.PrincipalWithConditions:
    """An AWS service that acts for this account, and for no other (the confused deputy)."""
    return iam.PrincipalWithConditions(
        iam.ServicePrincipal(f"{service}.amazonaws.com"),
        {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
    )


def alarms_of(tenant: str) -> iam.PrincipalWithConditions:
    """CloudWatch, for the alarms of one tenant and its endpoints, and for nobody else's."""
    prefixes = (f"{tenant}{SEPARATOR}", f"{joined(PREFIX, tenant)}{SEPARATOR}")
    alarms = [arns.arn("cloudwatch", f"alarm:{prefix}*") for prefix in prefixes]
    return iam.PrincipalWithConditions(
        iam.ServicePrincipal("cloudwatch.amazonaws.com"), {"ArnLike": {"aws:SourceArn": alarms}}
    )


# What EventBridge encrypts, by the encryption context that the topic or the queue gives its key.
_ENCRYPTED = {
    "sns": "kms:EncryptionContext:aws:sns:topicArn",
    "sqs": "kms:EncryptionContext:aws:sqs:arn",
}


def encryption_key(scope: Construct, *, description: str, retain: bool) -> kms.Key:
    """A rotated key that CloudWatch and EventBridge may use to write to topics and queues."""
    key = kms.Key(
        scope,
        "Key",
        description=description,
        enable_key_rotation=True,
        removal_policy=removal(retain=retain),
    )
    _let_in(key, service_principal("cloudwatch"))
    # EventBridge does not say for whom it writes to an encrypted topic, so a condition on
    # `aws:SourceAccount` would refuse every event. The account is in the encryption context.
    for service, name in _ENCRYPTED.items():
        _let_in(
            key,
            iam.ServicePrincipal("events.amazonaws.com"),
            ArnLike={name: arns.arn(service, "*")},
        )
    return key


def _let_in(key: kms.Key, service: iam.IPrincipal, **conditions: Mapping[str, str]) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            principals=[service],
            resources=["*"],
            conditions=conditions,
        )
    )


def topic(
    scope: Construct,
    *,
    name: str,
    key: kms.IKey,
    publishers: Iterable[iam.IPrincipal],
    subscriptions: Iterable[Subscription],
) -> sns.Topic:
    """A topic that some of AWS's services may publish to, with its subscriptions."""
    made = sns.Topic(scope, "Topic", topic_name=name, master_key=key, enforce_ssl=True)
    for publisher in publishers:
        made.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[publisher],
                resources=[made.topic_arn],
            )
        )
    for subscription in subscriptions:
        name = subscription_id(subscription.protocol, subscription.endpoint)
        sns.CfnSubscription(
            scope,
            name,
            topic_arn=made.topic_arn,
            protocol=subscription.protocol,
            endpoint=subscription.endpoint,
        ).override_logical_id(name)
    return made


def dead_letter_queue(scope: Construct, name: str, *, key: kms.IKey) -> sqs.Queue:
    """Where what could not be delivered waits two weeks for somebody to look."""
    return sqs.Queue(
        scope,
        name,
        encryption=sqs.QueueEncryption.KMS,
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
