"""Asynchronous endpoints: requests that wait, answers that are told, and instances that come."""

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually
from tests.local.hosting import Hosting
from tests.local.images import pushed
from tests.local.queues import new_queue

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def image(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    return pushed(cloud, tmp_path_factory.mktemp("image"))


class Asking:
    """An asynchronous endpoint, whose notifications come to a queue."""

    def __init__(self, cloud: Cloud, hosting: Hosting) -> None:
        self.cloud, self.hosting, self.bucket = cloud, hosting, hosting.bucket
        self.queue = new_queue(cloud)
        sns = cloud.client("sns")
        self.topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"]
        self.queue.let_in("sns.amazonaws.com", self.topic)
        sns.subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint=self.queue.arn,
            Attributes={"RawMessageDelivery": "true"},
        )

    def config(self) -> dict[str, Any]:
        told = {"SuccessTopic": self.topic, "ErrorTopic": self.topic}
        paths = {"S3OutputPath": f"s3://{self.bucket}/answers",
                 "S3FailurePath": f"s3://{self.bucket}/unanswered/"}  # fmt: skip
        return {"AsyncInferenceConfig": {"OutputConfig": paths | {"NotificationConfig": told}}}

    def serve(self) -> None:
        self.hosting.serve([self.hosting.variant("main")], **self.config())

    def ask(self, body: str, **more: Any) -> dict[str, Any]:
        key = f"requests/{uuid.uuid4()}"
        self.cloud.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body.encode())
        return self.ask_at(f"s3://{self.bucket}/{key}", **more)

    def ask_at(self, uri: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.cloud.client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName=self.hosting.endpoint, ContentType="text/csv", InputLocation=uri, **more
        )
        return answer

    def read(self, uri: str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")

        def found() -> bytes | None:
            listed = self.cloud.client("s3").list_objects_v2(Bucket=bucket, Prefix=key)
            if "Contents" not in listed:
                return None
            got = self.cloud.client("s3").get_object(Bucket=bucket, Key=key)
            return bytes(got["Body"].read())

        return str(eventually(found).decode())

    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.queue.next()["Body"]))

    def instances(self) -> int:
        (variant,) = self.hosting.settled()["ProductionVariants"]
        return int(variant["CurrentInstanceCount"])

    def scale(self, count: int) -> None:
        self.cloud.client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=self.hosting.endpoint,
            DesiredWeightsAndCapacities=[{"VariantName": "main", "DesiredInstanceCount": count}],
        )


@pytest.fixture
def asking(cloud: Cloud, image: str) -> Iterator[Asking]:
    hosting = Hosting(cloud, image)
    yield Asking(cloud, hosting)
    hosting.sagemaker.delete_endpoint(EndpointName=hosting.endpoint)


def test_an_answer_is_an_object_and_a_notification(asking: Asking) -> None:
    asking.serve()
    asked = asking.ask("1,2", InferenceId="mine")
    assert asked["InferenceId"] == "mine"
    assert asking.read(asked["OutputLocation"]) == "main:1,2"
    told = asking.told()
    assert told["invocationStatus"] == "Completed"
    assert told["inferenceId"] == "mine"
    assert told["requestParameters"]["endpointName"] == asking.hosting.endpoint
    assert told["requestParameters"]["contentType"] == "text/csv"
    assert told["responseParameters"]["outputLocation"] == asked["OutputLocation"]
    assert told["eventName"] == "InferenceResult"


def test_what_the_model_refuses_is_a_failure_with_its_words(asking: Asking) -> None:
    asking.serve()
    asked = asking.ask("bad")
    assert "the model cannot say" in asking.read(asked["FailureLocation"])
    told = asking.told()
    assert told["invocationStatus"] == "Failed"
    assert "the model cannot say" in told["failureReason"]
    assert "responseParameters" not in told


def test_an_input_that_is_not_there_is_a_failure(asking: Asking) -> None:
    asking.serve()
    asked = asking.ask_at(f"s3://{asking.bucket}/nothing")
    assert "Unable to access the input" in asking.read(asked["FailureLocation"])


def test_a_request_that_waits_too_long_expires(asking: Asking) -> None:
    asking.serve()
    asking.scale(0)
    asked = asking.ask("late", RequestTTLSeconds=60)
    eventually(lambda: asking.instances() == 0)
    time.sleep(4)
    asking.scale(1)
    assert "waited for over 60 seconds" in asking.read(asked["FailureLocation"])


def test_each_kind_of_endpoint_is_asked_in_its_own_way(asking: Asking) -> None:
    asking.serve()
    with pytest.raises(ClientError, match="use InvokeEndpointAsync"):
        asking.hosting.ask()
    with pytest.raises(ClientError, match="not found"):
        asking.cloud.client("sagemaker-runtime").invoke_endpoint_async(
            EndpointName="nobody", InputLocation=f"s3://{asking.bucket}/x"
        )
    mirrored = asking.hosting.variant("mirrored")
    with pytest.raises(ClientError, match="does not go together with ShadowProductionVariants"):
        asking.hosting.config(
            [asking.hosting.variant("main")], ShadowProductionVariants=[mirrored], **asking.config()
        )


def test_a_real_time_endpoint_takes_nothing_into_a_queue(asking: Asking) -> None:
    asking.hosting.serve([asking.hosting.variant("main")])
    with pytest.raises(ClientError, match="no asynchronous endpoint"):
        asking.ask("1")


def test_who_may_not_ask_is_refused(asking: Asking) -> None:
    asking.serve()
    user = asking.cloud.user(allow("sagemaker:InvokeEndpoint"))
    with pytest.raises(ClientError) as refused:
        asking.cloud.client("sagemaker-runtime", **user).invoke_endpoint_async(
            EndpointName=asking.hosting.endpoint, InputLocation=f"s3://{asking.bucket}/x"
        )
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


def test_instances_go_when_nothing_waits_and_come_when_something_does(asking: Asking) -> None:
    asking.serve()
    scaling, cloudwatch = (
        asking.cloud.client(name) for name in ("application-autoscaling", "cloudwatch")
    )
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{asking.hosting.endpoint}/variant/main",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    dimensions = [{"Name": "EndpointName", "Value": asking.hosting.endpoint}]
    scaling.register_scalable_target(MinCapacity=0, MaxCapacity=2, **target)
    tracked = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "ApproximateBacklogSizePerInstance",
        "Dimensions": dimensions,
        "Statistic": "Average",
    }
    policy = scaling.put_scaling_policy(
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 5.0,
            "CustomizedMetricSpecification": tracked,
        },
        **target,
    )
    assert [alarm["AlarmName"].split("-")[-2] for alarm in policy["Alarms"]] == [
        "AlarmHigh",
        "AlarmLow",
    ]
    step = scaling.put_scaling_policy(
        PolicyName="from-zero",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 300,
            "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
        },
        **target,
    )
    cloudwatch.put_metric_alarm(
        AlarmName=f"{asking.hosting.endpoint}-waits",
        AlarmActions=[step["PolicyARN"]],
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Dimensions=dimensions,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    assert asking.read(asking.ask("1")["OutputLocation"]) == "main:1"
    eventually(lambda: asking.instances() == 0, seconds=90)
    assert asking.read(asking.ask("2")["OutputLocation"]) == "main:2"
    assert asking.instances() == 1
    scaling.delete_scaling_policy(PolicyName="backlog", **target)
    names = [alarm["AlarmName"] for alarm in policy["Alarms"]]
    assert not cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
