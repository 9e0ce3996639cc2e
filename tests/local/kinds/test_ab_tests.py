"""Two versions share the traffic, key by key, until labels tell which is better."""

import json
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from examples.demo import data
from examples.demo.operator import Operator, meanwhile, waited_for
from examples.demo.stage import Stage
from terrace.names import TenantNames
from terrace.sticky import StickyEndpoint

pytestmark = pytest.mark.local

KEYS = 40


@pytest.fixture(scope="module")
def rows(serving: dict[str, Operator], mills: dict[str, Path]) -> list[str]:
    """Rows of normal traffic, whose labels are known under their inference ids."""
    saw, mill = serving["saw"], mills["north-mill"]
    lines = [
        json.dumps(
            {
                "groundTruthData": {"data": label, "encoding": "CSV"},
                "eventMetadata": {"eventId": name},
                "eventVersion": "0",
            }
        )
        for name, label in data.labels(mill, "normal", rows_each=1)
    ]
    saw.client("s3").put_object(
        Bucket=saw.bucket,
        Key=f"saw/ground-truth/{datetime.now(UTC):%Y/%m/%d/%H}/known.jsonl",
        Body="\n".join(lines).encode(),
    )
    return list(data.requests(mill, "normal", rows_each=1))


def callers(saw: Operator, rows: list[str]) -> AbstractContextManager[None]:
    """Forty machines that ask all the time, each with its own key."""
    clients = [saw.client(service) for service in ("sagemaker", "sagemaker-runtime")]
    endpoint = StickyEndpoint(*clients, saw.names.endpoint, refresh_seconds=0.5)
    asks = [
        partial(
            endpoint.invoke,
            f"machine-{place % KEYS}",
            Body=row,
            ContentType="text/csv",
            InferenceId=data.inference_id("normal", place),
        )
        for place, row in enumerate(rows)
    ]
    return meanwhile(asks, each=0.01)


def tried(saw: Operator, rows: list[str], training: Path, trees: int) -> dict[str, Any]:
    """The end of the rollout of a new version, under traffic."""
    saw.succeeded(saw.train(training, trees=trees))
    with callers(saw, rows), ThreadPoolExecutor(max_workers=1) as pool:
        deciding = pool.submit(saw.decide, saw.newest_version(), "Approved")
        assert standing(saw).partition(":")[0] in ("not yet", "challenger", "champion")
        return deciding.result()


def standing(saw: Operator) -> str:
    """How the test stands, as soon as there is one."""
    function = TenantNames(tenant=saw.tenant).function("ab-test")

    def ask() -> str | None:
        answer = saw.client("lambda").invoke(
            FunctionName=function, Payload=json.dumps({"model": saw.model})
        )
        told = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            assert told["errorType"] == "UnknownVariant"
            return None
        return f"{told['verdict']}: {told['reason']}"

    return waited_for("the A/B test to begin", ask)


def test_a_better_version_wins_its_test_and_is_rolled_out(
    stage: Stage, serving: dict[str, Operator], rows: list[str], mills: dict[str, Path]
) -> None:
    saw, before = serving["saw"], serving["saw"].running_version()
    ended = tried(saw, rows, mills["north-mill"] / "training.parquet", 30)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert saw.running_version() == saw.newest_version() != before
    told = json.loads(ended["output"])["reason"]
    assert "Its A/B test: on " in told
    assert "labelled rows of the new version" in stage.letter("north-mill", "was deployed", told)

    # What was captured tells who was asked: half of the keys each, and each key always the same.
    asked: dict[str, Counter[str]] = defaultdict(Counter)
    for key in saw.captured():
        variant = key.split("/")[3]
        body = saw.client("s3").get_object(Bucket=saw.bucket, Key=key)["Body"].read().decode()
        for line in body.splitlines():
            name = json.loads(line)["eventMetadata"].get("inferenceId", "")
            if name.startswith("normal-"):
                machine = int(name.removeprefix("normal-")) % KEYS
                asked[variant][f"machine-{machine}"] += 1
    theirs = set(asked["Challenger"])
    assert KEYS / 4 < len(theirs) < KEYS * 3 / 4
    (endpoint,) = [
        one
        for one in saw.client("sagemaker").list_endpoints()["Endpoints"]
        if one["EndpointName"] == saw.names.endpoint
    ]
    found = saw.client("sagemaker").describe_endpoint(EndpointName=endpoint["EndpointName"])
    assert [one["VariantName"] for one in found["ProductionVariants"]] == ["AllTraffic"]


def test_a_worse_version_loses_and_waits_for_another_decision(
    stage: Stage, serving: dict[str, Operator], rows: list[str], wrong_way_round: Path
) -> None:
    saw, before = serving["saw"], serving["saw"].running_version()
    ended = tried(saw, rows, wrong_way_round, 31)
    assert (ended["status"], ended["error"]) == ("FAILED", "ABTestLost"), ended["cause"]
    assert "The A/B test: champion. on " in ended["cause"]
    assert saw.running_version() == before
    package = saw.client("sagemaker").describe_model_package(ModelPackageName=saw.newest_version())
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    stage.letter("north-mill", "refused", "The A/B test: champion")
