"""Functions that are invoked and waited for."""

import base64
import json

import boto3
import pytest
from botocore.config import Config

from tests.local.conftest import Cloud, allow, eventually
from tests.local.functions import PRINCIPAL, deploy, zipped

pytestmark = pytest.mark.local


def test_an_error_has_the_exceptions_own_name(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        class RateExceeded(Exception):
            pass

        def handler(event, context):
            raise RateExceeded("too fast")
        """,
    )
    payload, answer = function.call()
    assert answer["FunctionError"] == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("RateExceeded", "too fast")
    assert "index.py" in payload["stackTrace"][0]


def test_a_state_machine_catches_an_error_by_its_name(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        class Unfit(Exception):
            pass

        def handler(event, context):
            raise Unfit("no")
        """,
    )
    states = cloud.client("stepfunctions")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function.arn, "Payload": {}},
        "Catch": [{"ErrorEquals": ["Unfit"], "Next": "Caught"}],
        "End": True,
    }
    machine = states.create_state_machine(
        name=function.name,
        definition=json.dumps(
            {"StartAt": "Try", "States": {"Try": task, "Caught": {"Type": "Pass", "End": True}}}
        ),
        roleArn=cloud.role("states.amazonaws.com", allow("lambda:InvokeFunction")),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    ended = eventually(
        lambda: (
            (found := states.describe_execution(executionArn=execution))["status"] != "RUNNING"
            and found
        )
    )
    assert ended["status"] == "SUCCEEDED"


def test_a_function_that_takes_too_long_is_ended(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import time

        def handler(event, context):
            print("started")
            time.sleep(event["seconds"])
            return "done"
        """,
        Timeout=1,
    )
    payload, answer = function.call({"seconds": 60}, LogType="Tail")
    assert payload["errorType"] == "Sandbox.Timedout"
    assert payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "started\n" in tail
    assert "Status: timeout" in tail
    assert function.call({"seconds": 0})[0] == "done"


def test_a_module_that_cannot_be_imported_is_told(cloud: Cloud) -> None:
    function = deploy(cloud, "import nothing_of_this_name")
    payload, _ = function.call()
    assert payload["errorType"] == "Runtime.ImportModuleError"
    assert "nothing_of_this_name" in payload["errorMessage"]


def test_a_function_sees_no_package_that_is_only_installed_for_development(cloud: Cloud) -> None:
    function = deploy(cloud, "import localcloud")
    assert function.call()[0]["errorType"] == "Runtime.ImportModuleError"


def test_a_process_that_ends_itself_is_told_and_replaced(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import os

        def handler(event, context):
            if event == "exit":
                os._exit(3)
            return "alive"
        """,
    )
    payload, _ = function.call("exit")
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert function.call("stay")[0] == "alive"


def test_a_warm_worker_keeps_its_memory_until_the_function_changes(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import os
        count = 0

        def handler(event, context):
            global count
            count += 1
            return [count, os.environ.get("COLOUR")]
        """,
    )
    assert [function.call()[0] for _ in range(2)] == [[1, None], [2, None]]
    cloud.client("lambda").update_function_configuration(
        FunctionName=function.name, Environment={"Variables": {"COLOUR": "blue"}}
    )
    assert function.call()[0] == [1, "blue"]


def test_the_environment_and_the_context_are_lambdas(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import os

        def handler(event, context):
            return {
                "environment": dict(os.environ),
                "name": context.function_name,
                "arn": context.invoked_function_arn,
                "left": context.get_remaining_time_in_millis(),
                "client": context.client_context and context.client_context.custom,
                "here": os.getcwd(),
            }
        """,
        MemorySize=512,
        Environment={"Variables": {"COLOUR": "blue"}},
    )
    context = base64.b64encode(json.dumps({"custom": {"who": "me"}}).encode()).decode()
    payload, _ = function.call(ClientContext=context)
    environment = payload["environment"]
    expected = {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_REGION": cloud.environment["AWS_REGION"],
        "AWS_ENDPOINT_URL": cloud.environment["AWS_ENDPOINT_URL"],
        "COLOUR": "blue",
        "_HANDLER": "index.handler",
    }
    assert expected.items() <= environment.items()
    assert environment["LAMBDA_TASK_ROOT"] == payload["here"]
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert (payload["name"], payload["arn"]) == (function.name, function.arn)
    assert 0 < payload["left"] <= 30_000
    assert payload["client"] == {"who": "me"}


def test_a_function_has_its_roles_rights_and_no_others(cloud: Cloud) -> None:
    code = """
        import boto3

        def handler(event, context):
            return boto3.client("ssm").get_parameter(Name=event)["Parameter"]["Value"]
        """
    ssm, name = cloud.client("ssm"), "/functions/rights"
    ssm.put_parameter(Name=name, Value="secret", Type="String", Overwrite=True)
    denied, _ = deploy(cloud, code).call(name)
    assert "AccessDenied" in denied["errorMessage"]
    assert deploy(cloud, code, allow("ssm:GetParameter")).call(name)[0] == "secret"


def test_a_layers_packages_are_found(cloud: Cloud) -> None:
    layer = cloud.client("lambda").publish_layer_version(
        LayerName="greetings", Content={"ZipFile": zipped({"python/greeting.py": "WORD = 'hello'"})}
    )["LayerVersionArn"]
    function = deploy(
        cloud,
        """
        import greeting

        def handler(event, context):
            return greeting.WORD
        """,
        Layers=[layer],
    )
    assert function.call()[0] == "hello"


def test_output_reaches_the_log_group_between_lambdas_own_lines(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import logging

        def handler(event, context):
            print("printed")
            logging.getLogger().warning("logged")
        """,
    )
    tail = function.tail()
    assert "printed" in tail
    first, second, third, end, report = tail.splitlines()[0], *tail.splitlines()[-4:]
    assert first.startswith("START RequestId: ")
    assert second == "printed"
    assert third.startswith("[WARNING]")
    assert end.startswith("END RequestId: ")
    assert "Init Duration: " in report
    assert function.logged("REPORT RequestId") == report
    assert function.logged("printed") == "printed"


def test_a_function_logs_where_its_configuration_says(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        "def handler(event, context): print('here')",
        LoggingConfig={"LogGroup": "/tests/shared"},
    )
    function.call()
    logs = cloud.client("logs")
    assert eventually(
        lambda: any(
            event["message"] == "here"
            for group in logs.describe_log_groups(logGroupNamePrefix="/tests/shared")["logGroups"]
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        )
    )


def test_a_function_whose_role_may_not_log_leaves_no_log(cloud: Cloud) -> None:
    silent = deploy(cloud, "def handler(event, context): print('x')", Role=cloud.role(PRINCIPAL))
    loud = deploy(cloud, "def handler(event, context): print('x')")
    silent.call()
    loud.call()
    loud.logged("x")
    groups = cloud.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{silent.name}"
    )
    assert groups["logGroups"] == []


def test_reserved_concurrency_throttles(cloud: Cloud) -> None:
    function = deploy(cloud, "def handler(event, context): pass")
    client = cloud.client("lambda")
    client.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    once = boto3.client(
        "lambda",
        endpoint_url=cloud.environment["AWS_ENDPOINT_URL"],
        region_name=cloud.environment["AWS_REGION"],
        aws_access_key_id=cloud.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=cloud.environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(once.exceptions.TooManyRequestsException):
        once.invoke(FunctionName=function.name)
