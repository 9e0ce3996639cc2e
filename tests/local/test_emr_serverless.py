"""EMR Serverless: jobs of Spark in an application's image, how they end, and with whose rights."""

import gzip
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually
from tests.local.images import built
from tests.local.test_cloud_tasks import ended, task

pytestmark = [pytest.mark.local, pytest.mark.peers]

_JOB = """
import os, sys, time

bucket, what = sys.argv[1:]
if what == "fail":
    raise ValueError("the rows are not there")
if what == "wait":
    time.sleep(600)
import boto3
from pyspark.sql import SparkSession

session = SparkSession.builder.getOrCreate()
found = session.range(1000).mapInArrow(lambda batches: batches, "id long").count()
body = f"{found} {os.environ['TOLD']}"
boto3.client("s3").put_object(Bucket=bucket, Key="found", Body=body)
print("counted")
"""
_DOCKERFILE = """
FROM public.ecr.aws/emr-serverless/spark/emr-7.9.0:latest
USER root
RUN dnf install -y python3.11 python3.11-pip && dnf clean all
RUN python3.11 -m pip install {packages}
COPY job.py /opt/job.py
USER hadoop:hadoop
"""
EVERYTHING = allow("s3:*")
LONG = 120  # Spark takes seconds to start, and many where others work beside it


@pytest.fixture(scope="module")
def application(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    return application_of(cloud, tmp_path_factory.mktemp("image"), "boto3 pandas pyarrow")


def application_of(cloud: Cloud, folder: Path, packages: str) -> str:
    """An application whose image has these packages."""
    (folder / "Dockerfile").write_text(_DOCKERFILE.format(packages=packages))
    (folder / "job.py").write_text(_JOB)
    made = cloud.client("emr-serverless").create_application(
        name="counting",
        releaseLabel="emr-7.9.0",
        type="SPARK",
        imageConfiguration={"imageUri": built(cloud, folder)},
    )
    return str(made["applicationId"])


@pytest.fixture
def bucket(cloud: Cloud) -> str:
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    cloud.client("s3").create_bucket(Bucket=name)
    return name


def role(cloud: Cloud, *statements: dict[str, Any]) -> str:
    return cloud.role("emr-serverless.amazonaws.com", *statements)


def request(application: str, arn: str, bucket: str, what: str = "count") -> dict[str, Any]:
    return {
        "applicationId": application,
        "executionRoleArn": arn,
        "jobDriver": {
            "sparkSubmit": {
                "entryPoint": "local:///opt/job.py",
                "entryPointArguments": [bucket, what],
                "sparkSubmitParameters": "--conf spark.emr-serverless.driverEnv.TOLD=here "
                "--conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON=/usr/bin/python3.11",
            }
        },
        "configurationOverrides": {
            "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": f"s3://{bucket}/l"}}
        },
    }


def run_of(cloud: Cloud, asked: dict[str, Any]) -> dict[str, Any]:
    """A job run, once it has ended."""
    client = cloud.client("emr-serverless")
    made = client.start_job_run(**asked)["jobRunId"]
    return awaited(cloud, asked["applicationId"], made)


def awaited(cloud: Cloud, application: str, made: str) -> dict[str, Any]:
    client = cloud.client("emr-serverless")

    def ask() -> dict[str, Any] | None:
        found = client.get_job_run(applicationId=application, jobRunId=made)["jobRun"]
        return found if found["state"] in ("SUCCESS", "FAILED", "CANCELLED") else None

    found: dict[str, Any] = eventually(ask, LONG)
    return found


def test_a_job_runs_its_image_on_spark_and_keeps_its_log(
    cloud: Cloud, application: str, bucket: str
) -> None:
    found = run_of(cloud, request(application, role(cloud, EVERYTHING), bucket))
    assert found["state"] == "SUCCESS", found["stateDetails"]
    s3 = cloud.client("s3")
    assert s3.get_object(Bucket=bucket, Key="found")["Body"].read() == b"1000 here"
    key = f"l/applications/{application}/jobs/{found['jobRunId']}/SPARK_DRIVER/stdout.gz"
    assert b"counted" in gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def test_a_job_has_what_its_image_installs_and_nothing_else(
    cloud: Cloud, bucket: str, tmp_path: Path
) -> None:
    """Spark's `mapInArrow` imports pandas, which is in the embedded cloud's own environment."""
    without = application_of(cloud, tmp_path, "boto3 pyarrow")
    found = run_of(cloud, request(without, role(cloud, EVERYTHING), bucket))
    assert found["state"] == "FAILED"
    assert "Pandas >= 1.0.5 must be installed" in found["stateDetails"]


def test_a_job_acts_with_its_own_role(cloud: Cloud, application: str, bucket: str) -> None:
    narrow = role(cloud, allow("s3:PutObject", on=f"arn:aws:s3:::{bucket}/l/*"))
    found = run_of(cloud, request(application, narrow, bucket))
    assert found["state"] == "FAILED"
    assert "AccessDenied" in found["stateDetails"]


def test_a_job_that_fails_says_why(cloud: Cloud, application: str, bucket: str) -> None:
    found = run_of(cloud, request(application, role(cloud, EVERYTHING), bucket, "fail"))
    assert found["state"] == "FAILED"
    assert "ValueError: the rows are not there" in found["stateDetails"]


def test_a_job_is_cancelled(cloud: Cloud, application: str, bucket: str) -> None:
    client = cloud.client("emr-serverless")
    asked = request(application, role(cloud, EVERYTHING), bucket, "wait")
    made = client.start_job_run(**asked)["jobRunId"]
    client.cancel_job_run(applicationId=application, jobRunId=made)
    assert awaited(cloud, application, made)["state"] == "CANCELLED"
    (listed,) = [run for run in client.list_job_runs(applicationId=application)["jobRuns"]
                 if run["id"] == made]  # fmt: skip
    assert listed["state"] == "CANCELLED"
    with pytest.raises(ClientError, match="CANCELLED already"):
        client.cancel_job_run(applicationId=application, jobRunId=made)


def test_who_starts_a_job_must_be_allowed_to_pass_its_role(
    cloud: Cloud, application: str, bucket: str
) -> None:
    user = cloud.user(allow("emr-serverless:*"))
    with pytest.raises(ClientError, match="iam:PassRole"):
        cloud.client("emr-serverless", **user).start_job_run(
            **request(application, role(cloud, EVERYTHING), bucket)
        )


@pytest.mark.parametrize(("what", "status"), [("count", "SUCCEEDED"), ("fail", "FAILED")])
def test_a_state_machine_waits_for_a_job(
    cloud: Cloud, application: str, bucket: str, what: str, status: str
) -> None:
    job, arn = role(cloud, EVERYTHING), f"arn:aws:emr-serverless:*:*:/applications/{application}"
    given = request(application, job, bucket, what)
    machine = cloud.role(
        "states.amazonaws.com",
        allow("emr-serverless:StartJobRun", on=arn),
        allow("emr-serverless:GetJobRun", on=f"{arn}/jobruns/*"),
        allow("iam:PassRole", on=job),
    )  # fmt: skip
    states = cloud.client("stepfunctions")
    made = states.create_state_machine(
        name=f"machine-{uuid.uuid4().hex[:8]}",
        roleArn=machine,
        definition=json.dumps(
            task(
                "arn:aws:states:::emr-serverless:startJobRun.sync",
                {key[0].upper() + key[1:]: value for key, value in given.items()},
            )
        ),
    )["stateMachineArn"]
    started = states.start_execution(stateMachineArn=made, input="{}")["executionArn"]
    found = ended(cloud, started, LONG)
    assert found["status"] == status, found.get("cause")
    told = json.loads(found["output"] if status == "SUCCEEDED" else found["cause"])
    assert told["JobRun"]["State"] == ("SUCCESS" if status == "SUCCEEDED" else "FAILED")


def test_what_is_not_there_is_told(cloud: Cloud) -> None:
    client = cloud.client("emr-serverless")
    with pytest.raises(ClientError, match="Application 00f does not exist"):
        client.get_application(applicationId="00f")
    with pytest.raises(ClientError, match="does not know StartApplication"):
        client.start_application(applicationId="00f")


def test_a_stack_makes_changes_and_deletes_an_application(cloud: Cloud) -> None:
    stacks, client = cloud.client("cloudformation"), cloud.client("emr-serverless")

    def template(cpu: str) -> str:
        properties = {
            "Name": "stacked",
            "ReleaseLabel": "emr-7.9.0",
            "Type": "SPARK",
            "AutoStopConfiguration": {"Enabled": "true", "IdleTimeoutMinutes": "5"},
            "MaximumCapacity": {"Cpu": cpu, "Memory": "16 GB"},
            "Tags": [{"Key": "who", "Value": "us"}],
        }
        made = {"Type": "AWS::EMRServerless::Application", "Properties": properties}
        outputs = {"Id": {"Value": {"Fn::GetAtt": ["App", "ApplicationId"]}}}
        return json.dumps({"Resources": {"App": made}, "Outputs": outputs})

    stacks.create_stack(StackName="stacked", TemplateBody=template("4 vCPU"))
    stacks.get_waiter("stack_create_complete").wait(StackName="stacked", WaiterConfig={"Delay": 1})
    (stack,) = stacks.describe_stacks(StackName="stacked")["Stacks"]
    made = stack["Outputs"][0]["OutputValue"]
    assert client.get_application(applicationId=made)["application"]["tags"] == {"who": "us"}
    stacks.update_stack(StackName="stacked", TemplateBody=template("8 vCPU"))
    stacks.get_waiter("stack_update_complete").wait(StackName="stacked", WaiterConfig={"Delay": 1})
    found = client.get_application(applicationId=made)["application"]
    assert found["maximumCapacity"]["cpu"] == "8 vCPU"
    assert found["autoStopConfiguration"] == {"enabled": True, "idleTimeoutMinutes": 5}
    stacks.delete_stack(StackName="stacked")
    stacks.get_waiter("stack_delete_complete").wait(StackName="stacked", WaiterConfig={"Delay": 1})
    with pytest.raises(ClientError, match="does not exist"):
        client.get_application(applicationId=made)
