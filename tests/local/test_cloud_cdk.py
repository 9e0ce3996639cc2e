"""The real CDK CLI against the embedded cloud, from bootstrap to destroy."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud

pytestmark = pytest.mark.local
APP = Path(__file__).parent / "apps/small.py"


@pytest.fixture(scope="module")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small app's three forms."""
    folder = tmp_path_factory.mktemp("assemblies")
    subprocess.run([sys.executable, str(APP), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def bootstrapped(cloud: Cloud) -> Cloud:
    """A cloud that has what the CDK needs."""
    account, region = cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_REGION"]
    # In a folder without cdk.json: there, the CLI would first synthesize the app.
    done = cloud.cdk("bootstrap", f"aws://{account}/{region}", cwd=cloud.folder.parent)
    assert done.returncode == 0, done.stdout
    return cloud


@pytest.fixture(scope="module")
def deployed(bootstrapped: Cloud, assemblies: Path) -> dict[str, str]:
    """The outputs of the small app's stack in its first form."""
    deploy(bootstrapped, assemblies / "first")
    return outputs(bootstrapped)


def deploy(cloud: Cloud, assembly: Path) -> str:
    done = cloud.cdk("deploy", "--app", str(assembly), "--require-approval", "never")
    assert done.returncode == 0, done.stdout
    return done.stdout


def outputs(cloud: Cloud) -> dict[str, str]:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="small")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def invoke(cloud: Cloud, deployed: dict[str, str], bucket: str) -> dict[str, Any]:
    answer = cloud.client("lambda").invoke(
        FunctionName=deployed["FunctionName"], Payload=json.dumps({"bucket": bucket})
    )
    return dict(json.loads(answer["Payload"].read()))


def test_a_deployed_function_acts_with_its_own_role(cloud: Cloud, deployed: dict[str, str]) -> None:
    answer = invoke(cloud, deployed, deployed["BucketName"])
    assert f":assumed-role/{deployed['RoleName']}/" in answer["who"]
    assert answer["greeting"] == "hello"


def test_a_deployed_function_cannot_do_what_its_role_does_not_allow(
    cloud: Cloud, deployed: dict[str, str]
) -> None:
    cloud.client("s3").create_bucket(Bucket="someone-elses")
    answer = invoke(cloud, deployed, "someone-elses")
    assert "AccessDenied" in answer["errorMessage"]


def test_deploying_again_without_a_change_changes_nothing(
    cloud: Cloud, deployed: dict[str, str], assemblies: Path
) -> None:
    assert "(no changes)" in deploy(cloud, assemblies / "first")


def test_a_type_that_the_cloud_does_not_know_fails_by_name(
    cloud: Cloud, deployed: dict[str, str], assemblies: Path
) -> None:
    done = cloud.cdk("deploy", "--app", str(assemblies / "unknown"))
    assert done.returncode != 0
    assert "does not know AWS::Personalize::Dataset" in done.stdout


def test_an_update_reaches_what_runs(
    cloud: Cloud, deployed: dict[str, str], assemblies: Path
) -> None:
    deploy(cloud, assemblies / "second")
    assert invoke(cloud, deployed, deployed["BucketName"])["greeting"] == "goodbye"


def test_destroy_leaves_nothing(cloud: Cloud, deployed: dict[str, str], assemblies: Path) -> None:
    s3 = cloud.client("s3")
    s3.delete_object(Bucket=deployed["BucketName"], Key="told")
    done = cloud.cdk("destroy", "--app", str(assemblies / "first"), "--force")
    assert done.returncode == 0, done.stdout
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert deployed["BucketName"] not in buckets
    topics = [topic["TopicArn"] for topic in cloud.client("sns").list_topics()["Topics"]]
    assert deployed["TopicArn"] not in topics
    with pytest.raises(ClientError, match="does not exist"):
        cloud.client("cloudformation").describe_stacks(StackName="small")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        cloud.client("lambda").get_function(FunctionName=deployed["FunctionName"])
    with pytest.raises(ClientError, match="NoSuchEntity"):
        cloud.client("iam").get_role(RoleName=deployed["RoleName"])
