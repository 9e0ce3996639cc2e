"""The model card: what it tells, and that SageMaker's schema would take it."""

import json
from typing import Any

from botocore.session import get_session
from botocore.validate import validate_parameters

from lambdas.register.card import card
from lambdas.register.request import Request
from terrace.model_settings import Model

from .test_register import asked

MODEL = {
    "name": "wear",
    "source": "x",
    "label": "label",
    "card": {"purpose": "Tells worn tools.", "risk_rating": "Low", "caveats": "One mill."},
    "training": {
        "tuning": {
            "split": "random",
            "metric": "mcc",
            "parameters": {"trees": {"kind": "integer", "minimum": 1, "maximum": 9}},
        }
    },
}
SLICES = [
    {"column": "sex", "value": value, "rows": 70, "metrics": {"recall": 0.5, "mcc": None}}
    for value in ("Female", "Male")
]


def content(**changed: Any) -> dict[str, Any]:
    event = asked(trees="7")
    event["evaluation"] |= {"slices": SLICES, "bias": {"sex=Female": {"DPPL": 0.1}}}
    event["gate"] = {"verdicts": ["passed: mcc on split random is 0.9"]}
    event["evaluation"] |= changed
    made = card(Request.model_validate(event), Model.model_validate(MODEL))
    package = get_session().get_service_model("sagemaker").shape_for("ModelPackageModelCard")
    validate_parameters(made, package)
    assert made["ModelCardStatus"] == "PendingReview"
    found: dict[str, Any] = json.loads(made["ModelCardContent"])
    return found


def test_a_card_tells_what_the_version_is_for_and_how_it_was_made() -> None:
    found = content()
    assert found["intended_uses"] == {"purpose_of_model": "Tells worn tools.", "risk_rating": "Low"}
    job = found["training_details"]["training_job_details"]
    assert job["user_provided_hyper_parameters"] == [{"name": "trees", "value": "7"}]
    assert found["training_details"]["objective_function"]["function"] == {
        "function": "Maximize",
        "facet": "random:mcc",
    }
    assert found["additional_information"]["caveats_and_recommendations"] == "One mill."
    assert found["additional_information"]["custom_details"]["artifact_sha256"] == "a" * 64


def test_a_card_tells_what_was_measured_and_what_the_gate_said() -> None:
    found = {one["name"]: one for one in content()["evaluation_details"]}
    assert list(found) == ["split random", "gate", "data", "slices of sex", "bias"]
    assert found["gate"]["evaluation_observation"] == "passed: mcc on split random is 0.9"
    (metrics,) = found["split random"]["metric_groups"]
    assert metrics["metric_data"] == [
        {"name": "accuracy", "type": "number", "value": 0.9934},
        {"name": "mcc", "type": "string", "value": "undefined"},
    ]
    groups = [one["name"] for one in found["slices of sex"]["metric_groups"]]
    assert groups == ["Female (70 rows)", "Male (70 rows)"]


def test_a_card_stays_within_sagemakers_limits() -> None:
    many = [
        {"column": f"column {place // 50}", "value": "v" * 500, "rows": 9, "metrics": {"f1": 0.1}}
        for place in range(2000)
    ]
    found = content(slices=many, hyperparameters={f"p{one}": "x" * 999 for one in range(150)})
    assert len(json.dumps(found)) <= 100_000
    assert len(found["evaluation_details"]) > 2
    job = found["training_details"]["training_job_details"]
    assert len(job["user_provided_hyper_parameters"]) == 100
    names = [g["name"] for one in found["evaluation_details"] for g in one.get("metric_groups", ())]
    assert max(map(len, names)) <= 63
