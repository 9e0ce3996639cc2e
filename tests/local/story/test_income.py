"""A model about people: searched for, judged on rows that it never saw, refused where unfair."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from examples.demo import data
from examples.demo.api import Api
from examples.demo.operator import Operator
from examples.demo.stage import Stage
from tests.local.story.conftest import Trained

pytestmark = pytest.mark.local


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data.people(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def bureau(stage: Stage) -> Operator:
    return stage.operator("workshop", "income")


@pytest.fixture(scope="module")
def fair(bureau: Operator, people: Path) -> Trained:
    """The first version, with the weights that terrace.yaml asks for, approved and answering."""
    bureau.succeeded(bureau.train(people))
    arn = bureau.newest_version()
    package = bureau.client("sagemaker").describe_model_package(ModelPackageName=arn)
    ended = bureau.decide(arn, "Approved")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    return Trained(operator=bureau, model_package_arn=arn, package=package)


def read(operator: Operator, uri: str) -> Any:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return json.loads(operator.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def test_a_version_that_is_good_and_unfair_is_refused(bureau: Operator, people: Path) -> None:
    ended = bureau.ended(bureau.train(people, reweigh=0))
    assert (ended["status"], ended["error"]) == ("FAILED", "GateRefused")
    assert ended["cause"].startswith("DPPL of sex=Female, on split held_out, is 0.")
    assert "accuracy" not in ended["cause"]


def test_a_fair_one_is_the_best_of_its_trials_and_tells_what_it_was_judged_by(
    stage: Stage, fair: Trained
) -> None:
    noted = fair.package["CustomerMetadataProperties"]
    trials = read(fair.operator, noted["trials_uri"])
    assert [one["status"] for one in trials] == ["Completed", "Completed"]
    best = max(trials, key=lambda one: one["objective"])
    assert noted["training_job"] == best["name"]
    assert noted["hyperparameter:learning_rate"] == best["hyperparameters"]["learning_rate"]
    assert float(noted["metric:held_out:accuracy"]) > 0.85
    assert int(noted["held_out_rows"]) == pytest.approx(data.PEOPLE / 5, rel=0.1)
    card = json.loads(fair.package["ModelCard"]["ModelCardContent"])
    assert card["intended_uses"]["risk_rating"] == "High"
    told = {one["name"] for one in card["evaluation_details"]}
    assert told == {
        "split validation", "split held_out", "gate", "data", "slices of race", "bias",
    }  # fmt: skip
    letter = stage.letter("workshop", "approv", fair.model_package_arn)
    assert "passed: DPPL of sex=Female" in letter
    assert "passed: accuracy where race is White" in letter
    assert "no version runs yet" in letter


def test_it_answers_by_the_tenants_function(fair: Trained) -> None:
    api = fair.operator.api
    assert isinstance(api, Api)
    row = "39,13,2174,0,40,State-gov,Never-married,Adm-clerical,Not-in-family,White,Male,Peru"
    status, said = api.ask(fair.operator.model, row)
    assert (status, said.partition(",")[0]) == (200, "<=50K")


def test_a_version_that_is_worse_than_the_one_that_runs_is_refused(
    fair: Trained, people: Path
) -> None:
    ended = fair.operator.ended(fair.operator.train(people, trees=3))
    assert (ended["status"], ended["error"]) == ("FAILED", "GateRefused")
    assert "beside version 1, on" in ended["cause"]
    assert "McNemar's exact test for worse: p = " in ended["cause"]
    assert "may have seen" not in ended["cause"]


def test_what_was_held_out_was_in_no_channel(bureau: Operator, fair: Trained) -> None:
    s3, run = bureau.client("s3"), fair.package["CustomerMetadataProperties"]["run"]
    listed = s3.list_objects_v2(Bucket=bureau.bucket, Prefix=f"income/training/runs/{run}/")
    (channel,) = [item["Key"] for item in listed["Contents"]]
    trained, held_out = (
        pd.read_parquet(BytesIO(s3.get_object(Bucket=bureau.bucket, Key=key)["Body"].read()))
        for key in (channel, f"income/held-out/{run}.parquet")
    )
    assert len(trained) + len(held_out) == data.PEOPLE
    assert trained.merge(held_out).empty
