"""What a function's runs leave in CloudWatch's metrics."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.local.conftest import Cloud, eventually
from tests.local.functions import deploy, installed, layer_of

pytestmark = pytest.mark.local


def total(cloud: Cloud, namespace: str, name: str, **dimensions: str) -> float:
    """The sum of a metric over the last minutes."""
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=datetime.now(UTC) - timedelta(minutes=10),
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


_TAG = "cp314-cp314-manylinux_2_28_aarch64"
_POWERTOOLS = {
    **installed("aws_lambda_powertools", "3.37.0", _TAG),
    **installed("jmespath", "1.1.0", _TAG),
    **installed("typing_extensions", "4.16.0", _TAG),
}


def test_powertools_metrics_become_cloudwatch_metrics(cloud: Cloud) -> None:
    namespace = f"Tests{uuid.uuid4().hex[:8]}"
    function = deploy(
        cloud,
        f"""
        from aws_lambda_powertools import Metrics

        metrics = Metrics(namespace="{namespace}", service="kiln")

        @metrics.log_metrics
        def handler(event, context):
            for value in event:
                metrics.add_metric(name="Heat", unit="Count", value=value)
        """,
        Layers=[layer_of(cloud, _POWERTOOLS)],
    )
    function.call([3, 4])
    assert eventually(lambda: total(cloud, namespace, "Heat", service="kiln")) == 7


def test_every_run_counts_once_whoever_asked_for_it(cloud: Cloud) -> None:
    function = deploy(cloud, "def handler(event, context): return 1 / event")
    client = cloud.client("lambda")
    client.put_function_event_invoke_config(FunctionName=function.name, MaximumRetryAttempts=0)
    function.call(1)
    function.call(0)
    function.call(0, InvocationType="Event")

    def counted(name: str) -> Any:
        return total(cloud, "AWS/Lambda", name, FunctionName=function.name)

    assert eventually(lambda: counted("Invocations") == 3)
    assert counted("Errors") == 2
