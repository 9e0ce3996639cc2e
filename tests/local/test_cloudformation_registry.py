"""Stacks under the rules of AWS's resource registry."""

import json
import re
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually, policy

pytestmark = pytest.mark.local
DENIED = "not authorized to perform"


class Stack:
    """A stack of the embedded cloud."""

    def __init__(self, cloud: Cloud, name: str = "", role: str | None = None) -> None:
        self.name = name or f"stack-{uuid.uuid4().hex[:12]}"
        self._client = cloud.client("cloudformation")
        self._given: dict[str, Any] = {"StackName": self.name}
        self._given |= {"Capabilities": ["CAPABILITY_NAMED_IAM"]}
        self._given |= {"RoleARN": role} if role else {}

    def create(self, **resources: Any) -> str:
        """Creates it; its status at the end."""
        body = json.dumps({"Resources": resources})
        self._client.create_stack(TemplateBody=body, **self._given)
        return self.settled()

    def begin(self, **resources: Any) -> None:
        """Begins an update."""
        body = json.dumps({"Resources": resources})
        self._client.update_stack(TemplateBody=body, **self._given)

    def update(self, **resources: Any) -> str:
        """Updates it; its status at the end."""
        self.begin(**resources)
        return self.settled()

    def go_back(self) -> str:
        """Continues a rollback that failed; the status at the end."""
        self._client.continue_update_rollback(StackName=self.name)
        return self.settled()

    def delete(self) -> None:
        """Deletes it."""
        self._client.delete_stack(StackName=self.name)
        eventually(lambda: not self._exists())

    def settled(self) -> str:
        """Its status once nothing is under way."""
        return str(eventually(lambda: "IN_PROGRESS" not in self._status() and self._status()))

    def events(self, logical_id: str) -> list[tuple[str, str]]:
        """Status and reason of what happened to a resource, the first first."""
        events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            (event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in reversed(events)
            if event["LogicalResourceId"] == logical_id
        ]

    def physical_id(self, logical_id: str = "It") -> str:
        """Of one of its resources."""
        found = self._client.describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def _status(self) -> str:
        return str(self._client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"])

    def _exists(self) -> bool:
        try:
            return self._status() != "DELETE_COMPLETE"
        except ClientError:
            return False


def new(word: str) -> str:
    return f"{word}-{uuid.uuid4().hex[:12]}"


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def alarm(name: str, threshold: int = 1) -> dict[str, Any]:
    return resource(
        "AWS::CloudWatch::Alarm", AlarmName=name, Namespace="N", MetricName="M", Statistic="Sum",
        Period=60, EvaluationPeriods=1, Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def test_nothing_is_created_where_a_schema_refuses_a_resource(cloud: Cloud) -> None:
    stack, name = Stack(cloud), new("queue")
    status = stack.create(
        First=resource("AWS::SQS::Queue", QueueName=name),
        Second=resource("AWS::SQS::Queue", Nmae="x", DelaySeconds=1000),
    )
    assert status == "ROLLBACK_COMPLETE"
    assert stack.events("First") == []
    ((failed, reason),) = stack.events("Second")
    assert failed == "CREATE_FAILED"
    assert "Properties validation failed for resource Second with message:" in reason
    assert '#: extraneous key [Nmae] is not permitted (got "x")' in reason
    assert not cloud.client("sqs").list_queues(QueueNamePrefix=name).get("QueueUrls")


def test_an_update_that_a_schema_refuses_changes_nothing(cloud: Cloud) -> None:
    stack = Stack(cloud)
    assert stack.create(It=resource("AWS::SQS::Queue", DelaySeconds=1)) == "CREATE_COMPLETE"
    url = stack.physical_id()
    status = stack.update(It=resource("AWS::SQS::Queue", DelaySeconds="soon"))
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert '#/DelaySeconds: expected type: Integer, found: String (got "soon")' in str(
        stack.events("It")
    )
    queue = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert queue["Attributes"]["DelaySeconds"] == "1"


def test_a_value_is_judged_once_it_is_known(cloud: Cloud) -> None:
    stack, words = Stack(cloud), new("words")
    status = stack.create(
        Text=resource("AWS::SSM::Parameter", Name=f"/{words}", Type="String", Value="not a number"),
        It=resource(
            "AWS::SQS::Queue", DelaySeconds={"Fn::GetAtt": ["Text", "Value"]}, QueueName=words
        ),
    )
    assert status == "ROLLBACK_COMPLETE"
    assert "CREATE_COMPLETE" in dict(stack.events("Text"))
    assert "#/DelaySeconds: expected type: Integer" in str(stack.events("It"))


def test_a_type_that_the_region_does_not_have_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="AWS::SQS::Cue"):
        Stack(cloud).create(It=resource("AWS::SQS::Cue"))


def test_a_custom_resource_needs_somebody_who_serves_it(cloud: Cloud) -> None:
    stack = Stack(cloud)
    assert stack.create(It=resource("Custom::Thing", Anything=True)) == "ROLLBACK_COMPLETE"
    assert "#: required key [ServiceToken] not found" in str(stack.events("It"))


def test_a_create_only_property_replaces_the_resource_and_the_old_one_goes_last(
    cloud: Cloud,
) -> None:
    stack, iam = Stack(cloud), cloud.client("iam")
    document = {"Version": "2012-10-17", "Statement": [allow("s3:ListBucket")]}

    def described(text: str) -> dict[str, Any]:
        return resource("AWS::IAM::ManagedPolicy", PolicyDocument=document, Description=text)

    assert stack.create(It=described("one")) == "CREATE_COMPLETE"
    first = stack.physical_id()
    assert stack.update(It=described("two")) == "UPDATE_COMPLETE"
    second = stack.physical_id()
    assert first != second
    assert iam.get_policy(PolicyArn=second)["Policy"]["Description"] == "two"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=first)


@pytest.mark.parametrize(
    ("kind", "properties", "changed"),
    [
        (
            "AWS::SageMaker::ModelPackageGroup",
            {"ModelPackageGroupName": "{}", "ModelPackageGroupDescription": "one"},
            {"ModelPackageGroupDescription": "two"},
        ),
        (
            "AWS::IAM::Role",
            {"RoleName": "{}", "AssumeRolePolicyDocument": TRUST},
            {"Path": "/two/"},
        ),
        ("AWS::SNS::Topic", {"TopicName": "{}.fifo", "FifoTopic": True}, {"FifoTopic": False}),
        (
            "AWS::Events::Archive",
            {
                "ArchiveName": "{}",
                "SourceArn": "arn:aws:events:us-east-1:000000000000:event-bus/one",
            },
            {"SourceArn": "arn:aws:events:us-east-1:000000000000:event-bus/default"},
        ),
    ],
)
def test_a_resource_with_a_fixed_name_cannot_be_replaced(
    cloud: Cloud, kind: str, properties: dict[str, Any], changed: dict[str, Any]
) -> None:
    name = new("fixed")
    before = {
        key: value.format(name) if isinstance(value, str) else value
        for key, value in properties.items()
    }
    stack = Stack(cloud)
    assert stack.create(It=resource(kind, **before)) == "CREATE_COMPLETE", stack.events("It")
    assert stack.update(It=resource(kind, **before | changed)) == "UPDATE_ROLLBACK_COMPLETE"
    reason = str(stack.events("It"))
    assert "cannot update a stack when a custom-named resource" in reason or "exist" in reason


def test_a_name_that_is_made_up_has_single_dashes_and_twelve_random_letters(cloud: Cloud) -> None:
    stack = Stack(cloud, name=f"names--{uuid.uuid4().hex[:8]}")
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    assert stack.create(It=role, Bucket=resource("AWS::S3::Bucket")) == "CREATE_COMPLETE"
    start = stack.name.replace("--", "-")
    assert re.fullmatch(rf"{start}-It-[A-Za-z0-9]{{12}}", stack.physical_id())
    assert re.fullmatch(rf"{start}-bucket-[a-z0-9]{{12}}", stack.physical_id("Bucket"))


def test_a_stack_of_the_same_name_makes_up_other_names(cloud: Cloud) -> None:
    name, role = new("again"), resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    first = Stack(cloud, name=name)
    first.create(It=role)
    before = first.physical_id()
    first.delete()
    second = Stack(cloud, name=name)
    second.create(It=role)
    assert second.physical_id() != before


@pytest.mark.parametrize(
    ("kind", "properties", "allowed", "denied"),
    [
        ("AWS::SQS::Queue", {}, ["sqs:CreateQueue", "sqs:GetQueueUrl"], "sqs:GetQueueAttributes"),
        (
            "AWS::Logs::LogGroup",
            {"LogGroupName": "/registry/g"},
            ["logs:CreateLogGroup"],
            "logs:DescribeLogGroups",
        ),
        ("AWS::S3::Bucket", {}, [], "s3:CreateBucket"),
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, ["ec2:Describe*"], "ec2:CreateVpc"),
        ("AWS::KMS::Key", {}, ["kms:DescribeKey"], "kms:CreateKey"),
        ("AWS::Events::EventBus", {"Name": "registry"}, ["events:Desc*"], "events:CreateEventBus"),
        (
            "AWS::SageMaker::ModelPackageGroup",
            {"ModelPackageGroupName": "registry"},
            ["sagemaker:CreateModelPackageGroup", "sagemaker:Describe*", "sagemaker:Get*"],
            "sagemaker:ListTags",
        ),
    ],
)
def test_the_role_is_asked_for_what_the_handlers_call(
    cloud: Cloud, kind: str, properties: dict[str, Any], allowed: list[str], denied: str
) -> None:
    role = cloud.role("cloudformation.amazonaws.com", allow(*(allowed or ["sts:Nothing"])))
    stack = Stack(cloud, role=role)
    assert "ROLLBACK" in stack.create(It=resource(kind, **properties))
    assert f"{DENIED}: {denied}" in str(stack.events("It"))


def test_a_narrow_role_creates_updates_and_deletes_what_it_names(cloud: Cloud) -> None:
    name = new("narrow")
    actions = [
        f"sqs:{verb}" for verb in ("CreateQueue", "GetQueue*", "SetQueue*", "DeleteQueue", "List*")
    ]
    on = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    stack = Stack(cloud, role=cloud.role("cloudformation.amazonaws.com", allow(*actions, on=on)))
    queue = resource("AWS::SQS::Queue", QueueName=name, DelaySeconds=1)
    assert stack.create(It=queue) == "CREATE_COMPLETE", stack.events("It")
    queue["Properties"]["DelaySeconds"] = 2
    assert stack.update(It=queue) == "UPDATE_COMPLETE", stack.events("It")
    stack.delete()
    assert not cloud.client("sqs").list_queues(QueueNamePrefix=name).get("QueueUrls")


@pytest.mark.parametrize(
    ("kept", "again"),
    [("Retain", "ROLLBACK_COMPLETE"), ("RetainExceptOnCreate", "CREATE_COMPLETE")],
)
def test_a_failed_creation_keeps_what_is_retained_and_no_more(
    cloud: Cloud, kept: str, again: str
) -> None:
    name, group = new("kept"), "AWS::SageMaker::ModelPackageGroup"
    retained = resource(group, ModelPackageGroupName=name) | {"DeletionPolicy": kept}
    # Known only once the group exists, and then not a number.
    failing = resource("AWS::SQS::Queue", DelaySeconds={"Ref": "Kept"})
    first = Stack(cloud)
    assert first.create(Kept=retained, Failing=failing) == "ROLLBACK_COMPLETE"
    second = Stack(cloud)
    assert second.create(Kept=retained) == again
    if kept == "Retain":
        assert "exist" in str(second.events("Kept"))


def test_a_stack_whose_creation_was_rolled_back_can_only_be_deleted(cloud: Cloud) -> None:
    stack = Stack(cloud)
    assert stack.create(It=resource("AWS::SQS::Queue", Nmae="x")) == "ROLLBACK_COMPLETE"
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state"):
        stack.begin(It=resource("AWS::SQS::Queue"))
    stack.delete()


def test_a_rollback_that_fails_can_be_continued(cloud: Cloud) -> None:
    name, waiting = new("alarm"), {"Type": "AWS::CloudFormation::WaitCondition"}
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    waiting |= {"DependsOn": "It", "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": 2}}
    role = cloud.role("cloudformation.amazonaws.com", allow("cloudwatch:*"))
    stack, iam = Stack(cloud, role=role), cloud.client("iam")
    whose = {"RoleName": role.rpartition("/")[2], "PolicyName": "allowed"}
    assert stack.create(It=alarm(name)) == "CREATE_COMPLETE"
    stack.begin(It=alarm(name, 2), Handle=handle, Waiting=waiting)
    eventually(lambda: "UPDATE_COMPLETE" in dict(stack.events("It")))
    iam.delete_role_policy(**whose)
    assert stack.settled() == "UPDATE_ROLLBACK_FAILED"
    assert DENIED in str(stack.events("It"))
    iam.put_role_policy(**whose, PolicyDocument=policy(allow("cloudwatch:*")))
    assert stack.go_back() == "UPDATE_ROLLBACK_COMPLETE"
    (found,) = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert found["Threshold"] == 1
