"""What Step Functions calls the errors of APIs."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from localcloud.integrations import failures


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")


def told(code: str) -> ClientError:
    about: Any = {
        "Error": {"Code": code, "Message": "words"},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "r"},
    }
    return ClientError(about, "Operation")


@pytest.mark.parametrize(
    ("service", "label"),
    [
        ("dynamodb", "DynamoDb"),
        ("sagemaker", "SageMaker"),
        ("sagemaker-runtime", "SageMakerRuntime"),
        ("cloudformation", "CloudFormation"),
        ("ec2", "Ec2"),
        ("s3", "S3"),
        ("stepfunctions", "Sfn"),
        ("acm-pca", "AcmPca"),
        ("logs", "CloudWatchLogs"),
        ("apigateway", "ApiGateway"),
    ],
)
def test_an_sdk_integration_has_its_services_name_in_pascal_case(service: str, label: str) -> None:
    assert failures.sdk(client(service)).label == label


@pytest.mark.parametrize(
    ("service", "code", "name"),
    [
        ("dynamodb", "ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"),
        ("s3", "BucketAlreadyExists", "S3.BucketAlreadyExistsException"),
        ("sagemaker", "ResourceInUse", "SageMaker.ResourceInUseException"),
        ("sagemaker", "AccessDeniedException", "SageMaker.SageMakerException"),
        ("cloudformation", "ValidationError", "CloudFormation.CloudFormationException"),
    ],
)
def test_an_error_of_the_model_keeps_its_name_and_another_is_general(
    service: str, code: str, name: str
) -> None:
    api = client(service)
    failure = failures.failure(failures.sdk(api), told(code), api)
    assert failure.error == name
    assert failure.cause.startswith("words (Service: ")


def test_an_optimized_integration_has_the_older_names() -> None:
    api = client("sagemaker")
    failure = failures.failure(failures.optimized("sagemaker"), told("ValidationException"), api)
    assert failure.error == "SageMaker.AmazonSageMakerException"
    assert "Error Code: ValidationException" in failure.cause


def test_an_error_with_an_older_code_has_the_models_name() -> None:
    api = client("sqs")
    error = told("AWS.SimpleQueueService.NonExistentQueue")
    given: Any = error.response["Error"]
    given["QueryErrorCode"] = "QueueDoesNotExist"
    assert failures.failure(failures.sdk(api), error, api).error == "Sqs.QueueDoesNotExistException"
