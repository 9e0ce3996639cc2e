from lambdas.gate.handler import handler

from .conftest import MODEL, Cloud, Context

GATE = [{"split": "random", "metric": "mcc", "minimum": 0.8}]


def test_a_version_that_clears_every_threshold_passes(cloud: Cloud, context: Context) -> None:
    cloud.deploy(gate=GATE)
    answer = handler({"model": MODEL, "metrics": {"random": {"mcc": 0.9}}}, context)
    assert answer == {"passed": True, "reasons": []}


def test_a_version_below_a_threshold_is_refused_with_the_reason(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy(gate=GATE)
    answer = handler({"model": MODEL, "metrics": {"random": {"mcc": 0.5}}}, context)
    assert not answer["passed"]
    [reason] = answer["reasons"]
    assert "0.5" in reason
    assert "0.8" in reason


def test_a_metric_that_is_undefined_or_missing_does_not_pass(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy(gate=GATE)
    undefined = handler({"model": MODEL, "metrics": {"random": {"mcc": None}}}, context)
    missing = handler({"model": MODEL, "metrics": {"other": {"mcc": 1.0}}}, context)
    assert not undefined["passed"]
    assert not missing["passed"]


def test_a_model_without_a_gate_passes(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    answer = handler({"model": MODEL, "metrics": {"random": {"mcc": -1.0}}}, context)
    assert answer == {"passed": True, "reasons": []}
