from typing import Any

from lambdas.gate.handler import handler

from .conftest import MODEL, Cloud, Context


def measured(split: str, mcc: float | None) -> dict[str, Any]:
    return {"model": MODEL, "evaluation": {"metrics": {split: {"mcc": mcc}}}}


GATE = [{"split": "random", "metric": "mcc", "minimum": 0.8}]


def test_a_version_that_clears_every_threshold_passes(cloud: Cloud, context: Context) -> None:
    cloud.deploy(gate=GATE)
    answer = handler(measured("random", 0.9), context)
    told = ["passed: mcc on split random is 0.9000; at least 0.8 is demanded"]
    assert answer == {"passed": True, "reasons": [], "verdicts": told}


def test_a_version_below_a_threshold_is_refused_with_the_reason(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy(gate=GATE)
    answer = handler(measured("random", 0.5), context)
    assert not answer["passed"]
    [reason] = answer["reasons"]
    assert "0.5" in reason
    assert "0.8" in reason


def test_a_metric_that_is_undefined_or_missing_does_not_pass(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy(gate=GATE)
    undefined = handler(measured("random", None), context)
    missing = handler(measured("other", 1.0), context)
    assert not undefined["passed"]
    assert not missing["passed"]


def test_a_model_without_a_gate_passes(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    answer = handler(measured("random", -1.0), context)
    assert answer == {"passed": True, "reasons": [], "verdicts": []}
