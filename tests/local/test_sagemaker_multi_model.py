"""Multi-model endpoints: artifacts are loaded when they are asked for, and make room for others."""

import io
import tarfile
import uuid
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud
from tests.local.hosting import Hosting
from tests.local.images import pushed

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def image(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    return pushed(cloud, tmp_path_factory.mktemp("image"))


@pytest.fixture
def hosting(cloud: Cloud, image: str) -> Iterator[Hosting]:
    found = Hosting(cloud, image)
    yield found
    found.sagemaker.delete_endpoint(EndpointName=found.endpoint)


def kept(hosting: Hosting, key: str) -> str:
    """An artifact that knows its own key."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        info = tarfile.TarInfo("model.txt")
        info.size = len(key)
        tar.addfile(info, io.BytesIO(key.encode()))
    hosting.cloud.client("s3").put_object(Bucket=hosting.bucket, Key=key, Body=packed.getvalue())
    return key


def variant(hosting: Hosting, prefix: str = "/", **environment: str) -> dict[str, object]:
    model = f"model-{uuid.uuid4().hex[:12]}"
    hosting.sagemaker.create_model(
        ModelName=model,
        ExecutionRoleArn=hosting.role,
        PrimaryContainer={
            "Image": hosting.image,
            "Mode": "MultiModel",
            "ModelDataUrl": f"s3://{hosting.bucket}{prefix}",
            "Environment": environment,
        },
    )
    return {
        "VariantName": "main",
        "ModelName": model,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }


def test_each_request_goes_to_the_artifact_that_it_names(hosting: Hosting) -> None:
    hosting.serve([variant(hosting)])
    first, second = kept(hosting, "a/1.tar.gz"), kept(hosting, "b/2.tar.gz")
    assert hosting.ask("x", TargetModel=first) == "a/1.tar.gz:x:1"
    assert hosting.ask("y", TargetModel=second) == "b/2.tar.gz:y:2"
    assert hosting.ask("z", TargetModel=first) == "a/1.tar.gz:z:2"


def test_who_was_not_asked_for_longest_makes_room(hosting: Hosting) -> None:
    hosting.serve([variant(hosting, MOST_MODELS="2")])
    for number in (1, 2, 1, 3, 2):
        key = kept(hosting, f"{number}.tar.gz")
        assert hosting.ask("x", TargetModel=key).startswith(f"{key}:x:")
    assert hosting.ask("x", TargetModel="3.tar.gz") == "3.tar.gz:x:2"


@pytest.mark.parametrize(
    ("target", "told"),
    [({}, "is asked with TargetModel"), ({"TargetModel": "nothing"}, "Failed to download")],
)
def test_an_artifact_that_is_not_there_is_told(
    hosting: Hosting, target: dict[str, str], told: str
) -> None:
    hosting.serve([variant(hosting)])
    with pytest.raises(ClientError, match=told) as refused:
        hosting.ask("x", **target)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_what_aws_does_not_serve_so_is_refused(hosting: Hosting) -> None:
    with pytest.raises(ClientError, match="expected the S3 prefix"):
        variant(hosting, prefix="/model.tar.gz")
    given = variant(hosting)
    for key in ("InstanceType", "InitialInstanceCount"):
        given.pop(key)
    given["ServerlessConfig"] = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    with pytest.raises(ClientError, match="does not go together with Mode MultiModel"):
        hosting.config([given])
    hosting.serve([variant(hosting)])
