"""Numbers of any size: none stops a monitor, and none reaches a file that JSON has no form for."""

import json
import math
import sys
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrace.batch import Batch
from terrace.monitor import Kind, Result
from terrace.monitors import MONITORS
from terrace.monitors.data_quality.monitoring import METHODS
from terrace.monitors.model_quality import InvalidLabels
from terrace.monitors.moments import Moments
from terrace.page import page

LARGEST = sys.float_info.max
OPTIONS: dict[str, dict[str, Any]] = {
    "data-quality": {},
    "model-quality": {"problem": "regression", "label": "x", "predicted": "y"},
    "bias-drift": {"label": "x", "label_threshold": 1.0, "facet": "t", "predicted": "y"},
    "attribution-drift": {"attributions": "the columns themselves"},
    "cardinality": {},
}
numbers = st.one_of(
    st.none(),
    st.floats(),
    st.sampled_from([LARGEST, -LARGEST, 1e308, -1e200, 1e155, 1e80, 5e-324, 0.0, 1.0]),
)
windows = st.lists(st.tuples(numbers, numbers, st.sampled_from(["a", "b", None])), max_size=8)


def batch(rows: list[tuple[Any, ...]]) -> Batch:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (x DOUBLE, y DOUBLE, t VARCHAR)")
    if rows:
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    return Batch(relation=connection.table("t"))


def columns(kind: Kind, of: Batch) -> Batch:
    """Attributions are numbers only."""
    names = "x, y" if kind.name == "attribution-drift" else "x, y, t"
    return Batch(relation=of.relation.project(names))


def written(result: Result) -> Result:
    """The result, after all of it was written as JSON and as a page."""
    for content in (result.reports, result.violations_file(), dict(result.figures)):
        json.dumps(content, allow_nan=False)
    assert "nan" not in page("Title", [], result)
    return result


LEARNT = [(float(i % 7), i % 5 + 0.5, "ab"[i % 2]) for i in range(60)]


@pytest.mark.parametrize("kind", MONITORS.values(), ids=list(MONITORS))
@settings(max_examples=20, deadline=None)
@given(rows=windows)
def test_any_window_can_be_observed_kept_checked_and_written(
    kind: Kind, rows: list[tuple[Any, ...]]
) -> None:
    options = kind.options.model_validate(OPTIONS[kind.name])
    monitor = kind.load(kind.suggest(columns(kind, batch(LEARNT)), options), options)
    state = monitor.observe(columns(kind, batch(rows)))
    dumped = json.dumps(state.dump(), allow_nan=False)
    assert written(monitor.check(monitor.load_state(json.loads(dumped)))).records <= len(rows)
    for half in (rows[:4], rows[4:]):
        state = state + monitor.observe(columns(kind, batch(half)))
    written(monitor.check(state))


@pytest.mark.parametrize("kind", ["data-quality", "cardinality"])
@settings(max_examples=15, deadline=None)
@given(rows=windows.filter(bool))
def test_any_data_make_a_baseline_of_plain_numbers(kind: str, rows: list[tuple[Any, ...]]) -> None:
    one = MONITORS[kind]
    options = one.options()
    made = json.loads(json.dumps(one.suggest(batch(rows), options), allow_nan=False))
    monitor = one.load(made, options)
    written(monitor.check(monitor.observe(batch(rows))))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("before", "after"),
    [(5.0, 9.0), (5.0, 3.0), (0.0, 5e-324), (1e300, -1e300), (LARGEST, -LARGEST), (-5.0, -5.1)],
)
def test_a_constant_that_moves_is_drift(method: str, before: float, after: float) -> None:
    kind = MONITORS["data-quality"]
    options = kind.options.model_validate({"comparison_method": method})
    frames = [batch([(value, 0.0, "a")] * 200) for value in (before, after)]
    monitor = kind.load(kind.suggest(frames[0], options), options)
    same, moved = (monitor.check(monitor.observe(frame)) for frame in frames)
    assert same.violations == ()
    drifted = [(v.feature, v.check) for v in moved.violations]
    assert ("x", "baseline_drift_check") in drifted


@pytest.mark.parametrize("method", METHODS)
def test_half_of_a_column_that_moves_between_two_values_is_drift(method: str) -> None:
    kind = MONITORS["data-quality"]
    options = kind.options.model_validate({"comparison_method": method})
    before, after = (
        batch([(0.0, 0.0, "a")] * 200 + [(value, 0.0, "a")] * 200) for value in (100.0, 50.0)
    )
    monitor = kind.load(kind.suggest(before, options), options)
    violations = monitor.check(monitor.observe(after)).violations
    assert [(v.feature, v.check) for v in violations] == [("x", "baseline_drift_check")]


def regression(predictions: list[float], labels: list[float] | None = None) -> Result:
    kind = MONITORS["model-quality"]
    options = kind.options.model_validate({"problem": "regression", "label": "y", "predicted": "p"})
    good = pd.DataFrame({"y": [float(i % 10) for i in range(200)]})
    good["p"] = good["y"] + [0.1 * (i % 3 - 1) for i in range(200)]
    window = good.copy()
    window.loc[: len(predictions) - 1, "p"] = predictions
    if labels:
        window.loc[: len(labels) - 1, "y"] = labels
    frames = []
    for frame in (good, window):
        connection = duckdb.connect()
        connection.register("frame", frame)
        frames.append(Batch(relation=connection.sql("SELECT * FROM frame")))
    monitor = kind.load(kind.suggest(frames[0], options), options)
    return written(monitor.check(monitor.observe(frames[1])))


@pytest.mark.parametrize("wild", [1e20, 1e80, 1e139, 1e141, 1e155, 1e200, -1e308, LARGEST])
def test_a_wild_prediction_violates_every_error_however_large_it_is(wild: float) -> None:
    result = regression([wild])
    violations = {v.feature: v.value for v in result.violations}
    assert violations.keys() == {"mae", "mse", "rmse", "r2"}
    assert violations["mae"] == pytest.approx(abs(wild) / 200, rel=1e-9)
    assert violations["rmse"] == pytest.approx(abs(wild) / math.sqrt(200), rel=1e-9)


def test_an_error_that_is_more_than_a_number_can_be_is_measured() -> None:
    result = regression([-LARGEST], [LARGEST])
    violations = {v.feature: v.value for v in result.violations}
    assert violations["mae"] == pytest.approx(LARGEST / 100)
    assert violations["mse"] is None
    assert result.compared.reasons.keys() == {"r2"}


def test_predictions_that_are_no_numbers_are_a_finding_where_they_are_many() -> None:
    assert regression([math.inf]).violations == ()
    (violation,) = regression([math.inf, math.nan, -math.inf]).violations
    assert (violation.check, violation.value) == ("prediction_check", 3 / 200)


def test_a_baseline_without_a_metric_that_is_a_number_is_refused() -> None:
    kind = MONITORS["model-quality"]
    options = kind.options.model_validate(OPTIONS["model-quality"])
    with pytest.raises(InvalidLabels, match="no metric of 'x' and 'y' is a number"):
        kind.suggest(batch([(LARGEST, -LARGEST, "a")] * 5), options)


def test_the_mean_of_huge_numbers_is_a_number_and_their_spread_is_not_known() -> None:
    state = MONITORS["data-quality"].load(
        MONITORS["data-quality"].suggest(batch(LEARNT), MONITORS["data-quality"].options()),
        MONITORS["data-quality"].options(),
    ).observe(batch([(1e308, 1.0, "a"), (1.5e308, 1.0, "a"), (-1e308, 1.0, "a")]))  # fmt: skip
    moments = state.features["x"].moments
    assert moments.mean == pytest.approx(5e307)
    assert (moments.standard_deviation, moments.sum) == (None, pytest.approx(1.5e308))
    assert (moments + Moments(count=1, mean=0.0)).standard_deviation is None
