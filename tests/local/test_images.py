"""An image's own Python, packages and system libraries, and the manifests that SageMaker takes."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.containers.manifests import DOCKER, OCI, OCI_INDEX
from tests.local.conftest import Cloud, allow, eventually
from tests.local.images import DOCKER_FORMAT, built

pytestmark = pytest.mark.local

_TRAIN = """#!/usr/bin/env python3
import os
import {module}
open(os.path.join(os.environ["SM_MODEL_DIR"], "model.txt"), "w").write({module}.__file__)
"""
_DOCKERFILE = """
FROM python:3.13-slim-trixie
WORKDIR /opt/program
COPY requirements.txt ./
{run}
COPY --chmod=755 train ./
ENV PATH="/opt/program:${{PATH}}"
"""


def image(cloud: Cloud, folder: Path, module: str, run: str, *options: str) -> str:
    """An image whose `train` imports a module."""
    (folder / "Dockerfile").write_text(_DOCKERFILE.format(run=run))
    (folder / "requirements.txt").write_text("lightgbm~=4.7.0\n")
    (folder / "train").write_text(_TRAIN.format(module=module))
    (folder / "train").chmod(0o755)
    return built(cloud, folder, *options)


def trained(cloud: Cloud, uri: str) -> dict[str, Any]:
    """A training job of an image, once it has ended."""
    sagemaker, name = cloud.client("sagemaker"), f"job-{uuid.uuid4().hex[:12]}"
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    cloud.client("s3").create_bucket(Bucket=bucket)
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=cloud.role("sagemaker.amazonaws.com", allow("s3:*", "logs:*", "ecr:*")),
        AlgorithmSpecification={"TrainingImage": uri, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )

    def ended() -> dict[str, Any] | None:
        job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
        return job if job["TrainingJobStatus"] in ("Completed", "Failed") else None

    job: dict[str, Any] = eventually(ended, 120)
    return job


def logs_line(cloud: Cloud, job: dict[str, Any], line: str) -> bool:
    """Whether a failed training job logs a line; the log is written after the job has ended."""
    logs, group = cloud.client("logs"), "/aws/sagemaker/TrainingJobs"
    prefix = f"{job['TrainingJobName']}/"

    def errors() -> list[str]:
        try:
            found = logs.filter_log_events(logGroupName=group, logStreamNamePrefix=prefix)
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in found["events"] if event["message"] == line]

    return bool(eventually(errors))


def test_an_image_has_no_package_of_the_development_environment(
    cloud: Cloud, tmp_path: Path
) -> None:
    job = trained(cloud, image(cloud, tmp_path, "pandas", ""))
    assert job["TrainingJobStatus"] == "Failed"
    assert logs_line(cloud, job, "ModuleNotFoundError: No module named 'pandas'")


PIP = "RUN pip install --no-cache-dir --requirement requirements.txt"


def test_a_slim_image_lacks_the_system_libraries_that_it_does_not_install(
    cloud: Cloud, tmp_path: Path
) -> None:
    job = trained(cloud, image(cloud, tmp_path, "lightgbm", PIP))
    assert job["TrainingJobStatus"] == "Failed"
    message = "OSError: libgomp.so.1: cannot open shared object file: No such file or directory"
    assert logs_line(cloud, job, message)


def test_an_image_has_what_its_dockerfile_installs(cloud: Cloud, tmp_path: Path) -> None:
    system = "RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1"
    job = trained(cloud, image(cloud, tmp_path, "lightgbm", f"{system}\n{PIP}"))
    assert job["TrainingJobStatus"] == "Completed", job


def test_packages_that_do_not_exist_fail_the_build(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="lightgbm==0"):
        image(cloud, tmp_path, "lightgbm", "RUN pip install lightgbm==0.0.0.1")


@pytest.mark.parametrize(
    ("options", "media_type"),
    [
        (("--platform", "linux/amd64"), OCI_INDEX),
        (("--provenance=false",), OCI),
        (DOCKER_FORMAT, DOCKER),
    ],
)
def test_sagemaker_takes_manifests_in_dockers_format_only(
    cloud: Cloud, tmp_path: Path, options: tuple[str, ...], media_type: str
) -> None:
    uri = image(cloud, tmp_path, "os", "", *options)
    name = uri.partition("/")[2].partition(":")[0]
    (pushed,) = cloud.client("ecr").describe_images(repositoryName=name)["imageDetails"]
    assert pushed["imageManifestMediaType"] == media_type
    if media_type == DOCKER:
        assert trained(cloud, uri)["TrainingJobStatus"] == "Completed"
        create_model(cloud, uri)
        return
    message = f"Unsupported manifest media type {media_type} for image {uri}"
    for create in (create_model, trained):
        with pytest.raises(ClientError) as refused:
            create(cloud, uri)
        assert message in str(refused.value)


def create_model(cloud: Cloud, uri: str) -> None:
    cloud.client("sagemaker").create_model(
        ModelName=f"model-{uuid.uuid4().hex[:12]}",
        ExecutionRoleArn=cloud.role("sagemaker.amazonaws.com"),
        PrimaryContainer={"Image": uri},
    )


@pytest.mark.parametrize("member", ["SupportedTransformInstanceTypes",
                                    "SupportedRealtimeInferenceInstanceTypes"])  # fmt: skip
def test_a_package_names_only_instance_types_that_are_for_the_purpose(
    cloud: Cloud, member: str
) -> None:
    wrong = {"SupportedTransformInstanceTypes": "ml.c5d.large",
             "SupportedRealtimeInferenceInstanceTypes": "ml.c5n.xlarge"}[member]  # fmt: skip
    sagemaker = cloud.client("sagemaker")
    with pytest.raises(ClientError) as refused:
        sagemaker.create_model_package(
            InferenceSpecification={"Containers": [{"Image": "image"}], member: [wrong]}
        )
    assert (
        f"Value '{wrong}' at 'inferenceSpecification.{member[0].lower()}{member[1:]}.1.member' "
        in str(refused.value)
    )
    assert "failed to satisfy constraint: Member must satisfy enum value set" in str(refused.value)
