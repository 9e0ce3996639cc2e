"""A search for hyperparameters: how it is asked for, and what is kept of its trials."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import validate_parameters

from lambdas.evaluate.archive import InvalidTrainingOutput
from lambdas.evaluate.handler import handler as evaluate
from lambdas.evaluate.trials import best, of_image
from lambdas.validate.handler import handler as validate
from lambdas.validate.searching import InvalidParameters
from terrace.training_settings import Tuning

from .conftest import Cloud, Context
from .test_evaluate import FILES, PLAN, trained
from .test_validate import CSV, asked

SEARCH = {
    "split": "random",
    "metric": "mcc",
    "trials": 8,
    "parallel": 2,
    "seed": 3,
    "parameters": {
        "trees": {"kind": "integer", "minimum": 10, "maximum": 200, "scale": "logarithmic"},
        "rate": {"kind": "continuous", "minimum": 0.01, "maximum": 0.5},
        "algorithm": {"kind": "categorical", "values": ["forest", "boosting"]},
    },
}
TRIALS = [
    {"name": "0", "status": "Completed", "hyperparameters": {"trees": "30"}, "objective": 0.8},
    {"name": "1", "status": "Failed", "hyperparameters": {"trees": "9"}, "reason": "no memory"},
    {"name": "2", "status": "Completed", "hyperparameters": {"trees": "90"}, "objective": 0.9},
]


def test_a_search_is_a_tuning_job_as_sagemaker_takes_it(cloud: Cloud, context: Context) -> None:
    cloud.deploy(training={"tuning": SEARCH, "hyperparameters": {"rows": "layer"}})
    cloud.put("tool-wear/training/data/set.csv", CSV)
    plan = validate(asked(), context)
    search = plan["search"]
    shape = get_session().get_service_model("sagemaker").shape_for("HyperParameterTuningJobConfig")
    validate_parameters(search["config"], shape)
    assert search["name"] == f"north--{plan['run'][:10]}"
    assert len("t" * 20 + "--" + plan["run"][:10]) <= 32
    ranges = search["config"]["ParameterRanges"]
    assert ranges["IntegerParameterRanges"] == [
        {"Name": "trees", "MinValue": "10", "MaxValue": "200", "ScalingType": "Logarithmic"}
    ]
    assert ranges["CategoricalParameterRanges"][0]["Values"] == ["forest", "boosting"]
    objective = search["config"]["HyperParameterTuningJobObjective"]
    assert objective == {"Type": "Maximize", "MetricName": "random:mcc"}
    assert plan["job"]["hyperparameters"] == {"rows": "layer"}


def test_in_one_job_the_image_is_told_to_search(cloud: Cloud, context: Context) -> None:
    asked_for = SEARCH | {"where": "one-job", "automl_trials": 200}
    cloud.deploy(training={"tuning": asked_for})
    cloud.put("tool-wear/training/data/set.csv", CSV)
    plan = validate(asked(), context)
    assert plan["search"] is None
    told = json.loads(plan["job"]["hyperparameters"]["tuning"])
    # As evaluate reads it again, which looks for who has won.
    assert Tuning.model_validate(told) == Tuning.model_validate(asked_for)


def test_what_is_searched_for_cannot_be_given(cloud: Cloud, context: Context) -> None:
    cloud.deploy(training={"tuning": SEARCH})
    cloud.put("tool-wear/training/data/set.csv", CSV)
    with pytest.raises(InvalidParameters, match=r"got trees, which terrace\.yaml searches for"):
        validate(asked(parameters={"trees": 5}), context)


def test_an_images_own_trials_are_kept_and_the_winners_parameters_told(
    cloud: Cloud, context: Context
) -> None:
    told = Tuning.model_validate(SEARCH).model_dump_json()
    event = trained(cloud, FILES | {"trials.json": json.dumps(TRIALS).encode()})
    event["training_job"]["HyperParameters"] = {"rows": "layer", "tuning": told}
    answer = evaluate(event | {"plan": PLAN}, context)
    assert answer["hyperparameters"] == {"rows": "layer", "trees": "90"}
    kept = json.loads(cloud.get(answer["trials_uri"]))
    assert [one["objective"] for one in kept] == [0.8, None, 0.9]


def test_trials_that_are_none_are_told(tmp_path: Path) -> None:
    path = tmp_path / "trials.json"
    path.write_text('[{"name": "0"}]')
    with pytest.raises(InvalidTrainingOutput, match=r"trials\.json: 0\.status"):
        of_image(path, "s3://b/output.tar.gz")


def test_without_a_measured_trial_none_has_won() -> None:
    assert best([], highest=True) is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"split": "held_out"}, "cannot judge the winner"),
        ({"parallel": 9}, "at most the 8 trials"),
        ({"automl_trials": 5}, "expected where: one-job"),
        ({"parameters": {"a": {"kind": "integer", "minimum": 3, "maximum": 3}}}, "below its max"),
        (
            {"parameters": {"a": {"kind": "continuous", "minimum": 0.0, "maximum": 1.0,
                                  "scale": "logarithmic"}}},
            "above 0",
        ),
        ({"parameters": {"a": {"kind": "unknown"}}}, "integer"),
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_made_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Tuning.model_validate(SEARCH | changed)
