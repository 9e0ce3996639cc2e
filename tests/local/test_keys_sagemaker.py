"""Keys of training jobs' output and of endpoints' volumes."""

import uuid
from typing import Any

import pytest

from tests.local.conftest import Cloud, allow
from tests.local.images import pushed
from tests.local.test_sagemaker_training import EVERYTHING, ended, started
from tests.local.vaults import Vault, new_vault, refused

pytestmark = pytest.mark.local
WRITE = allow("kms:GenerateDataKey", "kms:Decrypt")


@pytest.fixture(scope="module")
def image(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    return pushed(cloud, tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="module")
def vault(cloud: Cloud) -> Vault:
    made = new_vault(cloud)
    cloud.client("s3").put_object(Bucket=made.bucket, Key="data/a.csv", Body=b"1\n2\n3\n")
    return made


def test_the_role_of_a_job_must_encrypt_its_output(vault: Vault, image: str) -> None:
    output = {"S3OutputPath": f"s3://{vault.bucket}/jobs", "KmsKeyId": vault.key}

    def start(*statements: dict[str, Any]) -> str:
        role = vault.cloud.role("sagemaker.amazonaws.com", EVERYTHING, WRITE, *statements)
        return started(vault.cloud, image, vault.bucket, role, OutputDataConfig=output)

    code, message = refused(start)
    assert code == "ValidationException"
    assert "because no identity-based policy allows the kms:Encrypt action" in message
    job = start(allow("kms:Encrypt", on=vault.key))
    assert ended(vault.cloud, job)["TrainingJobStatus"] == "Completed"


def test_a_job_whose_role_has_no_key_fails(vault: Vault, image: str) -> None:
    role = vault.cloud.role("sagemaker.amazonaws.com", EVERYTHING)
    job = ended(vault.cloud, started(vault.cloud, image, vault.bucket, role))
    assert job["TrainingJobStatus"] == "Failed"
    assert "kms:Decrypt" in job["FailureReason"]


def test_who_creates_an_endpoint_grants_the_key_of_its_volumes(vault: Vault, image: str) -> None:
    sagemaker, name = vault.cloud.client("sagemaker"), f"endpoint-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model(
        ModelName=name,
        ExecutionRoleArn=vault.cloud.role("sagemaker.amazonaws.com", EVERYTHING),
        PrimaryContainer={"Image": image},
    )
    variant = {
        "VariantName": "a",
        "ModelName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[variant], KmsKeyId=vault.key
    )
    request = {"EndpointName": name, "EndpointConfigName": name}
    may = allow("sagemaker:*")
    stranger = vault.cloud.client("sagemaker", **vault.cloud.user(may))
    code, message = refused(stranger.create_endpoint, **request)
    assert code == "AccessDeniedException"
    assert "kms:CreateGrant" in message
    for_aws = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    grant = {**allow("kms:CreateGrant", on=vault.key), "Condition": for_aws}
    creator = vault.cloud.client("sagemaker", **vault.cloud.user(may, grant))
    creator.create_endpoint(**request)
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    sagemaker.delete_endpoint(EndpointName=name)
