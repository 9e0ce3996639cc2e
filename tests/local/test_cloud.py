"""The embedded cloud itself: up and down, whose rights count, and what it does not know."""

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import lifecycle
from localcloud.config import Config
from localcloud.lifecycle import NotRunning, NotStarted
from tests.local.conftest import Cloud

pytestmark = pytest.mark.local


def test_a_second_up_in_the_same_folder_is_refused(cloud: Cloud) -> None:
    with pytest.raises(NotStarted, match="is up already"):
        lifecycle.up(Config(port=lifecycle.free_port(), folder=cloud.folder))


def test_a_port_that_is_taken_is_refused_with_the_port_and_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(NotStarted, match=rf"port {port} is taken .* --port {port + 1}"):
            lifecycle.up(Config(port=port, folder=tmp_path))


def test_down_stops_the_server_and_may_be_said_twice(tmp_path: Path) -> None:
    running = lifecycle.up(Config(port=lifecycle.free_port(), folder=tmp_path))
    assert lifecycle.down(tmp_path)
    assert not lifecycle.down(tmp_path)
    assert lifecycle.status(tmp_path) is None
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_a_state_file_whose_process_is_another_program_is_not_an_embedded_cloud(
    tmp_path: Path,
) -> None:
    state = lifecycle.Running(pid=os.getpid(), config=Config(folder=tmp_path))
    (tmp_path / "state.json").write_text(state.dump())
    assert lifecycle.status(tmp_path) is None
    assert not lifecycle.down(tmp_path)


def test_the_environment_of_a_cloud_that_is_not_up_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="terrace local up"):
        lifecycle.environment(tmp_path)


def test_the_aws_command_line_works_against_it(cloud: Cloud) -> None:
    done = cloud.run("aws", "sts", "get-caller-identity", "--output", "json")
    assert json.loads(done.stdout)["Account"] == "000000000000"


def test_a_service_that_it_does_not_know_is_named(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="does not know the service personalize"):
        cloud.client("personalize").list_datasets()


def test_a_resource_type_that_it_does_not_know_is_named(cloud: Cloud) -> None:
    template = json.dumps({"Resources": {"Unknown": {"Type": "AWS::Personalize::Dataset"}}})
    with pytest.raises(ClientError, match="AWS::Personalize::Dataset"):
        cloud.client("cloudformation").create_stack(StackName="unknown", TemplateBody=template)


def run(cloud: Cloud, role_arn: str, definition: dict[str, Any], given: Any = None) -> Any:
    """Runs a state machine to its end."""
    states = cloud.client("stepfunctions")
    machine = states.create_state_machine(
        name=f"machine-{time.monotonic_ns()}", roleArn=role_arn, definition=json.dumps(definition)
    )["stateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
    for _ in range(200):
        found = states.describe_execution(executionArn=arn["executionArn"])
        if found["status"] != "RUNNING":
            return found
        time.sleep(0.05)
    raise AssertionError("the execution did not end")


def task(resource: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True} | more
    return {"StartAt": "Task", "States": {"Task": state}}


def allow(action: str, resource: str = "*") -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


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
    role = cloud.role("states.amazonaws.com", allow("sqs:SendMessage", "arn:aws:sqs:*:*:other"))
    sent = {"QueueUrl": queue, "MessageBody": "x"}
    found = run(cloud, role, task("arn:aws:states:::sqs:sendMessage", sent))
    assert found["status"] == "FAILED"
    assert "not authorized to perform: sqs:SendMessage" in found["cause"]


def test_a_role_that_does_not_trust_step_functions_performs_nothing(
    cloud: Cloud, queue: str
) -> None:
    role = cloud.role("lambda.amazonaws.com", allow("sqs:SendMessage"))
    sent = {"QueueUrl": queue, "MessageBody": "x"}
    found = run(cloud, role, task("arn:aws:states:::sqs:sendMessage", sent))
    assert found["status"] == "FAILED"
    assert "trust policy" in found["cause"]


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
    for _ in range(200):
        found = states.describe_execution(executionArn=execution)
        if found["status"] != "RUNNING":
            break
        time.sleep(0.05)
    assert json.loads(found["output"]) == {"said": "yes"}
