"""Bias: what is compared with what, and that nothing compared is never a pass."""

import json
import math
from heapq import nsmallest
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from terrace.batch import Batch
from terrace.monitor import Result, remembered
from terrace.monitors.bias_drift import (
    KIND,
    BiasDrift,
    BiasDriftOptions,
    InvalidFacet,
    InvalidLabel,
)
from terrace.monitors.bias_drift import flip_test as ft
from terrace.monitors.bias_drift.analysis import InvalidAnalysis
from terrace.monitors.sampling import Sample


def batch(frame: pd.DataFrame) -> Batch:
    connection = duckdb.connect()
    connection.register("frame", frame)
    return Batch(relation=connection.sql("SELECT * FROM frame"))


def frame(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m", "x"], rows)
    y = (rng.random(rows) < np.where(sex == "f", 0.4, 0.6)).astype(int)
    p = np.where(rng.random(rows) < 0.8, y, 1 - y)
    columns = {"sex": sex, "age": rng.integers(18, 80, rows).astype(float), "y": y, "p": p}
    return pd.DataFrame(columns)


def options(**told: Any) -> BiasDriftOptions:
    base = {"label": "y", "positive": "1", "facet": "sex", "facet_values": "f", "predicted": "p"}
    return BiasDriftOptions.model_validate(base | told)


def made(data: pd.DataFrame, **told: Any) -> BiasDrift:
    return KIND.load(KIND.suggest(batch(data), options(**told)), options(**told))


def checked(monitor: BiasDrift, data: pd.DataFrame) -> Result:
    return monitor.check(monitor.observe(batch(data)))


def clarify(value: str, facet: str = "sex", **metrics: Any) -> dict[str, Any]:
    """A baseline as Clarify writes one."""
    listed = [{"name": name, "description": name, "value": v} for name, v in metrics.items()]
    group = {"value_or_threshold": value, "metrics": listed}
    stage = {"label": "y", "facets": {facet: [group]}}
    return {"analysis": {"version": "1.0", "post_training_bias_metrics": stage}}


@pytest.mark.parametrize(
    ("theirs", "ours"), [("f,x", "x, f"), ("x, f", "f,x"), ("f", "f"), ('"f"', "f")]
)
def test_a_facets_values_are_a_set_in_whatever_order(theirs: str, ours: str) -> None:
    monitor = KIND.load(clarify(theirs, DPPL=0.0), options(facet_values=ours))
    result = checked(monitor, frame())
    assert str(result.compared) == "1 of 1 metrics compared"


@pytest.mark.parametrize(("theirs", "ours"), [("1", "1.0"), ("1.0", "1"), ("2,1.0", "1,2")])
def test_a_number_is_the_same_value_however_it_is_written(theirs: str, ours: str) -> None:
    monitor = KIND.load(clarify(theirs, DPPL=0.0), options(facet_values=ours))
    numbers = {"f": 1, "m": 3, "x": 2}
    for column in (frame()["sex"].map(numbers), frame()["sex"].map(numbers).astype(float)):
        result = checked(monitor, frame().assign(sex=column))
        assert str(result.compared) == "1 of 1 metrics compared"


def test_an_interval_is_told_by_its_threshold() -> None:
    told = {"facet": "age", "facet_values": None, "threshold": "40"}
    monitor = KIND.load(clarify("(40, 99.5]", "age", DPPL=0.9), options(**told))
    assert str(checked(monitor, frame()).compared) == "1 of 1 metrics compared"
    with pytest.raises(InvalidAnalysis, match=r"expected the threshold 50\.0"):
        KIND.load(clarify("(40, 99]", "age", DPPL=0.9), options(**told | {"threshold": "50"}))


@pytest.mark.parametrize(
    ("baseline", "told", "message"),
    [
        (clarify("m", DPPL=0.1), {}, "sex=m DPPL; expected the values f"),
        (clarify("f,m", DPPL=0.1), {}, "expected the values f"),
        (clarify("f", "age", DPPL=0.1), {}, "expected 'age' among the facets"),
        (clarify("f", DPPL=0.1), {"facet": "sex,age", "facet_values": "f"}, "facet got age"),
        (clarify("f", DCO=0.1), {}, "no metric that this Terrace knows"),
        (clarify("f", DPPL=0.1), {"predicted": None}, "of predictions; expected the name"),
    ],
)
def test_what_the_baseline_or_the_options_have_alone_is_an_error(
    baseline: dict[str, Any], told: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidAnalysis, match=message):
        KIND.load(baseline, options(**told))


@pytest.mark.parametrize("undefined", [None, math.nan, "NaN"])
def test_what_is_undefined_in_the_baseline_is_not_compared_and_says_so(undefined: Any) -> None:
    monitor = KIND.load(clarify("f", DI=undefined, DPPL=0.9), options())
    result = checked(monitor, frame())
    assert str(result.compared) == "1 of 1 metrics compared"
    assert result.compared.reasons == {"sex=f DI": "undefined in the baseline"}


def test_nothing_compared_is_a_finding() -> None:
    monitor = KIND.load(clarify("f", CDDPL=0.1), options())
    (violation,) = checked(monitor, frame()).violations
    assert violation.check == "comparison_check"
    assert "no column with strata is named" in violation.description


def test_a_window_that_refuses_all_of_the_disadvantaged_is_violated() -> None:
    monitor = made(frame())
    data = frame().assign(p=lambda d: d["p"].where(d["sex"] != "f", 0))
    metrics = {v.members.get("metric_name") for v in checked(monitor, data).violations}
    assert {"DPPL", "DI", "RD"} <= metrics


@pytest.mark.parametrize("column", ["y", "p"])
def test_a_window_without_a_positive_is_a_finding(column: str) -> None:
    result = checked(made(frame()), frame().assign(**{column: 0}))
    assert (column, "positive_label_check") in [(v.feature, v.check) for v in result.violations]


def test_a_window_without_labels_says_that_and_not_that_a_side_is_absent() -> None:
    result = checked(made(frame()), frame().assign(y=None))
    assert [v.check for v in result.violations] == ["labels_check"]
    assert result.compared.count == 3  # DPPL, DI and FT
    assert "400 of 400 rows have no label" in result.notes


@pytest.mark.parametrize(
    ("positive", "data"),
    [
        (True, frame().astype({"y": bool, "p": bool})),
        (1.0, frame()),
        ([1, "yes"], frame().replace({"p": {1: "yes"}})),
        ('"yes, please"', frame().replace({"y": {1: "yes, please"}, "p": {1: "yes, please"}})),
        ("very good", frame().replace({"y": {1: " very good"}, "p": {1: "very good"}})),
    ],
)
def test_what_is_hoped_for_may_be_written_in_many_ways(positive: Any, data: pd.DataFrame) -> None:
    expected = KIND.suggest(batch(frame()), options())
    found = KIND.suggest(batch(data), options(positive=positive))
    for stage in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        assert found["analysis"][stage]["facets"] == expected["analysis"][stage]["facets"]
    kept = remembered(KIND, options(positive=positive))["options"]
    assert BiasDriftOptions.model_validate_strings(kept) == options(positive=positive)


@pytest.mark.parametrize(
    ("told", "error", "message"),
    [
        ({"positive": "yes"}, InvalidLabel, "positive got yes; 'y' has 0, 1"),
        ({"positive": "1,2"}, InvalidLabel, "positive got 2, which never comes"),
        ({"positive": None, "label_threshold": 7.0}, InvalidLabel, "none of the 400 values"),
        ({"facet_values": "f,z"}, InvalidFacet, "facet_values got z, which never comes"),
    ],
)
def test_an_option_that_matches_nothing_is_an_error(
    told: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        KIND.suggest(batch(frame()), options(**told))


def test_predictions_that_are_written_otherwise_than_labels_give_no_baseline() -> None:
    data = frame().assign(p=frame()["p"].map({1: "Y", 0: "N"}))
    with pytest.raises(InvalidLabel, match="'p' has N, Y in 400 rows"):
        KIND.suggest(batch(data), options())


def test_a_ratio_that_moves_from_one_downwards_is_reported() -> None:
    """Clarify's own monitor does not report it."""
    rows = [("m", 1)] * 50 + [("m", 0)] * 50 + [("f", 1)] * 20 + [("f", 0)] * 80
    data = pd.DataFrame(rows, columns=["sex", "p"]).assign(y=1)
    result = checked(KIND.load(clarify("f", DI=1.0), options()), data)
    assert [v.value for v in result.violations] == [pytest.approx(0.4)]


def test_the_room_of_a_tolerance_comes_from_the_baseline_and_the_sizes() -> None:
    monitor = made(frame(4000), tolerance=3.0)
    for seed in range(1, 7):
        assert checked(monitor, frame(400, seed)).violations == ()
    data = frame(400, 1).assign(p=lambda d: d["p"].where(d["sex"] != "f", 0))
    assert {"DPPL", "DI"} <= {v.members["metric_name"] for v in checked(monitor, data).violations}


def brute_force(rows: list[tuple[list[float], str, bool]]) -> float:
    others = [(place, vote) for place, side, vote in rows if side != "f"]
    flips = []
    for place, side, predicted in rows:
        if side == "f":
            near = nsmallest(5, [(math.dist(place, other), vote) for other, vote in others])
            flips.append(predicted - (sum(vote for _, vote in near) > 2))
    return sum(flips) / len(flips)


def flips(count: int, seed: int, of: int = 0) -> list[tuple[list[float], str, bool]]:
    """Rows; of discrete features many are alike, and many distances."""
    rng = np.random.default_rng(seed)
    places = rng.integers(0, of, (count, 3)).astype(float) if of else rng.normal(size=(count, 3))
    sides, votes = rng.choice(["f", "m"], count), rng.random(count) < 0.5
    return [(list(map(float, p)), s, bool(v)) for p, s, v in zip(places, sides, votes, strict=True)]


def sampled(rows: list[tuple[list[float], str, bool]]) -> Sample:
    kept = (
        (place, (",".join(map(repr, numbers)), [side], vote), 1)
        for place, (numbers, side, vote) in enumerate(rows)
    )
    return ft.no_rows(3).holding(kept)


@pytest.mark.parametrize("of", [0, 4])
def test_the_flip_test_is_exact_for_more_than_a_thousand_rows(of: int) -> None:
    rows = flips(1200, 1, of)
    assert ft.flip_test(sampled(rows), 0, ["f"]).value == pytest.approx(brute_force(rows))


def test_the_flip_test_keeps_all_rows_up_to_twenty_thousand_and_says_where_it_cannot() -> None:
    rows = flips(ft.WHOLE + 1, 2)
    few, many = sampled(rows[:-1]), sampled(rows)
    assert (len(few.rows), few.cut) == (ft.WHOLE, False)
    assert (len(many.rows), many.cut) == (ft.SAMPLED, True)
    assert (few + many).dump() == (many + few).dump()
    assert (few + many).rows.keys() == many.rows.keys()
    assert ft.no_rows(1000).limit == 2000


def test_a_window_that_is_sampled_says_so_and_comes_to_the_same_however_it_is_cut() -> None:
    rng = np.random.default_rng(3)
    data = pd.concat([frame(ft.WHOLE + 500)] * 1).assign(age=rng.normal(size=ft.WHOLE + 500))
    monitor = made(frame())
    whole = monitor.observe(batch(data))
    halves = monitor.observe(batch(data[:9000])) + monitor.observe(batch(data[9000:]))
    assert json.dumps(whole.dump()) == json.dumps(halves.dump())
    result = monitor.check(whole)
    assert "FT: of more than 20000 different rows, 500 are looked at" in result.notes
    metrics = result.reports["analysis"]["post_training_bias_metrics"]["facets"]["sex"][0]
    assert next(m for m in metrics["metrics"] if m["name"] == "FT")["sampled"] is True
