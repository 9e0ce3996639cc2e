"""What an operator of one model does, through the ordinary AWS APIs alone."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from examples.demo.api import Api
from terrace.names import ModelNames, TenantNames

Answer = TypeVar("Answer")
PATIENCE_SECONDS = 240


class GaveUp(Exception):
    """Something that was waited for did not come, or came out wrong."""


def waited_for(
    what: str, ask: Callable[[], Answer | None], seconds: float = PATIENCE_SECONDS
) -> Answer:
    """The first answer that is not None, asking a few times a second.

    Raises:
        GaveUp: None came within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.25)
    raise GaveUp(f"waited {seconds:g} s for {what}, in vain")


@contextmanager
def meanwhile(asks: Sequence[Callable[[], object]], *, each: float) -> Iterator[None]:
    """Does the same things again and again, for as long as something else is done.

    Args:
        asks: The things.
        each: How many seconds are between two of them.

    Raises:
        Exception: What one of them raised.
    """
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            for one in asks:
                one()
                if over.wait(each):
                    return

    with ThreadPoolExecutor(max_workers=1) as pool:
        asking = pool.submit(ask)
        try:
            yield
        finally:
            over.set()
        asking.result()


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who approves: who they are, and SageMaker as they reach it."""

    arn: str
    sagemaker: Any


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One model of one tenant, as the person who runs it sees it."""

    client: Callable[[str], Any]  # makes a client of an AWS service
    tenant: str
    model: str
    patience_seconds: float = PATIENCE_SECONDS  # for anything that is waited for

    @property
    def names(self) -> ModelNames:
        """The model's AWS names."""
        return ModelNames(tenant=self.tenant, model=self.model)

    @property
    def bucket(self) -> str:
        """The tenant's data bucket."""
        sts = self.client("sts")
        account = sts.get_caller_identity()["Account"]
        return TenantNames(tenant=self.tenant).bucket(account, sts.meta.region_name)

    def train(self, data: Path, *, requested_by: str = "unknown", **parameters: object) -> str:
        """Uploads a training set and starts the training state machine; the execution's ARN."""
        key = f"{self.model}/training/data/{data.name}"
        self.client("s3").upload_file(str(data), self.bucket, key)
        payload = {
            "model": self.model,
            "data": f"s3://{self.bucket}/{key}",
            "code_version": "demo",
            "parameters": parameters,
            "requested_by": requested_by,
        }
        machine = self._state_machine(TenantNames(tenant=self.tenant).training_state_machine)
        started = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps(payload)
        )
        return str(started["executionArn"])

    def retrained(self) -> str:
        """The execution of a training that began by itself, once there is one."""
        machine = self._state_machine(TenantNames(tenant=self.tenant).training_state_machine)
        states = self.client("stepfunctions")

        def ask() -> str | None:
            for execution in states.list_executions(stateMachineArn=machine)["executions"]:
                arn = str(execution["executionArn"])
                given = json.loads(states.describe_execution(executionArn=arn)["input"])
                if "reason" in given:
                    return arn
            return None

        return self._wait(f"a training of {self.names.endpoint} to begin by itself", ask)

    def ended(self, execution_arn: str) -> dict[str, Any]:
        """The description of an execution, once it has ended, however it ended."""

        def ask() -> dict[str, Any] | None:
            found = self.client("stepfunctions").describe_execution(executionArn=execution_arn)
            return found if found["status"] != "RUNNING" else None

        return self._wait(f"the end of {execution_arn}", ask)

    def succeeded(self, execution_arn: str) -> dict[str, Any]:
        """The output of an execution.

        Raises:
            GaveUp: It did not succeed.
        """
        found = self.ended(execution_arn)
        if found["status"] != "SUCCEEDED":
            raise GaveUp(
                f"{execution_arn} ended {found['status']}: "
                f"{found.get('error')}: {found.get('cause')}"
            )
        return dict(json.loads(found["output"]))

    def newest_version(self) -> str:
        """The ARN of the newest version in the model registry."""
        versions = self.client("sagemaker").list_model_packages(
            ModelPackageGroupName=self.names.model_package_group,
            SortBy="CreationTime",
            SortOrder="Descending",
        )["ModelPackageSummaryList"]
        return str(versions[0]["ModelPackageArn"])

    def decide(
        self, model_package_arn: str, status: str, by: Person | None = None
    ) -> dict[str, Any]:
        """Approves or rejects a version; the ended execution of the approval state machine."""
        before = {execution["executionArn"] for execution in self.approvals()}
        sagemaker = by.sagemaker if by else self.client("sagemaker")
        sagemaker.update_model_package(
            ModelPackageArn=model_package_arn, ModelApprovalStatus=status
        )

        def started() -> str | None:
            new = {execution["executionArn"] for execution in self.approvals()} - before
            return next(iter(new), None)

        return self.ended(self._wait(f"the approval of {model_package_arn} to start", started))

    def forget_versions(self) -> None:
        """Deletes every version: AWS deletes no model package group that still holds one."""
        sagemaker, group = self.client("sagemaker"), self.names.model_package_group
        pages = sagemaker.get_paginator("list_model_packages")
        for page in pages.paginate(ModelPackageGroupName=group):
            for version in page["ModelPackageSummaryList"]:
                sagemaker.delete_model_package(ModelPackageName=version["ModelPackageArn"])

    def running_version(self) -> str:
        """The ARN of the version that the endpoint's stack runs, or `none`."""
        stack = self.client("cloudformation").describe_stacks(StackName=self.names.stack)
        parameters = stack["Stacks"][0]["Parameters"]
        return next(
            str(parameter["ParameterValue"])
            for parameter in parameters
            if parameter["ParameterKey"] == "ModelPackageArn"
        )

    @cached_property
    def api(self) -> Api | None:
        """The tenant's API, where a function answers for its models."""
        return Api.of(self.client, self.tenant)

    def invoke(self, body: str, inference_id: str | None = None) -> str:
        """The answer to rows of CSV.

        Raises:
            GaveUp: The tenant's API refuses it.
        """
        if self.api:
            status, text = self.api.ask(self.model, body, inference_id)
            if status != HTTPStatus.OK:
                raise GaveUp(f"{self.names.endpoint} answered {status}: {text}")
            return text
        named = {"InferenceId": inference_id} if inference_id else {}
        answer = self.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=self.names.endpoint, ContentType="text/csv", Body=body, **named
        )
        return str(answer["Body"].read().decode())

    @contextmanager
    def asked_meanwhile(self, bodies: Sequence[str], *, each: float = 0.2) -> Iterator[None]:
        """The same requests again and again, for as long as something else is done.

        Args:
            bodies: The requests.
            each: How many seconds are between two of them.

        Raises:
            GaveUp: One of them was not answered.
        """
        with meanwhile([partial(self.invoke, body) for body in bodies], each=each):
            yield

    def captured(self) -> list[str]:
        """The keys of the captured files."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.bucket, Prefix=f"{self.model}/capture/")
        return [item["Key"] for page in found for item in page.get("Contents", [])]

    def captured_records(self, minimum: int) -> list[dict[str, Any]]:
        """All captured records, once there are at least so many."""
        s3, bucket = self.client("s3"), self.bucket
        bodies: dict[str, str] = {}

        def ask() -> list[dict[str, Any]] | None:
            for key in self.captured():
                if key not in bodies:
                    found = s3.get_object(Bucket=bucket, Key=key)
                    bodies[key] = found["Body"].read().decode()
            lines = [line for body in bodies.values() for line in body.splitlines()]
            return [json.loads(line) for line in lines] if len(lines) >= minimum else None

        return self._wait(f"{minimum} captured records of {self.names.endpoint}", ask)

    def check(self, monitor: str, start: datetime, end: datetime) -> dict[str, Any]:
        """Runs a monitor over a window of captured traffic, as `aws lambda invoke` would."""
        function = TenantNames(tenant=self.tenant).function("monitor")
        window = {"start": start.isoformat(), "end": end.isoformat()}
        answer = self.client("lambda").invoke(
            FunctionName=function,
            Payload=json.dumps({"model": self.model, "monitor": monitor, "window": window}),
        )
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise GaveUp(f"{function} failed: {payload}")
        return dict(payload)

    def _wait(self, what: str, ask: Callable[[], Answer | None]) -> Answer:
        return waited_for(what, ask, self.patience_seconds)

    def _state_machine(self, name: str) -> str:
        sts = self.client("sts")
        account, region = sts.get_caller_identity()["Account"], sts.meta.region_name
        return f"arn:aws:states:{region}:{account}:stateMachine:{name}"

    def approvals(self) -> list[dict[str, Any]]:
        """The executions of the approval state machine, newest first."""
        machine = self._state_machine(TenantNames(tenant=self.tenant).approval_state_machine)
        found = self.client("stepfunctions").list_executions(stateMachineArn=machine)
        return list(found["executions"])
