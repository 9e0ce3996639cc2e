"""What the tasks of a state machine do, with whose rights, and what their errors are called."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import lifecycle
from tests.local.conftest import CLOCK_SPEED, Cloud, allow, eventually, policy

pytestmark = pytest.mark.local


def run(cloud: Cloud, role_arn: str, definition: dict[str, Any], given: Any = None) -> Any:
    """Runs a state machine to its end."""
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{time.monotonic_ns()}", roleArn=role_arn, definition=json.dumps(definition)
    )["stateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
    return ended(cloud, arn["executionArn"])


def ended(cloud: Cloud, execution: str, seconds: float = 20) -> Any:
    """An execution's description, once it has ended."""
    states = cloud.client("stepfunctions")

    def description() -> Any:
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    return eventually(description, seconds)


def task(resource: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True} | more
    return {"StartAt": "Task", "States": {"Task": state}}


@pytest.fixture
def queue(cloud: Cloud) -> str:
    name = f"queue-{time.monotonic_ns()}"
    return str(cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def test_a_state_machines_task_acts_with_the_state_machines_role(cloud: Cloud, queue: str) -> None:
    role = cloud.role("states.amazonaws.com", allow("sqs:SendMessage"))
    sent = {"QueueUrl": queue, "MessageBody": {"told": True}}
    found = run(cloud, role, task("arn:aws:states:::sqs:sendMessage", sent))
    (message,) = cloud.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert found["status"] == "SUCCEEDED"
    assert json.loads(message["Body"]) == {"told": True}


def test_a_task_whose_role_lacks_the_permission_is_denied(cloud: Cloud, queue: str) -> None:
    role = cloud.role("states.amazonaws.com", allow("sqs:SendMessage", on="arn:aws:sqs:*:*:other"))
    sent = {"QueueUrl": queue, "MessageBody": "x"}
    found = run(cloud, role, task("arn:aws:states:::sqs:sendMessage", sent))
    assert found["status"] == "FAILED"
    assert "not authorized to perform: sqs:SendMessage" in found["cause"]


def test_a_role_that_does_not_trust_step_functions_is_refused(cloud: Cloud) -> None:
    role = cloud.role("lambda.amazonaws.com", allow("sqs:SendMessage"))
    with pytest.raises(ClientError, match="its trust policy does not name that service"):
        machine(cloud, role, {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}})


def test_a_role_that_trusts_step_functions_no_longer_performs_nothing(
    cloud: Cloud, queue: str
) -> None:
    role = cloud.role("states.amazonaws.com", allow("sqs:SendMessage"))
    sent = {"QueueUrl": queue, "MessageBody": "x"}
    made = machine(cloud, role, task("arn:aws:states:::sqs:sendMessage", sent))
    nobody = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    cloud.client("iam").update_assume_role_policy(
        RoleName=role.rpartition("/")[2], PolicyDocument=policy(nobody)
    )
    started = cloud.client("stepfunctions").start_execution(stateMachineArn=made)
    assert ended(cloud, started["executionArn"])["error"] == "States.Permissions"


def test_an_sdk_error_has_the_name_that_catch_expects(cloud: Cloud) -> None:
    role = cloud.role("states.amazonaws.com", allow("dynamodb:*"))
    item = {"TableName": "absent", "Key": {"k": {"S": "1"}}}
    caught = [{"ErrorEquals": ["DynamoDb.ResourceNotFoundException"], "Next": "Caught"}]
    definition = task("arn:aws:states:::aws-sdk:dynamodb:getItem", item, Catch=caught)
    definition["States"]["Caught"] = {"Type": "Succeed"}
    assert run(cloud, role, definition)["status"] == "SUCCEEDED"


def test_parameters_are_checked_against_awss_own_model(cloud: Cloud) -> None:
    role = cloud.role("states.amazonaws.com", allow("ssm:GetParameter"))
    definition = task("arn:aws:states:::aws-sdk:ssm:getParameter", {"Name": 3})
    found = run(cloud, role, definition)
    assert found["status"] == "FAILED"
    assert "type for parameter Name" in found["cause"]


def test_a_task_waits_for_its_token(cloud: Cloud, queue: str) -> None:
    role = cloud.role("states.amazonaws.com", allow("sqs:SendMessage"))
    states, sqs = cloud.client("stepfunctions"), cloud.client("sqs")
    arguments = {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"}
    definition = task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", arguments)
    machine = states.create_state_machine(
        name=f"waits-{time.monotonic_ns()}", roleArn=role, definition=json.dumps(definition)
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    (message,) = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    assert states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    states.send_task_success(taskToken=message["Body"], output='{"said": "yes"}')
    assert json.loads(ended(cloud, execution)["output"]) == {"said": "yes"}


def test_a_map_keeps_its_keys_and_a_structure_gets_pascal_case(cloud: Cloud) -> None:
    name = f"table-{time.monotonic_ns()}"
    dynamodb = cloud.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName=name, Item={"model": {"S": "a"}, "owner": {"S": "b"}})
    role = cloud.role("states.amazonaws.com", allow("dynamodb:GetItem"))
    arguments = {"TableName": name, "Key": {"model": {"S": "a"}}}
    found = run(cloud, role, task("arn:aws:states:::dynamodb:getItem", arguments))
    assert json.loads(found["output"]) == {"Item": {"model": {"S": "a"}, "owner": {"S": "b"}}}


def test_a_condition_that_fails_has_the_optimized_integrations_name(cloud: Cloud) -> None:
    role = cloud.role("states.amazonaws.com", allow("dynamodb:*"))
    item = {"TableName": "absent", "Item": {"k": {"S": "1"}}}
    found = run(cloud, role, task("arn:aws:states:::dynamodb:putItem", item))
    assert found["error"] == "DynamoDB.ResourceNotFoundException"


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("arn:aws:states:::sqs:sendMessage", "SQS.AmazonSQSException"),
        ("arn:aws:states:::aws-sdk:sqs:sendMessage", "Sqs.SqsException"),
    ],
)
def test_a_denial_is_the_services_general_exception(
    cloud: Cloud, queue: str, resource: str, name: str
) -> None:
    role = cloud.role("states.amazonaws.com")
    found = run(cloud, role, task(resource, {"QueueUrl": queue, "MessageBody": "x"}))
    assert found["error"] == name


def test_all_catches_no_runtime_error(cloud: Cloud) -> None:
    role = cloud.role("states.amazonaws.com", allow("ssm:GetParameter"))
    caught = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    definition = task("arn:aws:states:::aws-sdk:ssm:getParameter", {"Name": 3}, Catch=caught)
    definition["States"]["Caught"] = {"Type": "Succeed"}
    assert run(cloud, role, definition)["error"] == "States.Runtime"


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::glue:startJobRun.sync",
        "arn:aws:states:::aws-sdk:ssm:getParameter.sync",
        "arn:aws:states:::cloudformation:updateStack",
    ],
)
def test_an_integration_that_it_does_not_know_is_named(cloud: Cloud, resource: str) -> None:
    role = cloud.role("states.amazonaws.com", allow("*"))
    found = run(cloud, role, task(resource, {}))
    assert f"does not know {resource}" in found["cause"]


def machine(cloud: Cloud, role: str, definition: dict[str, Any]) -> str:
    made = cloud.client("stepfunctions").create_state_machine(
        name=f"child-{time.monotonic_ns()}", roleArn=role, definition=json.dumps(definition)
    )
    return str(made["stateMachineArn"])


def test_a_started_execution_is_waited_for_and_its_output_parsed(cloud: Cloud) -> None:
    role = cloud.role(
        "states.amazonaws.com", allow("states:StartExecution", "states:DescribeExecution")
    )
    said = {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
    child = {"StateMachineArn": machine(cloud, role, said), "Input": {"x": 1}}
    found = run(cloud, role, task("arn:aws:states:::states:startExecution.sync:2", child))
    assert json.loads(found["output"])["Output"] == {"a": 1}


def test_what_a_task_started_is_stopped_when_the_execution_is(cloud: Cloud) -> None:
    role = cloud.role("states.amazonaws.com", allow("states:*"))
    forever = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 10**6, "End": True}}}
    child = machine(cloud, role, forever)
    waits = task("arn:aws:states:::states:startExecution.sync", {"StateMachineArn": child})
    states = cloud.client("stepfunctions")
    parent = states.start_execution(stateMachineArn=machine(cloud, role, waits))["executionArn"]

    def children() -> Any:
        return states.list_executions(stateMachineArn=child)["executions"]

    eventually(children)
    states.stop_execution(executionArn=parent)
    assert eventually(lambda: children()[0]["status"] != "RUNNING" and children()[0])["status"] == (
        "ABORTED"
    )


def test_a_wait_follows_the_clock(cloud: Cloud) -> None:
    role = cloud.role("states.amazonaws.com")
    lifecycle.set_speed(10_000, cloud.folder)
    try:
        waits = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
        assert run(cloud, role, waits)["status"] == "SUCCEEDED"
    finally:
        lifecycle.set_speed(CLOCK_SPEED, cloud.folder)
