"""A version that begins to fail after its rollout is gone back from while it goes on failing.

The alarm on it stays in ALARM all the time, because every request of the callers fails. On
instances the version's process fails; of a function the artifact is gone when the multi-model
endpoint loads it again.
"""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from examples.demo.operator import Operator, waited_for
from examples.demo.stage import Stage
from terrace.deployment import Deployment
from tests.local.apps.kinds import settings as settings_of_kinds
from tests.local.faulty import pushed
from tests.local.kinds.candidates import asked, callers, registered

pytestmark = pytest.mark.local

SHARED = "north-mill--multi-model--shared"


class Faulty(Protocol):
    """Versions of a model that answer, until they are broken."""

    operator: Operator
    by_api: bool

    def registered(self) -> str:
        """A new version that answers."""

    def broken(self) -> None:
        """From now on the version fails on every request."""


class OnInstances:
    """Its process fails once there is a file."""

    by_api = False

    def __init__(self, stage: Stage, operator: Operator, folder: Path) -> None:
        self.operator = operator
        self._package = described(operator)
        self._sign = folder / "sign"
        (container,) = self._package["InferenceSpecification"]["Containers"]
        self._image = pushed(
            stage, container["Image"], "breaking", folder / "source", sign=str(self._sign)
        )

    def registered(self) -> str:
        self._sign.unlink(missing_ok=True)
        return registered(self.operator, self._package, Image=self._image)

    def broken(self) -> None:
        self._sign.touch()


class OnFunction:
    """Its artifact is deleted, and the instances of the endpoint behind it are replaced."""

    by_api = True

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self._package = described(operator)
        (container,) = self._package["InferenceSpecification"]["Containers"]
        self._bucket, _, self._source = (
            container["ModelDataUrl"].removeprefix("s3://").partition("/")
        )
        self._copy = ""

    def registered(self) -> str:
        self._copy = self._source.replace("/model.tar.gz", f"-{uuid.uuid4().hex[:6]}/model.tar.gz")
        self.operator.client("s3").copy_object(
            Bucket=self._bucket, Key=self._copy, CopySource=f"{self._bucket}/{self._source}"
        )
        uri = f"s3://{self._bucket}/{self._copy}"
        return registered(self.operator, self._package, ModelDataUrl=uri)

    def broken(self) -> None:
        self.operator.client("s3").delete_object(Bucket=self._bucket, Key=self._copy)
        sagemaker = self.operator.client("sagemaker")
        endpoint = sagemaker.describe_endpoint(EndpointName=SHARED)
        config = sagemaker.describe_endpoint_config(
            EndpointConfigName=endpoint["EndpointConfigName"]
        )
        again = f"north-mill--{uuid.uuid4().hex[:8]}"
        sagemaker.create_endpoint_config(
            EndpointConfigName=again, ProductionVariants=config["ProductionVariants"]
        )
        sagemaker.update_endpoint(EndpointName=SHARED, EndpointConfigName=again)

        def replaced() -> bool | None:
            found = sagemaker.describe_endpoint(EndpointName=SHARED)
            return True if found["EndpointConfigName"] == again else None

        waited_for("the new instances", replaced)


def described(operator: Operator) -> dict[str, Any]:
    """The version that runs."""
    arn = operator.running_version()
    return dict(operator.client("sagemaker").describe_model_package(ModelPackageName=arn))


@pytest.fixture(params=["tool-wear", "press"])
def faulty(
    request: pytest.FixtureRequest, stage: Stage, serving: dict[str, Operator], tmp_path: Path
) -> Faulty:
    operator = serving[request.param]
    if request.param == "press":
        return OnFunction(operator)
    return OnInstances(stage, operator, tmp_path)


def alarm(operator: Operator) -> str:
    """The state of the alarm on failing requests."""
    name = f"{operator.names.base}--errors"
    found = operator.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found[0]["StateValue"])


def goes_back_by_itself(operator: Operator, hours: int) -> None:
    """Sets `rollback_within_hours`, as a deployment of the file does."""
    ssm = operator.client("ssm")
    name = operator.names.parameter
    told = Deployment.model_validate_json(ssm.get_parameter(Name=name)["Parameter"]["Value"])
    model = told.model.model_copy(update={"rollback_within_hours": hours})
    value = told.model_copy(update={"model": model}).model_dump_json(by_alias=True)
    ssm.put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def way_back(operator: Operator, known: set[str]) -> dict[str, Any]:
    """The execution that goes back, once it has ended; the alarm is in ALARM while it begins."""

    def begun() -> str | None:
        new = {one["executionArn"] for one in operator.approvals()} - known
        return next(iter(new), None)

    execution = waited_for("the way back", begun)
    cloudformation = operator.client("cloudformation")

    def updating() -> str | None:
        (stack,) = cloudformation.describe_stacks(StackName=operator.names.stack)["Stacks"]
        return alarm(operator) if stack["StackStatus"] == "UPDATE_IN_PROGRESS" else None

    assert waited_for("the update of the stack", updating) == "ALARM"
    return operator.ended(execution)


def settings(stage: Stage) -> str:
    """The file of the models, for the command line."""
    path = stage.folder / "kinds.yaml"
    path.write_text(json.dumps(settings_of_kinds()))
    return str(path)


def fails(faulty: Faulty, bodies: list[str]) -> str:
    """Rolls a version out that begins to fail afterwards, until its alarm fires; its ARN."""
    operator, version = faulty.operator, faulty.registered()
    ended = operator.decide(version, "Approved")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert asked(operator, bodies[0], by_api=faulty.by_api)
    faulty.broken()
    return version


def in_alarm(operator: Operator) -> None:
    waited_for("the alarm", lambda: alarm(operator) == "ALARM" or None)


def lineage(stage: Stage, operator: Operator, version: str) -> dict[str, str]:
    """What `terrace lineage` shows of a version's rollout."""
    number = version.rpartition("/")[2]
    shown = stage.terrace(
        "lineage", "north-mill", operator.model, "--version", number, "--json",
        "--settings", settings(stage),
    )  # fmt: skip
    return dict(json.loads(shown)["rollout"])


def answers(faulty: Faulty, bodies: list[str]) -> Callable[[], bool | None]:
    def ask() -> bool | None:
        found = [asked(faulty.operator, body, by_api=faulty.by_api) for body in bodies]
        return True if all(found) else None

    return ask


def test_a_failing_version_is_gone_back_from_by_itself_and_by_hand(
    stage: Stage, faulty: Faulty, bodies: list[str]
) -> None:
    operator, few = faulty.operator, bodies[:5]
    before = operator.running_version()
    number = before.rpartition("/")[2]
    with callers(operator, few, 2, by_api=faulty.by_api):
        left = fails(faulty, few)
        known = {one["executionArn"] for one in operator.approvals()}
        ended = way_back(operator, known)
        assert ended["status"] == "SUCCEEDED", ended.get("cause")
        assert operator.running_version() == before
        waited_for("the alarm's end", lambda: alarm(operator) == "OK" or None)
        waited_for("answers", answers(faulty, few))

        goes_back_by_itself(operator, 0)
        again = fails(faulty, few)
        in_alarm(operator)
        known = {one["executionArn"] for one in operator.approvals()}
        told = stage.terrace(
            "rollback", "north-mill", operator.model, "--reason", "every request fails",
            "--settings", settings(stage),
        )  # fmt: skip
        assert f"version {number} runs on endpoint {operator.names.endpoint}" in told
        assert operator.running_version() == before
        waited_for("answers", answers(faulty, few))
    goes_back_by_itself(operator, 24)

    said = f"instead of version {left.rpartition('/')[2]}: alarm {operator.names.base}--"
    assert before in stage.letter("north-mill", "deployed", said)
    said = f"instead of version {again.rpartition('/')[2]}, by hand: every request fails"
    assert before in stage.letter("north-mill", "deployed", said)
    for version in (left, again):
        assert lineage(stage, operator, version)["outcome"] == "deployed, and gone back from"
        assert lineage(stage, operator, version)["replaced by"] == f"version {number}"
    assert lineage(stage, operator, before)["outcome"] == "deployed"
