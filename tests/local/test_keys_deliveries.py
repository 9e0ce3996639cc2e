"""AWS's services deliver to what is encrypted only where the key's policy lets them."""

import json
import uuid
from typing import Any

import pytest

from tests.local.conftest import Cloud, allow, eventually, policy
from tests.local.queues import Queue, new_queue
from tests.local.test_delivery_rules import Rule, new_rule
from tests.local.vaults import READ, WRITE, Vault, account, delegation, new_vault, service_statement

pytestmark = pytest.mark.local
EVENTS, ALARMS, S3, SNS = (
    f"{name}.amazonaws.com" for name in ("events", "cloudwatch", "s3", "sns")
)


@pytest.fixture
def vault(cloud: Cloud) -> Vault:
    return new_vault(cloud)


def by_account(cloud: Cloud) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account(cloud)}}


def encrypted_topic(vault: Vault, principal: str, **condition: Any) -> tuple[str, Queue]:
    """A topic that a service may publish to, and a queue without a key that hears of it."""
    sns, inbox = vault.cloud.client("sns"), new_queue(vault.cloud)
    topic = sns.create_topic(
        Name=f"topic-{uuid.uuid4().hex[:8]}", Attributes={"KmsMasterKeyId": vault.key}
    )["TopicArn"]
    publish = service_statement(principal, "sns:Publish", **condition) | {"Resource": topic}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(publish))
    inbox.let_in(SNS, topic)
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=inbox.arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    return topic, inbox


def rule_to(cloud: Cloud, target: str) -> tuple[Rule, Queue]:
    """A rule for a target, and its dead-letter queue."""
    rule, dead = new_rule(cloud), new_queue(cloud)
    dead.let_in(EVENTS, rule.arn)
    rule.target(target, DeadLetterConfig={"Arn": dead.arn}, Input='"hello"')
    return rule, dead


def failed_invocations(cloud: Cloud, rule: Rule) -> float:
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Events",
        MetricName="FailedInvocations",
        Dimensions=[{"Name": "RuleName", "Value": rule.name}],
        StartTime="2000-01-01T00:00:00Z",
        EndTime="2100-01-01T00:00:00Z",
        Period=86400,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


class TestEncryptedTopics:
    def test_a_key_that_asks_events_for_their_source_refuses_every_event(
        self, cloud: Cloud, vault: Vault
    ) -> None:
        vault.set_policy(
            delegation(cloud), service_statement(EVENTS, WRITE, READ, **by_account(cloud))
        )
        topic, inbox = encrypted_topic(vault, EVENTS)
        rule, dead = rule_to(cloud, topic)
        rule.put()
        buried = dead.next()["MessageAttributes"]
        assert buried["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
        assert "kms:GenerateDataKey" in buried["ERROR_MESSAGE"]["StringValue"]
        assert failed_invocations(cloud, rule) == 1
        assert inbox.received() == []

    def test_a_topic_that_asks_events_for_their_source_refuses_every_event(
        self, cloud: Cloud, vault: Vault
    ) -> None:
        vault.set_policy(delegation(cloud), service_statement(EVENTS, WRITE, READ))
        topic, _ = encrypted_topic(vault, EVENTS, **by_account(cloud))
        rule, dead = rule_to(cloud, topic)
        rule.put()
        assert "sns:Publish" in dead.next()["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]

    def test_a_key_for_one_topic_only_lets_events_reach_that_topic(
        self, cloud: Cloud, vault: Vault
    ) -> None:
        topic, inbox = encrypted_topic(vault, EVENTS)
        other, _ = encrypted_topic(vault, EVENTS)
        scoped = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": topic}}
        vault.set_policy(delegation(cloud), service_statement(EVENTS, WRITE, READ, **scoped))
        rule, _ = rule_to(cloud, topic)
        rule.put()
        assert inbox.next()["Body"] == '"hello"'
        stray, dead = rule_to(cloud, other)
        stray.put()
        assert "kms:" in dead.next()["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]

    def test_an_alarm_says_its_source(self, cloud: Cloud, vault: Vault) -> None:
        vault.set_policy(
            delegation(cloud), service_statement(ALARMS, WRITE, READ, **by_account(cloud))
        )
        topic, inbox = encrypted_topic(vault, ALARMS, **by_account(cloud))
        cloudwatch, name = cloud.client("cloudwatch"), f"alarm-{uuid.uuid4().hex[:8]}"
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="test",
            MetricName=name,
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            AlarmActions=[topic],
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
        assert json.loads(inbox.next()["Body"])["AlarmName"] == name


class TestEncryptedQueues:
    def test_events_need_the_key_of_a_queue(self, cloud: Cloud, vault: Vault) -> None:
        queue = new_queue(cloud, KmsMasterKeyId=vault.key)
        rule, dead = rule_to(cloud, queue.arn)
        queue.let_in(EVENTS, rule.arn)
        rule.put()
        assert "kms:" in dead.next()["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"]
        scoped = {"ArnEquals": {"kms:EncryptionContext:aws:sqs:arn": queue.arn}}
        vault.set_policy(delegation(cloud), service_statement(EVENTS, WRITE, READ, **scoped))
        rule.put()
        assert queue.next()["Body"] == '"hello"'

    def test_a_key_that_aws_manages_lets_no_service_in(self, cloud: Cloud) -> None:
        queue = new_queue(cloud, KmsMasterKeyId="alias/aws/sqs")
        rule, dead = rule_to(cloud, queue.arn)
        queue.let_in(EVENTS, rule.arn)
        rule.put()
        assert (
            "which AWS manages"
            in (dead.next()["MessageAttributes"]["ERROR_MESSAGE"]["StringValue"])
        )

    def test_a_bucket_notifies_an_encrypted_queue_with_the_key(
        self, cloud: Cloud, vault: Vault
    ) -> None:
        s3, queue = cloud.client("s3"), new_queue(cloud, KmsMasterKeyId=vault.key)
        queue.let_in(S3, f"arn:aws:s3:::{vault.bucket}")
        notify = {
            "Bucket": vault.bucket,
            "NotificationConfiguration": {
                "QueueConfigurations": [{"QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"]}]
            },
        }
        with pytest.raises(s3.exceptions.ClientError, match="Unable to validate"):
            s3.put_bucket_notification_configuration(**notify)
        vault.set_policy(delegation(cloud), service_statement(S3, WRITE, READ, **by_account(cloud)))
        s3.put_bucket_notification_configuration(**notify)
        s3.put_object(Bucket=vault.bucket, Key="one", Body=b"")
        assert eventually(lambda: [m for m in queue.received() if '"one"' in m["Body"]])


class TestDeliveryStreams:
    def stream(self, vault: Vault, *statements: dict[str, Any]) -> str:
        name = f"stream-{uuid.uuid4().hex[:8]}"
        vault.cloud.client("firehose").create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration={
                "BucketARN": f"arn:aws:s3:::{vault.bucket}",
                "RoleARN": vault.cloud.role("firehose.amazonaws.com", *statements),
            },
        )
        return name

    def put(self, vault: Vault, stream: str) -> None:
        vault.cloud.client("firehose").put_record(
            DeliveryStreamName=stream, Record={"Data": b"one"}
        )

    def test_a_stream_writes_with_the_rights_of_its_role(self, vault: Vault) -> None:
        write = allow("s3:PutObject", on=f"arn:aws:s3:::{vault.bucket}/*")
        without_key, without_bucket, able = (
            self.stream(vault, write),
            self.stream(vault, allow(WRITE, on=vault.key)),
            self.stream(vault, write, allow(WRITE, on=vault.key)),
        )
        for stream in (without_key, without_bucket, able):
            self.put(vault, stream)
        s3 = vault.cloud.client("s3")
        found = eventually(lambda: s3.list_objects_v2(Bucket=vault.bucket).get("Contents"))
        assert [able in item["Key"] for item in found] == [True]

    def test_an_encrypted_stream_needs_a_grant_from_who_creates_it(self, vault: Vault) -> None:
        role = vault.cloud.role("firehose.amazonaws.com")
        request = {
            "DeliveryStreamEncryptionConfigurationInput": {
                "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": vault.key,
            },
            "ExtendedS3DestinationConfiguration": {
                "BucketARN": f"arn:aws:s3:::{vault.bucket}", "RoleARN": role,
            },
        }  # fmt: skip
        may = allow("firehose:*", "iam:PassRole")
        stranger = vault.cloud.client("firehose", **vault.cloud.user(may))
        with pytest.raises(stranger.exceptions.InvalidKMSResourceException, match="CreateGrant"):
            stranger.create_delivery_stream(DeliveryStreamName="refused", **request)
        for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
        grant = {**allow("kms:CreateGrant", on=vault.key), "Condition": for_aws}
        creator = vault.cloud.client("firehose", **vault.cloud.user(may, grant))
        name = f"stream-{uuid.uuid4().hex[:8]}"
        creator.create_delivery_stream(DeliveryStreamName=name, **request)
        vault.cloud.client("kms").disable_key(KeyId=vault.key)
        with pytest.raises(stranger.exceptions.InvalidKMSResourceException, match="disabled"):
            creator.put_record(DeliveryStreamName=name, Record={"Data": b"one"})
