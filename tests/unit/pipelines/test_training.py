"""The training state machine: every way through it ends where it should, and tells."""

import json
from typing import Any

import pytest

from pipelines.training import FUNCTIONS, Training
from terrace.events import DETAILS
from tests.unit.pipelines.machine import Execution, Task, TaskFailed

DEFINITION = Training(
    tenant="north",
    event_bus="bus",
    functions={name: f"arn:{name}" for name in FUNCTIONS if name != "track"},
).definition()
TRACKING = Training(
    tenant="north", event_bus="bus", functions={name: f"arn:{name}" for name in FUNCTIONS}
).definition()
METRICS = {"random": {"accuracy": 0.99, "mcc": 0.9}}
PLAN = {
    "model": "wear",
    "run": "run1",
    "code_version": "abc",
    "reason": "asked for by hand",
    "data": {
        "uri": "s3://b/wear/training/data/x.csv",
        "version_id": None,
        "rows": 3,
        "channel_uri": "s3://b/wear/training/runs/1/",
    },
    "job": {
        "name": "north--wear--run1",
        "image": "image",
        "role_arn": "role",
        "instance_type": "ml.m5.large",
        "volume_size_gb": 10,
        "max_runtime_seconds": 60,
        "hyperparameters": {"trees": "3"},
        "output_uri": "s3://b/wear/training/jobs/",
        "kms_key_id": "key",
    },
}
SEARCH = {
    "name": "north--run1",
    "config": {"Strategy": "Bayesian"},
    "metric_definitions": [{"Name": "random:mcc", "Regex": "random:mcc=(.*);"}],
}
TRAINED = {
    "TrainingJobName": "north--wear--run1",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
    "TrainingJobStatus": "Completed",
    "HyperParameters": {"trees": "3"},
}
GIVEN = {"model": "wear", "data": None, "code_version": "abc", "parameters": {"trees": 3}}


def answer(payload: Any) -> Task:
    return lambda _asked: {"Payload": payload}


def failing(error: str, cause: str) -> Task:
    def fail(_asked: Any) -> Any:
        raise TaskFailed(error, cause)

    return fail


def run(given: Any = None, definition: Any = DEFINITION, **tasks: Task) -> Execution:
    usual: dict[str, Task] = {
        "Validate": answer(PLAN),
        "Train": lambda _asked: TRAINED,
        "Tune": lambda _asked: {"BestTrainingJob": {"TrainingJobName": "north--run1-003-abc"}},
        "Best": lambda _asked: TRAINED | {"TrainingJobName": "north--run1-003-abc"},
        "Evaluate": answer(
            {
                "metrics": METRICS,
                "features_uri": "s3://b/features.parquet",
                "predictions_uri": None,
            }
        ),
        "Baseline": answer({"folder_uri": "s3://b/baselines", "files": {}}),
        "Gate": answer({"passed": True, "reasons": [], "verdicts": ["passed: mcc"]}),
        "Register": answer({"model_package_arn": "arn:package/1", "version": 1}),
        "TrackRegistered": answer({"run_id": "1"}),
        "TrackRefused": answer({"run_id": "1"}),
        "TellRegistered": lambda _asked: {},
        "TellRefused": lambda _asked: {},
        "TellFailed": lambda _asked: {},
    }
    return Execution(definition=definition, tasks=usual | tasks).run(given or GIVEN)


def detail(execution: Execution) -> Any:
    """The one event that was put, as its receivers read it."""
    (entry,) = execution.events
    assert entry["EventBusName"] == "bus"
    assert entry["Source"] == "terrace"
    return DETAILS[entry["DetailType"]].model_validate(entry["Detail"])


def test_a_good_version_is_registered_and_told() -> None:
    execution = run()
    told = detail(execution)
    assert execution.error is None
    assert (type(told).__name__, told.version, told.metrics) == ("VersionRegistered", 1, METRICS)
    assert told.verdicts == ("passed: mcc",)
    assert execution.output["evaluation"]["metrics"] == METRICS
    assert execution.output["model_package_arn"] == "arn:package/1"


def test_each_function_is_asked_what_it_expects() -> None:
    asked = run().asked
    payloads = {state: value["Payload"] for state, value in asked.items() if "Payload" in value}
    assert payloads["Validate"] == GIVEN | {"execution": "one"}
    assert set(payloads["Evaluate"]) == {"model", "run", "plan", "training_job"}
    assert set(payloads["Baseline"]) == {"model", "run", "evaluation"}
    assert set(payloads["Gate"]) == {"model", "evaluation"}
    assert payloads["Gate"]["evaluation"]["metrics"] == METRICS
    assert set(payloads["Register"]) == {
        "model", "run", "plan", "evaluation", "baseline", "gate", "execution",
    }  # fmt: skip


def test_the_job_is_what_validate_planned_and_has_no_network() -> None:
    job = run().asked["Train"]
    assert job["TrainingJobName"] == "north--wear--run1"
    assert job["HyperParameters"] == {"trees": "3"}
    assert job["OutputDataConfig"] == {"S3OutputPath": PLAN["job"]["output_uri"], "KmsKeyId": "key"}
    assert job["EnableNetworkIsolation"] is True


def test_a_job_without_hyperparameters_has_none() -> None:
    without = {name: told for name, told in TRAINED.items() if name != "HyperParameters"}
    execution = run(Train=lambda _asked: without)
    assert execution.error is None
    assert execution.asked["Evaluate"]["Payload"]["training_job"]["HyperParameters"] == {}


def test_a_search_stands_for_the_job_and_its_best_trial_goes_on() -> None:
    execution = run(Validate=answer(PLAN | {"search": SEARCH}))
    assert "Train" not in execution.visited
    search = execution.asked["Tune"]
    assert search["HyperParameterTuningJobName"] == "north--run1"
    definition = search["TrainingJobDefinition"]
    assert definition["StaticHyperParameters"] == {"trees": "3"}
    metrics = definition["AlgorithmSpecification"]["MetricDefinitions"]
    assert metrics == SEARCH["metric_definitions"]
    assert definition["EnableNetworkIsolation"] is True
    assert execution.asked["Best"] == {"TrainingJobName": "north--run1-003-abc"}
    evaluated = execution.asked["Evaluate"]["Payload"]["training_job"]
    assert evaluated["TrainingJobName"] == "north--run1-003-abc"


def test_a_search_of_which_every_trial_failed_is_told() -> None:
    cause = json.dumps({"FailureReason": "All training jobs failed."})
    failed = failing("States.TaskFailed", cause)
    execution = run(Validate=answer(PLAN | {"search": SEARCH}), Tune=failed)
    assert execution.cause == "All training jobs failed."
    assert type(detail(execution)).__name__ == "TrainingFailed"


def test_what_the_gate_refuses_is_not_registered() -> None:
    execution = run(Gate=answer({"passed": False, "reasons": ["mcc 0.2, at least 0.9"]}))
    assert "Register" not in execution.visited
    assert (execution.error, execution.cause) == ("GateRefused", "mcc 0.2, at least 0.9")
    assert detail(execution).reasons == ("mcc 0.2, at least 0.9",)


@pytest.mark.parametrize("state", ["Validate", "Train", "Evaluate", "Baseline", "Gate", "Register"])
def test_an_error_anywhere_is_told_in_its_own_words(state: str) -> None:
    wrapped = json.dumps({"errorMessage": "no column 'label'", "errorType": "Invalid"})
    execution = run(**{state: failing("Invalid", wrapped)})
    told = detail(execution)
    assert (execution.error, execution.cause) == ("Invalid", "no column 'label'")
    assert (told.model, told.error, told.cause) == ("wear", "Invalid", "no column 'label'")


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (
            json.dumps({"TrainingJobStatus": "Failed", "FailureReason": "out of disk"}),
            "out of disk",
        ),
        ("Rate exceeded", "Rate exceeded"),
        ('{"errorMessage": "cut off', '{"errorMessage": "cut off'),
        ("", "no cause was given"),
    ],
)
def test_a_cause_is_told_in_words_whatever_its_form(cause: str, told: str) -> None:
    assert run(Train=failing("States.TaskFailed", cause)).cause == told


def test_a_request_without_a_model_fails_with_the_functions_words_too() -> None:
    execution = run({"data": "x"}, Validate=failing("ValidationError", "model: missing"))
    assert (execution.cause, detail(execution).model) == ("model: missing", "unknown")


def test_the_first_error_is_kept_when_telling_of_it_fails_too() -> None:
    execution = run(Gate=failing("Broken", "why"), TellFailed=failing("Events", "bus is gone"))
    assert (execution.error, execution.cause) == ("Broken", "why")


def test_where_runs_are_tracked_each_is_before_it_is_told() -> None:
    kept = run(definition=TRACKING)
    assert kept.visited.index("Register") < kept.visited.index("TrackRegistered")
    asked = kept.asked["TrackRegistered"]["Payload"]
    assert set(asked) == {
        "model", "run", "plan", "evaluation", "gate", "execution", "registered",
    }  # fmt: skip
    assert asked["registered"] == {"model_package_arn": "arn:package/1", "version": 1}
    assert (kept.error, type(detail(kept)).__name__) == (None, "VersionRegistered")

    no = answer({"passed": False, "reasons": ["mcc 0.2"], "verdicts": []})
    refused = run(definition=TRACKING, Gate=no)
    assert refused.asked["TrackRefused"]["Payload"]["gate"]["reasons"] == ["mcc 0.2"]
    assert (refused.error, detail(refused).reasons) == ("GateRefused", ("mcc 0.2",))


def test_a_run_that_cannot_be_tracked_is_registered_and_told_all_the_same() -> None:
    execution = run(definition=TRACKING, TrackRegistered=failing("TrackingFailed", "503"))
    assert (execution.error, type(detail(execution)).__name__) == (None, "VersionRegistered")


def test_without_a_tracking_server_nobody_tracks() -> None:
    assert not [state for state in run().visited if state.startswith("Track")]
