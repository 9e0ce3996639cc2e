"""Whose rights count: stacks, roles that are given away, and targets of rules and topics."""

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually, policy

pytestmark = pytest.mark.local
PASSING = "iam:PassRole"
# What the registry says that the handlers of an alarm without tags call.
ALARM_HANDLERS = tuple(
    f"cloudwatch:{action}"
    for action in ("PutMetricAlarm", "DescribeAlarms", "ListTagsForResource", "DeleteAlarms")
)


def template(kind: str, **properties: Any) -> str:
    return json.dumps({"Resources": {"Made": {"Type": kind, "Properties": properties}}})


def alarm(threshold: int, name: str = "allowed-1") -> str:
    return template(
        "AWS::CloudWatch::Alarm",
        AlarmName=name,
        Namespace="N",
        MetricName="M",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold",
    )


def stack(cloud: Cloud, body: str, role: str | None = None, **user: str) -> str:
    """Creates a stack; its name."""
    name = f"stack-{time.monotonic_ns()}"
    given = {"RoleARN": role} if role else {}
    client = cloud.client("cloudformation", **user)
    client.create_stack(StackName=name, TemplateBody=body, **given)
    return name


def settled(cloud: Cloud, name: str) -> str:
    """A stack's status once nothing is under way."""
    client = cloud.client("cloudformation")

    def status() -> str | None:
        found = client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        return None if found.endswith("IN_PROGRESS") else str(found)

    return str(eventually(status))


def reasons(cloud: Cloud, name: str) -> str:
    events = cloud.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    return " ".join(event.get("ResourceStatusReason", "") for event in events)


def test_a_stack_can_do_what_its_role_allows(cloud: Cloud) -> None:
    alarms = allow(*ALARM_HANDLERS, on="arn:aws:cloudwatch:*:*:alarm:allowed-*")
    role = cloud.role("cloudformation.amazonaws.com", alarms)
    assert settled(cloud, stack(cloud, alarm(1), role)) == "CREATE_COMPLETE"


def test_a_stack_cannot_do_what_its_role_does_not_allow(cloud: Cloud) -> None:
    role = cloud.role("cloudformation.amazonaws.com", allow("cloudwatch:Describe*"))
    name = stack(cloud, alarm(1), role)
    assert settled(cloud, name) == "ROLLBACK_COMPLETE"
    assert "not authorized to perform: cloudwatch:PutMetricAlarm" in reasons(cloud, name)


def test_a_type_of_ours_is_made_with_the_stacks_role(cloud: Cloud) -> None:
    body = template("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName="g1")
    role = cloud.role("cloudformation.amazonaws.com", allow("sagemaker:Describe*"))
    name = stack(cloud, body, role)
    assert settled(cloud, name) == "ROLLBACK_COMPLETE"
    assert "not authorized to perform: sagemaker:CreateModelPackageGroup" in reasons(cloud, name)


def test_a_stack_without_a_role_acts_with_its_callers_rights(cloud: Cloud) -> None:
    body = template("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName="g2")
    user = cloud.user(allow("cloudformation:*"))
    name = stack(cloud, body, **user)
    assert settled(cloud, name) == "ROLLBACK_COMPLETE"
    assert ":user/" in reasons(cloud, name)


def test_a_stack_keeps_the_role_that_it_was_given(cloud: Cloud) -> None:
    role = cloud.role("cloudformation.amazonaws.com", allow(*ALARM_HANDLERS))
    name = stack(cloud, alarm(1, "kept"), role)
    assert settled(cloud, name) == "CREATE_COMPLETE"
    cloud.client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="allowed")
    update = cloud.client("cloudformation").update_stack
    update(StackName=name, TemplateBody=alarm(2, "kept"))
    assert settled(cloud, name) == "UPDATE_ROLLBACK_COMPLETE"


def test_an_update_has_to_name_the_role_that_its_callers_policy_demands(cloud: Cloud) -> None:
    """Without the condition a caller would use the stack's own role, here an administrator's."""
    administrator = cloud.role("cloudformation.amazonaws.com", allow("*"))
    narrow = cloud.role("cloudformation.amazonaws.com", allow("cloudwatch:*"))
    name = stack(cloud, alarm(1, "demanded"), administrator)
    assert settled(cloud, name) == "CREATE_COMPLETE"
    demanded = {"Condition": {"StringEquals": {"cloudformation:RoleArn": narrow}}}
    user = cloud.user(allow("cloudformation:UpdateStack") | demanded, allow(PASSING))
    update = cloud.client("cloudformation", **user).update_stack
    for given in ({}, {"RoleARN": administrator}):
        with pytest.raises(ClientError, match="not authorized to perform: cloudformation:Update"):
            update(StackName=name, TemplateBody=alarm(2, "demanded"), **given)
    update(StackName=name, TemplateBody=alarm(2, "demanded"), RoleARN=narrow)
    assert settled(cloud, name) == "UPDATE_COMPLETE"


def test_a_role_that_does_not_trust_cloudformation_is_refused(cloud: Cloud) -> None:
    role = cloud.role("lambda.amazonaws.com", allow("*"))
    with pytest.raises(ClientError, match="cannot be assumed"):
        stack(cloud, alarm(1), role)


def test_giving_a_role_to_a_stack_needs_the_permission(cloud: Cloud) -> None:
    role = cloud.role("cloudformation.amazonaws.com", allow("*"))
    user = cloud.user(allow("cloudformation:*"))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        stack(cloud, alarm(1), role, **user)


def test_giving_a_role_to_a_state_machine_needs_the_permission_for_that_service(
    cloud: Cloud,
) -> None:
    role = cloud.role("states.amazonaws.com")
    for_lambda = allow(PASSING) | {
        "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    }
    definition = {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}
    machine = {"name": "passed", "roleArn": role, "definition": json.dumps(definition)}
    refused = cloud.client("stepfunctions", **cloud.user(allow("states:*"), for_lambda))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        refused.create_state_machine(**machine)
    allowed = cloud.client("stepfunctions", **cloud.user(allow("states:*", PASSING)))
    assert allowed.create_state_machine(**machine)["stateMachineArn"].endswith(":passed")


def test_giving_a_role_to_a_schedule_needs_the_permission(cloud: Cloud) -> None:
    role = cloud.role("scheduler.amazonaws.com")
    client = cloud.client("scheduler", **cloud.user(allow("scheduler:*")))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        client.create_schedule(
            Name="s",
            ScheduleExpression="rate(1 hour)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:q", "RoleArn": role},
        )


def test_a_function_in_a_stack_needs_a_role_that_trusts_lambda(cloud: Cloud) -> None:
    function = {"Handler": "index.handler", "Runtime": "python3.13", "Code": {"ZipFile": "x"}}
    role = cloud.role("states.amazonaws.com")
    name = stack(cloud, template("AWS::Lambda::Function", **function, Role=role))
    assert settled(cloud, name) == "ROLLBACK_COMPLETE"
    assert f"lambda.amazonaws.com cannot assume {role}" in reasons(cloud, name)


def test_a_stack_gives_no_role_away_that_its_own_role_may_not_pass(cloud: Cloud) -> None:
    function = {"Handler": "index.handler", "Runtime": "python3.13", "Code": {"ZipFile": "x"}}
    acting = cloud.role("cloudformation.amazonaws.com", allow("lambda:*"))
    role = cloud.role("lambda.amazonaws.com")
    name = stack(cloud, template("AWS::Lambda::Function", **function, Role=role), acting)
    assert settled(cloud, name) == "ROLLBACK_COMPLETE"
    assert "not authorized to perform: iam:PassRole" in reasons(cloud, name)


def test_a_topic_reaches_only_a_function_that_lets_it_in(cloud: Cloud) -> None:
    topic = cloud.client("sns").create_topic(Name="tells")["TopicArn"]
    function = "arn:aws:lambda:us-east-1:000000000000:function:absent"
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
    cloud.client("sns").publish(TopicArn=topic, Message="x")
    log = cloud.folder / "logs/server.log"
    told = f"is not delivered: no policy of {function} lets sns.amazonaws.com invoke it for {topic}"
    assert eventually(lambda: told in log.read_text())


class Rule:
    """A rule with one target, and an event that it matches."""

    def __init__(self, cloud: Cloud, target: dict[str, str]) -> None:
        self._events, self._name = cloud.client("events"), f"rule-{time.monotonic_ns()}"
        pattern = json.dumps({"source": [self._name]})
        self.arn = self._events.put_rule(Name=self._name, EventPattern=pattern)["RuleArn"]
        self._events.put_targets(Rule=self._name, Targets=[{"Id": "t"} | target])

    def match(self) -> None:
        entry = {"Source": self._name, "DetailType": "d", "Detail": "{}"}
        self._events.put_events(Entries=[entry])


def new_queue(cloud: Cloud) -> tuple[str, str]:
    """Address and ARN."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{time.monotonic_ns()}")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, found["Attributes"]["QueueArn"]


def received(cloud: Cloud, url: str) -> list[Any]:
    return list(cloud.client("sqs").receive_message(QueueUrl=url).get("Messages", []))


def let_in(cloud: Cloud, url: str, queue_arn: str, rule_arn: str) -> None:
    statement = allow("sqs:SendMessage", on=queue_arn) | {
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
    }
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})


def test_a_rule_reaches_a_queue_that_lets_it_in_and_no_other(cloud: Cloud) -> None:
    url, arn = new_queue(cloud)
    buried, buried_arn = new_queue(cloud)
    rule = Rule(cloud, {"Arn": arn, "DeadLetterConfig": {"Arn": buried_arn}})
    let_in(cloud, buried, buried_arn, rule.arn)
    rule.match()
    assert received(cloud, url) == []
    assert len(received(cloud, buried)) == 1
    let_in(cloud, url, arn, rule.arn)
    rule.match()
    assert len(received(cloud, url)) == 1


@pytest.mark.parametrize("allowed", [True, False])
def test_a_rule_starts_a_state_machine_with_its_targets_role(cloud: Cloud, allowed: bool) -> None:
    states = cloud.client("stepfunctions")
    definition = {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}
    machine = states.create_state_machine(
        name=f"target-{time.monotonic_ns()}",
        roleArn=cloud.role("states.amazonaws.com"),
        definition=json.dumps(definition),
    )["stateMachineArn"]
    statements = [allow("states:StartExecution", on=machine)] if allowed else []
    role = cloud.role("events.amazonaws.com", *statements)
    Rule(cloud, {"Arn": machine, "RoleArn": role}).match()
    started = states.list_executions(stateMachineArn=machine)["executions"]
    assert len(started) == (1 if allowed else 0)
    if not allowed:
        told = (cloud.folder / "logs/server.log").read_text()
        assert f"cannot call {machine}" in told


def test_sagemaker_is_asked_about_the_resource_that_a_request_names(cloud: Cloud) -> None:
    mine = allow("sagemaker:*", on="arn:aws:sagemaker:*:*:model-package-group/mine-*")
    client = cloud.client("sagemaker", **cloud.user(mine))
    client.create_model_package_group(ModelPackageGroupName="mine-1")
    with pytest.raises(ClientError, match=r"CreateModelPackageGroup on resource: .*/yours-1"):
        client.create_model_package_group(ModelPackageGroupName="yours-1")
    with pytest.raises(ClientError, match=r"InvokeEndpoint on resource: .*endpoint/yours"):
        cloud.client("sagemaker-runtime", **cloud.user(mine)).invoke_endpoint(
            EndpointName="yours", Body=b""
        )


def test_starting_a_job_needs_the_permission_to_give_its_role_away(cloud: Cloud) -> None:
    role = cloud.role("sagemaker.amazonaws.com")
    client = cloud.client("sagemaker", **cloud.user(allow("sagemaker:*")))
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        client.create_training_job(
            TrainingJobName="job",
            AlgorithmSpecification={"TrainingImage": "image", "TrainingInputMode": "File"},
            RoleArn=role,
            OutputDataConfig={"S3OutputPath": "s3://bucket/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1,
                            "VolumeSizeInGB": 1},
            StoppingCondition={"MaxRuntimeInSeconds": 60},
        )  # fmt: skip


@pytest.mark.parametrize("operation", ["delete_alarms", "disable_alarm_actions"])
def test_an_alarm_is_the_resource_of_what_is_done_to_it(cloud: Cloud, operation: str) -> None:
    prefix, action = f"a{uuid.uuid4().hex[:8]}", "".join(p.title() for p in operation.split("_"))
    for name in (f"{prefix}-mine", f"{prefix}-theirs"):
        cloud.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Namespace="n",
            MetricName="m",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
    mine = f"arn:aws:cloudwatch:*:*:alarm:{prefix}-mine"
    client = cloud.client("cloudwatch", **cloud.user(allow(f"cloudwatch:{action}", on=mine)))
    act = getattr(client, operation)
    with pytest.raises(ClientError, match="not authorized"):
        act(AlarmNames=[f"{prefix}-theirs"])
    act(AlarmNames=[f"{prefix}-mine"])
