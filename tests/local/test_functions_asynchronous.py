"""Functions that nobody waits for: retries, dead-letter queues, destinations."""

import json
from typing import Any

import pytest

from tests.local.conftest import Cloud, allow, eventually
from tests.local.functions import PRINCIPAL, Deployed, deploy
from tests.local.queues import Queue, new_queue

pytestmark = pytest.mark.local

FAILS = """
    def handler(event, context):
        print("attempt of", context.aws_request_id)
        raise ValueError("never")
    """


@pytest.fixture
def queue(cloud: Cloud) -> Queue:
    return new_queue(cloud)


def may_send(queue: Queue) -> dict[str, Any]:
    return allow("sqs:SendMessage", on=queue.arn)


def configure(function: Deployed, **settings: Any) -> None:
    function.cloud.client("lambda").put_function_event_invoke_config(
        FunctionName=function.name, **settings
    )


def attempts(function: Deployed) -> list[str]:
    """What the attempts that were logged until now have printed."""
    found = function.cloud.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{function.name}", filterPattern='"attempt of"'
    )
    return [event["message"] for event in found["events"]]


def test_a_failed_event_is_tried_again_and_then_sent_to_the_dead_letter_queue(
    cloud: Cloud, queue: Queue
) -> None:
    function = deploy(cloud, FAILS, may_send(queue), DeadLetterConfig={"TargetArn": queue.arn})
    configure(function, MaximumRetryAttempts=1)
    function.call({"order": 7}, InvocationType="Event")
    message = queue.next()
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert json.loads(message["Body"]) == {"order": 7}
    assert attributes["ErrorCode"] == "200"
    assert attributes["ErrorMessage"] == "never"
    assert eventually(lambda: len(attempts(function)) == 2)
    assert set(attempts(function)) == {f"attempt of {attributes['RequestID']}"}


def test_without_the_right_to_send_the_event_is_lost_and_counted(
    cloud: Cloud, queue: Queue
) -> None:
    function = deploy(cloud, FAILS, DeadLetterConfig={"TargetArn": queue.arn})
    configure(function, MaximumRetryAttempts=0)
    function.call({}, InvocationType="Event")
    metrics = cloud.client("cloudwatch")
    assert eventually(
        lambda: metrics.list_metrics(
            MetricName="DeadLetterErrors",
            Dimensions=[{"Name": "FunctionName", "Value": function.name}],
        )["Metrics"]
    )
    assert queue.received() == []


@pytest.mark.parametrize(("given", "condition"), [(1, "Success"), (0, "RetriesExhausted")])
def test_what_came_of_an_event_is_sent_to_the_destination(
    cloud: Cloud, queue: Queue, given: int, condition: str
) -> None:
    function = deploy(cloud, "def handler(event, context): return 1 / event", may_send(queue))
    destination = {"Destination": queue.arn}
    configure(
        function,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": destination, "OnFailure": destination},
    )
    function.call(given, InvocationType="Event")
    record = json.loads(queue.next()["Body"])
    assert record["requestContext"]["condition"] == condition
    assert record["requestContext"]["functionArn"] == f"{function.arn}:$LATEST"
    assert record["requestPayload"] == given
    if condition == "Success":
        assert record["responsePayload"] == 1.0
    else:
        assert record["responseContext"]["functionError"] == "Unhandled"
        assert record["responsePayload"]["errorType"] == "ZeroDivisionError"


def test_a_function_reads_a_queue(cloud: Cloud, queue: Queue) -> None:
    reads = allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    code = "def handler(event, context): print('read', event['Records'][0]['body'])"
    function = deploy(cloud, code, reads)
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=function.name, EventSourceArn=queue.arn
    )
    cloud.client("sqs").send_message(QueueUrl=queue.url, MessageBody="me")
    assert function.logged("read") == "read me"


def test_nobody_runs_a_function_whose_role_lambda_may_not_assume(cloud: Cloud) -> None:
    function = deploy(cloud, "def handler(event, context): pass")
    iam, role = cloud.client("iam"), cloud.role(PRINCIPAL)
    cloud.client("lambda").update_function_configuration(FunctionName=function.name, Role=role)
    iam.delete_role(RoleName=role.rpartition("/")[2])
    payload, _ = function.call()
    assert payload["errorType"] == "AccessDeniedException"
