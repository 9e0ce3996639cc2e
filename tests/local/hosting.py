"""Models, configurations and endpoints of one test."""

import json
import uuid
from typing import Any

from tests.local.conftest import Cloud, allow, eventually

Variants = list[dict[str, Any]]


class Hosting:
    """Models, configurations and endpoints of one test, which are deleted after it."""

    def __init__(self, cloud: Cloud, image: str) -> None:
        self.cloud, self.image = cloud, image
        self.sagemaker = cloud.client("sagemaker")
        self.bucket = f"bucket-{uuid.uuid4().hex[:12]}"
        cloud.client("s3").create_bucket(Bucket=self.bucket)
        self.role = cloud.role(
            "sagemaker.amazonaws.com", allow("s3:*", "logs:*", "ecr:*", "cloudwatch:*", "sns:*")
        )
        self.endpoint = f"endpoint-{uuid.uuid4().hex[:12]}"

    def variant(self, name: str, weight: float = 1.0, **environment: str) -> dict[str, Any]:
        model = f"model-{uuid.uuid4().hex[:12]}"
        self.sagemaker.create_model(
            ModelName=model,
            ExecutionRoleArn=self.role,
            PrimaryContainer={"Image": self.image, "Environment": {"WHO": name, **environment}},
        )
        return {
            "VariantName": name,
            "ModelName": model,
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "InitialVariantWeight": weight,
        }

    def config(self, variants: Variants, **more: Any) -> str:
        name = f"config-{uuid.uuid4().hex[:12]}"
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=variants, **more
        )
        return name

    def serve(self, variants: Variants, **more: Any) -> None:
        name = self.config(variants, **more)
        self.sagemaker.create_endpoint(EndpointName=self.endpoint, EndpointConfigName=name)
        assert self.settled()["EndpointStatus"] == "InService"

    def settled(self) -> dict[str, Any]:
        def described() -> dict[str, Any] | None:
            found: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName=self.endpoint)
            moving = found["EndpointStatus"] in ("Creating", "Updating", "RollingBack")
            return None if moving else found

        found: dict[str, Any] = eventually(described)
        return found

    def ask(self, body: str = "x", **more: Any) -> str:
        answer = self.cloud.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.endpoint, ContentType="text/csv", Body=body, **more
        )
        return str(answer["Body"].read().decode())

    def captured(self, variant: str, count: int) -> list[dict[str, Any]]:
        s3 = self.cloud.client("s3")

        def read() -> list[dict[str, Any]] | None:
            prefix = f"capture/{self.endpoint}/{variant}/"
            listed = s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
            lines: list[str] = []
            for item in listed:
                body = s3.get_object(Bucket=self.bucket, Key=item["Key"])["Body"].read()
                lines += body.decode().splitlines()
            return [json.loads(line) for line in lines] if len(lines) >= count else None

        found: list[dict[str, Any]] = eventually(read)
        return found

    def capture(self, percentage: int = 100) -> dict[str, Any]:
        return {
            "DataCaptureConfig": {
                "EnableCapture": True,
                "InitialSamplingPercentage": percentage,
                "DestinationS3Uri": f"s3://{self.bucket}/capture",
                "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
                "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
            }
        }
