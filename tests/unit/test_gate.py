"""The gate's verdicts, and McNemar's test against scipy's."""

from typing import Any

import pytest
from pydantic import ValidationError
from scipy.stats import binomtest

from terrace.challenger import Duel
from terrace.gate import Measured, Slice, verdicts
from terrace.model_settings import Model
from terrace.training_settings import Champion

BIAS = {"facet": "sex", "facet_values": "Female", "positive": "1", "predicted": "predicted"}


def model(**given: Any) -> Model:
    usual = {"name": "wear", "source": "x", "label": "label", "holdout": {}}
    return Model.model_validate(usual | given)


def said(measured: Measured, **given: Any) -> dict[str, bool]:
    return {one.words: one.passed for one in verdicts(measured, model(**given))}


def test_each_bar_is_answered_in_words_whether_it_holds_or_not() -> None:
    measured = Measured(metrics={"held_out": {"accuracy": 0.93, "brier": 0.08}})
    gate = [
        {"metric": "accuracy", "minimum": 0.9},
        {"metric": "brier", "maximum": 0.05},
        {"split": "random", "metric": "mcc", "minimum": 0.5},
    ]
    assert said(measured, gate=gate) == {
        "accuracy on split held_out is 0.9300; at least 0.9 is demanded": True,
        "brier on split held_out is 0.0800; at most 0.05 is demanded": False,
        "split random was not evaluated; the training run evaluated: held_out": False,
    }


def test_a_slice_must_hold_for_each_value_with_rows_enough() -> None:
    slices = tuple(
        Slice(column="sex", value=value, rows=rows, metrics={"recall": recall})
        for value, rows, recall in (("F", 100, 0.5), ("M", 200, 0.8), ("X", 3, 0.0))
    )
    found = said(
        Measured(metrics={}, slices=slices),
        gate=[{"metric": "recall", "minimum": 0.7, "slice": "sex"}],
    )
    assert list(found.values()) == [False, True, True]
    assert "1 values of sex have fewer than 30 held-out rows" in list(found)[2]


def test_a_slice_without_rows_enough_is_no_pass() -> None:
    few = Slice(column="sex", value="F", rows=3, metrics={"recall": 1.0})
    found = said(
        Measured(metrics={}, slices=(few,)),
        gate=[{"metric": "recall", "minimum": 0.7, "slice": "sex"}],
    )
    assert not all(found.values())


def test_bias_is_judged_for_each_facet_value() -> None:
    measured = Measured(metrics={}, bias={"sex=Female": {"DPPL": 0.2}})
    gate = [{"metric": "DPPL", "minimum": -0.1, "maximum": 0.1}]
    assert said(measured, gate=gate, monitors={"bias-drift": BIAS}) == {
        "DPPL of sex=Female, on split held_out, is 0.2000; at least -0.1 and at most 0.1 is "
        "demanded": False
    }


def test_what_was_not_measured_does_not_pass() -> None:
    gate = [{"metric": "DPPL", "maximum": 0.1}]
    assert not any(said(Measured(metrics={}), gate=gate, monitors={"bias-drift": BIAS}).values())


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (3, 12), (12, 3), (400, 480), (900, 1000)])
def test_mcnemars_test_is_scipys_binomial_one(won: int, lost: int) -> None:
    duel = Duel(version=1, both=10, challenger=won, champion=lost, neither=0)
    rtol = 1e-9 if won + lost <= 1000 else 0.02
    if won + lost:
        worse = binomtest(won, won + lost, alternative="less").pvalue
        better = binomtest(won, won + lost, alternative="greater").pvalue
        assert duel.p_worse == pytest.approx(worse, rel=rtol)
        assert duel.p_better == pytest.approx(better, rel=rtol)
    else:
        assert duel.p_worse == duel.p_better == 1


@pytest.mark.parametrize(
    ("won", "lost", "demand", "passed"),
    [
        (5, 6, "not-worse", True),
        (2, 20, "not-worse", False),
        (5, 6, "better", False),
        (20, 2, "better", True),
        (0, 0, "not-worse", True),
        (0, 0, "better", False),
    ],
)
def test_the_champion_is_defended_as_the_file_says(
    won: int, lost: int, demand: str, passed: bool
) -> None:
    duel = Duel(version=4, both=100, challenger=won, champion=lost, neither=1, seen=True)
    ((words, found),) = said(Measured(metrics={}, duel=duel), champion={"demand": demand}).items()
    assert found == passed == duel.passed(Champion.model_validate({"demand": demand}))
    assert f"wrong where that is right {lost} times" in words
    assert "may have seen" in words


def test_a_champion_that_cannot_be_compared_with_is_told() -> None:
    measured = Measured(metrics={}, incomparable="version 4 takes other columns")
    assert said(measured, champion={}) == {"version 4 takes other columns": False}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"holdout": None, "champion": {}}, "expected the model's `holdout`"),
        ({"holdout": None, "gate": [{"metric": "f1", "minimum": 0.5}]}, "gate: f1 got no holdout"),
        ({"gate": [{"metric": "DPL", "maximum": 0.5}]}, "expected monitors.bias-drift"),
        (
            {"gate": [{"split": "random", "metric": "f1", "minimum": 0.5, "slice": "a"}]},
            "slice got",
        ),
        ({"gate": [{"split": "random", "metric": "DPL", "maximum": 0.5}]}, "DPL got split"),
        ({"holdout": {"by": "time"}}, "expected the column's name"),
        ({"holdout": {"column": "day"}}, "expected no column"),
    ],
)
def test_a_gate_that_cannot_be_measured_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        model(**given)
