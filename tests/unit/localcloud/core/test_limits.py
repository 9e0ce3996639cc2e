"""Requests as the checks of limits read them, and what the checks refuse."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from localcloud import shapes
from localcloud.hooks.services import Request
from localcloud.hooks.states import TaskFailure
from localcloud.json_api import model_of
from localcloud.limits import requests
from localcloud.limits.exceeded import Exceeded
from localcloud.limits.names import check_trail
from localcloud.limits.policies import Limits, check_document, without_white_space
from localcloud.limits.sizes import check_environment, check_tags
from localcloud.limits.steps import check_data, check_history


def sent(service: str, operation: str, **parameters: Any) -> Request:
    """The request that boto3 sends."""
    client = boto3.client(
        service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    kept: list[Any] = []

    class Stop(Exception):
        pass

    def keep(request: Any, **_: Any) -> None:
        kept.append(request)
        raise Stop

    client.meta.events.register("before-send", keep)
    with pytest.raises(Stop):
        getattr(client, operation)(**parameters)
    (request,) = kept
    url = urlsplit(request.url)
    body = request.body or b""
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    return Request(
        method=request.method,
        path=url.path,
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
        query=parse_qs(url.query, keep_blank_values=True),
    )


ROLE = "arn:aws:iam::000000000000:role/r"
CALLS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("events", "events", "put_rule", {"Name": "r", "EventPattern": "{}"}),
    ("iam", "iam", "create_role",
     {"RoleName": "r", "AssumeRolePolicyDocument": "{}", "Tags": [{"Key": "a", "Value": "b"},
                                                                   {"Key": "c", "Value": "d"}]}),
    ("sqs", "sqs", "set_queue_attributes",
     {"QueueUrl": "http://q", "Attributes": {"Policy": "{}"}}),
    ("sns", "sns", "create_topic",
     {"Name": "t", "Attributes": {"Policy": "{}", "DisplayName": "d"}}),
    ("ec2", "ec2", "create_vpc_endpoint",
     {"VpcId": "vpc-1", "ServiceName": "s", "SubnetIds": ["subnet-1", "subnet-2"]}),
    ("lambda", "lambda", "update_function_configuration",
     {"FunctionName": "f", "Role": ROLE, "VpcConfig": {"SubnetIds": ["subnet-1"]}}),
    ("apigateway", "apigateway", "update_account",
     {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ROLE}]}),
    ("scheduler", "scheduler", "create_schedule_group", {"Name": "g"}),
    ("states", "stepfunctions", "start_execution",
     {"stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:m", "input": "{}"}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "client", "operation", "parameters"), CALLS)
def test_a_request_is_read_whatever_its_protocol(
    service: str, client: str, operation: str, parameters: dict[str, Any]
) -> None:
    call = requests.read(service, sent(client, operation, **parameters))
    assert call is not None
    assert call.operation.lower() == operation.replace("_", "")
    assert {name: call.parameters[name] for name in parameters} == parameters
    assert shapes.report(call.parameters, call.shape) is None


def test_a_functions_payload_is_read_as_it_is() -> None:
    for payload in (b"[1, 2]", b"not json", b'{"a": 1}', b""):
        call = requests.read("lambda", sent("lambda", "invoke", FunctionName="f", Payload=payload))
        assert call is not None
        assert call.parameters["Payload"] == payload


def test_what_is_no_call_that_aws_describes_is_left_to_the_service() -> None:
    unknown = Request(method="GET", path="/health", headers={}, body=b"", query={})
    assert requests.read("lambda", unknown) is None
    broken = Request(
        method="POST", path="/", headers={"x-amz-target": "AWSEvents.PutRule"}, body=b"{", query={}
    )
    assert requests.read("events", broken) is None


@pytest.mark.parametrize(
    ("operation", "parameters", "constraint"),
    [
        ("CreateEndpointConfig",
         {"ProductionVariants": [{"VariantName": "v", "InstanceType": "ml.t3.large"}]},
         "'productionVariants.1.member.instanceType' failed to satisfy constraint: Member must "
         "satisfy enum value set"),
        ("CreateEndpointConfig", {"EndpointConfigName": "a--b", "ProductionVariants": []},
         "Member must have length greater than or equal to 1"),
        ("CreateModel", {"ModelName": "-a"}, "regular expression pattern"),
        ("CreateModel", {"ModelName": "a" * 64}, "less than or equal to 63"),
        ("CreateTrainingJob",
         {"StoppingCondition": {"MaxRuntimeInSeconds": 0}},
         "'stoppingCondition.maxRuntimeInSeconds' failed to satisfy constraint: Member must have "
         "value"),
    ],
)  # fmt: skip
def test_values_are_held_against_awss_description(
    operation: str, parameters: dict[str, Any], constraint: str
) -> None:
    shape = model_of("sagemaker").operation_model(operation).input_shape
    assert constraint in str(shapes.report(parameters, shape))


@pytest.mark.parametrize("name", ["abc", "a" * 128, "a-b.c_d", "terrace-audit", "1.2.3", "A1b"])
def test_cloudtrail_takes_a_name(name: str) -> None:
    check_trail(name)


@pytest.mark.parametrize(
    "name", ["ab", "a" * 129, "a--b", "a._b", ".ab", "ab_", "10.0.0.1", "a b", "ä-b", "a-b\n"]
)
def test_cloudtrail_refuses_a_name(name: str) -> None:
    with pytest.raises(Exceeded, match="Trail name"):
        check_trail(name)


def test_iam_counts_no_white_space_outside_texts() -> None:
    document = {"Statement": [{"Sid": "a b", "Action": ["s3:GetObject"]}]}
    compact = json.dumps(document, separators=(",", ":"))
    assert without_white_space(json.dumps(document, indent=8)) == compact
    assert without_white_space(document) == compact


def test_a_policy_that_cannot_be_read_is_left_to_the_service() -> None:
    limits = Limits(size=100, code="X", statements=1)
    check_document("no json", limits)
    check_document("[]", limits)
    with pytest.raises(Exceeded, match="101 bytes"):
        check_document("x" * 101, limits)


def test_an_environment_has_4096_bytes_and_a_resource_fifty_tags() -> None:
    check_environment({"Environment": {"Variables": {"A": "x" * 4000}}})
    check_environment({})
    with pytest.raises(Exceeded, match="4KB"):
        check_environment({"Environment": {"Variables": {"A": "ä" * 2048}}})
    check_tags({"Tags": {str(n): "v" for n in range(50)}})
    with pytest.raises(Exceeded, match="51 tags"):
        check_tags({"Tags": [{"Key": str(n)} for n in range(51)]})


def test_data_counts_as_utf_8() -> None:
    check_data("x" * 262_142, "The input")
    check_data("日" * 87_380, "The input")
    with pytest.raises(TaskFailure) as failure:
        check_data("日" * 87_381, "The input")
    assert failure.value.error == "States.DataLimitExceeded"


def test_a_history_has_25000_events_with_those_that_aws_adds() -> None:
    check_history([{"type": "PassStateEntered"}] * 24_999)
    check_history([{"type": "TaskScheduled"}] * 12_499)
    for events in ([{"type": "PassStateEntered"}] * 25_000, [{"type": "TaskScheduled"}] * 12_500):
        with pytest.raises(TaskFailure, match="25000"):
            check_history(events)
