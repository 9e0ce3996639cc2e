"""Every other kind of endpoint: trained, approved, asked, captured and checked like the first."""

import json
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from examples.demo.operator import Operator, waited_for
from examples.demo.stage import Stage
from tests.local.apps.kinds import ENDPOINTS, PEOPLE
from tests.local.apps.kinds import settings as settings_of_kinds
from tests.local.kinds.conftest import STACKS, deploy

pytestmark = pytest.mark.local

HOUR = timedelta(hours=1)
BEHIND_THE_API = ("press", "lathe")
SHARED = "north-mill--multi-model--shared"


@pytest.mark.parametrize("name", BEHIND_THE_API)
def test_a_model_answers_through_the_api_and_is_captured(
    serving: dict[str, Operator], bodies: list[str], name: str
) -> None:
    operator = serving[name]
    answers = [operator.invoke(body, f"{name}-{place}") for place, body in enumerate(bodies)]
    assert all(line.split(",")[0] in ("worn", "unworn") for line in "".join(answers).split())
    records = operator.captured_records(len(bodies))
    outputs = {record["captureData"]["endpointOutput"]["data"] for record in records}
    assert set(answers) <= outputs


def test_models_of_one_endpoint_are_different_models(
    serving: dict[str, Operator], bodies: list[str]
) -> None:
    """One endpoint, and neither answers for the other, with one tree more."""
    pairs = [(serving["press"].invoke(body), serving["lathe"].invoke(body)) for body in bodies]
    assert any(press != lathe for press, lathe in pairs)
    found = serving["press"].client("sagemaker").list_endpoints()["Endpoints"]
    names = {endpoint["EndpointName"] for endpoint in found}
    assert SHARED in names
    assert not names & {"north-mill--press", "north-mill--lathe"}


def asked(operator: Operator, body: str, name: str) -> str:
    """The answer of an asynchronous endpoint, once it is there."""
    s3, key = operator.client("s3"), f"{operator.model}/requests/{name}.csv"
    s3.put_object(Bucket=operator.bucket, Key=key, Body=body.encode())
    told = operator.client("sagemaker-runtime").invoke_endpoint_async(
        EndpointName=operator.names.endpoint,
        ContentType="text/csv",
        InferenceId=name,
        InputLocation=f"s3://{operator.bucket}/{key}",
    )
    output = told["OutputLocation"].removeprefix(f"s3://{operator.bucket}/")
    assert output.startswith(f"{operator.model}/answers/")

    def ask() -> str | None:
        if "Contents" not in s3.list_objects_v2(Bucket=operator.bucket, Prefix=output):
            return None
        return str(s3.get_object(Bucket=operator.bucket, Key=output)["Body"].read().decode())

    return waited_for(f"the answer to {name}", ask)


def instances(operator: Operator) -> int:
    found = operator.client("sagemaker").describe_endpoint(EndpointName=operator.names.endpoint)
    return int(found["ProductionVariants"][0]["CurrentInstanceCount"])


def test_an_asynchronous_endpoint_answers_in_the_bucket_and_is_captured(
    serving: dict[str, Operator], bodies: list[str]
) -> None:
    operator = serving["large"]
    before = len(operator.captured_records(1))  # the smoke test's
    answers = [asked(operator, body, f"order-{place}") for place, body in enumerate(bodies)]
    records = operator.captured_records(before + len(bodies))
    by_name = {record["eventMetadata"].get("inferenceId"): record for record in records}
    for place, answer in enumerate(answers):
        captured = by_name[f"order-{place}"]["captureData"]
        assert captured["endpointOutput"]["data"] == answer
        assert captured["endpointInput"]["data"] == bodies[place]


def test_no_instance_runs_while_nothing_waits_and_one_comes_when_something_does(
    serving: dict[str, Operator], bodies: list[str]
) -> None:
    operator = serving["large"]
    waited_for("the last instance to go", lambda: True if instances(operator) == 0 else None)
    assert asked(operator, bodies[0], "after-a-rest")
    assert instances(operator) == 1


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_kind_is_monitored(
    serving: dict[str, Operator], bodies: list[str], name: str
) -> None:
    """After the tests above, which ask."""
    operator = serving[name]
    assert len(operator.captured_records(len(bodies))) >= len(bodies)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    found = operator.check("data-quality", now - HOUR, now + HOUR)
    (uri,) = [uri for uri in map(str, found.values()) if uri.endswith("/statistics.json")]
    key = uri.removeprefix(f"s3://{operator.bucket}/")
    body = operator.client("s3").get_object(Bucket=operator.bucket, Key=key)["Body"].read()
    assert json.loads(body)["dataset"]["item_count"] >= len(bodies)


def test_a_canary_of_a_model_leaves_its_neighbour_alone(
    serving: dict[str, Operator], bodies: list[str], mills: dict[str, Path]
) -> None:
    press, lathe = serving["press"], serving["lathe"]
    before, runs, lathe_runs = (
        lathe.invoke(bodies[0]), press.running_version(), lathe.running_version()
    )  # fmt: skip
    press.succeeded(press.train(mills["north-mill"] / "training.parquet", trees=29))
    execution = press.decide(press.newest_version(), "Approved")
    assert (execution["status"], execution["error"]) == ("FAILED", "NobodyAsked")
    assert "expected at least 2" in execution["cause"]
    assert press.running_version() == runs
    assert press.decide(press.newest_version(), "Rejected")["status"] == "SUCCEEDED"
    with press.asked_meanwhile(bodies):
        execution = press.decide(press.newest_version(), "Approved")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert press.running_version() == press.newest_version() != runs
    assert lathe.running_version() == lathe_runs
    assert lathe.invoke(bodies[0]) == before
    alias = press.client("lambda").get_alias(FunctionName=press.names.serving_function, Name="live")
    assert not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")


def link(stage: Stage, who: str, version: str) -> str:
    """The link in the e-mail to somebody about a version, as this machine can follow it."""
    letter = stage.letter(f"{who}@north-mill", "waits for approval", version)
    (found,) = re.findall(r"https://\S+/decision\?token=\S+", letter)
    host, _, path = found.removeprefix("https://").partition("/")
    api, (version_of_it, _, rest) = host.split(".")[0], path.partition("/")
    cloud = stage.environment["AWS_ENDPOINT_URL"]
    return f"{cloud}/restapis/{api}/{version_of_it}/_user_request_/{rest}"


def followed(url: str, **form: str) -> tuple[int, str]:
    """The status and the page behind a link, or behind its button."""
    body = urlencode(form).encode() if form else None
    try:
        with urllib.request.urlopen(url, data=body, timeout=60) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_a_person_approves_by_the_link_in_their_letter(
    stage: Stage, serving: dict[str, Operator], mills: dict[str, Path]
) -> None:
    lathe = serving["lathe"]
    lathe.succeeded(lathe.train(mills["north-mill"] / "training.parquet", trees=33))
    version, began = lathe.newest_version(), len(lathe.approvals())
    ada, bob = (link(stage, who, version) for who in PEOPLE)
    assert ada != bob
    status, page = followed(ada)
    assert (status, "version 2 of lathe waits" in page) == (200, True)
    assert followed(ada.replace("token=", "token=A"), decision="approve")[0] == 403
    assert len(lathe.approvals()) == began

    status, page = followed(ada, decision="approve", reason="better on the new tools")
    assert (status, "is approved" in page) == (200, True)
    (newest, *_) = waited_for(
        "the rollout", lambda: found if len(found := lathe.approvals()) > began else None
    )
    assert lathe.ended(newest["executionArn"])["status"] == "SUCCEEDED"
    assert lathe.running_version() == version
    package = lathe.client("sagemaker").describe_model_package(ModelPackageName=version)
    assert package["ApprovalDescription"].endswith("by link: better on the new tools")
    assert package["CustomerMetadataProperties"]["approved_by"] == "ada@north-mill.example"
    settings = stage.folder / "kinds.yaml"
    settings.write_text(json.dumps(settings_of_kinds()))
    shown = stage.terrace("lineage", "north-mill", "lathe", "--json", "--settings", str(settings))
    assert json.loads(shown)["approval"]["by link"] == "ada@north-mill.example"
    for again, told in ((ada, "used before"), (bob, "is Approved already")):
        status, page = followed(again, decision="approve")
        assert (status, told in page) == (409, True)


def test_models_that_leave_the_file_go_with_all_that_they_had(
    stage: Stage, serving: dict[str, Operator]
) -> None:
    """The last test: `cdk deploy` of the shipped file, which has none of them."""
    made = ("--app", str(stage.folder / "kinds"))  # as it was deployed
    stage.cdk("destroy", *STACKS, "--exclusively", "--force", *made)
    deploy(stage, "terrace--north-mill")
    sagemaker = stage.client("sagemaker")
    endpoints = sagemaker.list_endpoints()["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in endpoints] == ["north-mill--tool-wear"]
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [one["ModelPackageGroupName"] for one in groups] == ["north-mill--tool-wear"]
    assert serving["tool-wear"].running_version() != "none"
