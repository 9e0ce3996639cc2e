"""Ranges, lengths and words of AWS's service models, which botocore's clients do not check."""

from typing import Any

import pytest

from localcloud.json_api import model_of
from localcloud.shapes import violations


def broken(service: str, operation: str, request: dict[str, Any]) -> list[str]:
    shape = model_of(service).operation_model(operation).input_shape
    return list(violations(request, shape))


@pytest.mark.parametrize(
    ("service", "operation", "request_", "expected"),
    [
        (
            "sagemaker",
            "UpdateEndpoint",
            {
                "EndpointName": "e" * 64,
                "EndpointConfigName": "c",
            },
            "at 'endpointName' failed to satisfy constraint: "
            "Member must have length less than or equal to 63",
        ),
        (
            "sagemaker",
            "UpdateEndpoint",
            {
                "EndpointName": "e",
                "EndpointConfigName": "c",
                "DeploymentConfig": {
                    "BlueGreenUpdatePolicy": {
                        "TrafficRoutingConfiguration": {
                            "Type": "ALL_AT_ONCE",
                            "WaitIntervalInSeconds": 3601,
                        }
                    }
                },
            },
            "Value '3601' at 'deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration."
            "waitIntervalInSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 3600",
        ),
        (
            "sagemaker",
            "UpdateModelPackage",
            {"ModelPackageArn": "a", "ModelApprovalStatus": "Perhaps"},
            "Member must satisfy enum value set: [Approved, Rejected, PendingManualApproval]",
        ),
        (
            "sagemaker",
            "AddTags",
            {"ResourceArn": "a", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "", "Value": "v"}]},
            "Value '' at 'tags.2.member.key' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "codedeploy",
            "CreateApplication",
            {"applicationName": "a" * 101, "computePlatform": "Lambda"},
            "Member must have length less than or equal to 100",
        ),
        (
            "codedeploy",
            "CreateApplication",
            {"applicationName": "a", "computePlatform": "Toaster"},
            "at 'computePlatform' failed to satisfy constraint",
        ),
    ],
)
def test_what_a_service_model_does_not_allow_is_refused_in_awss_words(
    service: str, operation: str, request_: dict[str, Any], expected: str
) -> None:
    assert [one for one in broken(service, operation, request_) if expected in one]


def test_what_it_allows_is_not() -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package/north--tool-wear/1"
    request = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
    assert broken("sagemaker", "UpdateModelPackage", request) == []
