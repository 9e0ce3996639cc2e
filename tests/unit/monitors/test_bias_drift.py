"""Bias drift: smclarify, the library behind SageMaker Clarify, is the oracle for the values."""

import json
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from terrace.batch import Batch, InvalidData
from terrace.monitor import Result
from terrace.monitors.bias_drift import KIND, BiasDrift, BiasDriftOptions, InvalidFacet
from terrace.monitors.bias_drift.analysis import InvalidAnalysis
from terrace.monitors.bias_drift.disparity import (
    LABEL,
    PREDICTED,
    demographic_disparity,
    without_each_row,
)
from terrace.monitors.bias_drift.observing import TooManyValues
from terrace.monitors.bias_drift.table import Cell, Table, Undefined
from tests.data.clarify.cases import FOLDER, cases, random_rows

FIGURES = json.loads((FOLDER / "smclarify_0.5.json").read_text())
ADULT = pd.read_csv(FOLDER / "adult.csv")
Values = dict[str, float | None]


def batch(frame: pd.DataFrame) -> Batch:
    connection = duckdb.connect()
    connection.register("given", frame)
    return Batch(relation=connection.sql("SELECT * FROM given"))


def options(**told: Any) -> BiasDriftOptions:
    base = {"label": "y", "positive": "1", "facet": "sex", "predicted": "p", "group": "g"}
    return BiasDriftOptions.model_validate(base | told)


def frame(seed: int, rows: int = 400) -> pd.DataFrame:
    return pd.DataFrame(random_rows(seed, rows))


def made(data: pd.DataFrame, told: BiasDriftOptions) -> BiasDrift:
    return KIND.load(KIND.suggest(batch(data), told), told)


def checked(data: pd.DataFrame, monitor: BiasDrift) -> Result:
    return monitor.check(monitor.observe(batch(data)))


def values(analysis: dict[str, Any], facet: str) -> dict[str, Values]:
    """The metrics' values by the facet's values."""
    found: dict[str, Values] = {}
    for stage in ("pre_training_bias_metrics", "post_training_bias_metrics"):
        for group in analysis[stage]["facets"][facet]:
            of = found.setdefault(group["value_or_threshold"], {})
            of.update({metric["name"]: metric["value"] for metric in group["metrics"]})
    return found


@pytest.mark.parametrize("place", range(len(FIGURES)))
def test_every_metric_agrees_with_smclarify(place: int) -> None:
    case, expected = cases()[place], FIGURES[place]
    data = ADULT if case["rows"] == "adult" else frame(case["rows"])
    told: dict[str, Any] = {"facet": case["facet"], "group": case["group"]}
    if isinstance(case["values"][0], float):
        told["threshold"] = case["values"][0]
    else:
        told["facet_values"] = ",".join(case["values"])
    analysis = KIND.suggest(batch(data[case["columns"]]), options(**told))["analysis"]
    (found,) = values(analysis, case["facet"]).values()
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_facet_without_values_is_looked_at_one_value_against_all_others() -> None:
    found = values(KIND.suggest(batch(frame(1)), options())["analysis"], "sex")
    assert found.keys() == {"f", "m", "x"}
    alone = KIND.suggest(batch(frame(1)), options(facet_values="f"))["analysis"]
    assert found["f"] == values(alone, "sex")["f"]


def test_several_facets_have_values_and_thresholds_of_their_own() -> None:
    told = options(facet="sex,age", facet_values="f,x", threshold=";40")
    analysis = KIND.suggest(batch(frame(1)), told)["analysis"]
    assert values(analysis, "sex").keys() == {"f,x"}
    (interval,) = values(analysis, "age")
    assert interval.startswith("(40.0, 8")


def test_a_metric_of_nothing_is_undefined_and_says_why() -> None:
    data = frame(1).assign(p=0)
    analysis = KIND.suggest(batch(data), options(facet_values="f"))["analysis"]
    metrics = {
        metric["name"]: metric
        for metric in analysis["post_training_bias_metrics"]["facets"]["sex"][0]["metrics"]
    }
    assert (metrics["DAR"]["value"], metrics["DAR"]["error"]) == (
        None,
        "there is no row predicted 1",
    )
    assert metrics["DPPL"]["value"] == 0.0


def test_intervals_widen_as_rows_get_fewer() -> None:
    def width(rows: int) -> float:
        analysis = KIND.suggest(batch(frame(2, rows)), options(facet_values="f"))["analysis"]
        metrics = analysis["pre_training_bias_metrics"]["facets"]["sex"][0]["metrics"]
        low, high = next(m["confidence_interval"] for m in metrics if m["name"] == "DPL")
        return float(high - low)

    assert width(400) == pytest.approx(2 * width(1600), rel=0.2)


CELLS = st.tuples(
    st.booleans(),
    st.sampled_from([None, "low", "high"]),
    st.sampled_from([None, False, True]),
    st.sampled_from([None, False, True]),
)


@given(st.dictionaries(CELLS, st.integers(1, 9), max_size=12), st.sampled_from([LABEL, PREDICTED]))
def test_leaving_rows_out_by_stratum_is_leaving_them_out(
    cells: dict[Cell, int], outcome: int
) -> None:
    table = Table(cells)
    for (rows, left), (number, found) in zip(
        table.one_row_less, without_each_row(table, outcome), strict=True
    ):
        assert rows == number
        try:
            expected = demographic_disparity(left, outcome)
        except Undefined:
            assert found is None
        else:
            assert found == pytest.approx(expected, abs=1e-12)


@given(st.dictionaries(CELLS, st.integers(1, 9), max_size=12), CELLS)
def test_a_count_is_of_all_rows_that_are_such(cells: dict[Cell, int], asked: Cell) -> None:
    side, _, label, predicted = asked
    assert Table(cells).count(side, label=label, predicted=predicted) == sum(
        rows
        for (of_side, _, of_label, of_predicted), rows in cells.items()
        if of_side == side and label in (None, of_label) and predicted in (None, of_predicted)
    )


def test_the_baseline_itself_is_not_violated_and_a_worse_window_is() -> None:
    monitor = made(frame(1), options(facet_values="f"))
    assert checked(frame(1), monitor).violations == ()
    data = frame(1)
    data.loc[data["sex"] == "f", "p"] = 0
    told = {v.members["metric_name"]: v for v in checked(data, monitor).violations}
    assert {"DPPL", "DI", "RD"} <= told.keys()
    file = checked(data, monitor).violations_file()["violations"][0]
    assert file["constraint_check_type"] == "bias_drift_check"
    assert (file["facet"], file["facet_value"]) == ("sex", "f")
    assert "does not meet the constraint requirement" in file["description"]


def test_a_tolerance_lets_windows_of_the_same_kind_pass() -> None:
    monitor = made(frame(1, 4000), options(facet_values="f", tolerance=4, group=None))
    for seed in range(2, 6):
        assert checked(frame(seed, 1000), monitor).violations == ()


def test_closer_to_equal_is_no_violation() -> None:
    """The example of the documentation: 0.2 in the baseline, then 0.1, then -0.3."""
    metric = {"name": "DPPL", "value": 0.2}
    content = {"post_training_bias_metrics": {"facets": {"sex": [
        {"value_or_threshold": "f", "metrics": [metric]}]}}}  # fmt: skip
    monitor = KIND.load({"analysis": content}, options(facet_values="f", group=None))

    def window(of_f: int) -> pd.DataFrame:
        rows = [("m", 1)] * 5 + [("m", 0)] * 5 + [("f", 1)] * of_f + [("f", 0)] * (10 - of_f)
        return pd.DataFrame([(sex, p, 1) for sex, p in rows], columns=["sex", "p", "y"])

    assert checked(window(4), monitor).violations == ()
    assert [v.value for v in checked(window(8), monitor).violations] == [pytest.approx(-0.3)]


def test_a_value_that_does_not_occur_is_a_finding() -> None:
    monitor = made(frame(1), options(facet_values="f"))
    data = frame(1)
    (violation,) = checked(data[data["sex"] == "m"], monitor).violations
    assert (violation.check, violation.members["facet_value"]) == ("facet_check", "f")
    assert checked(data[:0], monitor).violations[0].check == "records_check"


def test_a_baseline_of_one_side_alone_is_refused() -> None:
    with pytest.raises(InvalidFacet, match="sex=woman: no row is of the facet's value"):
        KIND.suggest(batch(frame(1)), options(facet_values="woman"))
    with pytest.raises(TooManyValues, match="'age' has more than 200 values"):
        KIND.suggest(batch(frame(1)), options(facet="age"))
    with pytest.raises(InvalidData, match="no column 'gender'"):
        KIND.suggest(batch(frame(1)), options(facet="gender"))
    with pytest.raises(InvalidAnalysis, match=r"analysis\.json has version"):
        KIND.load({"analysis": {"version": "1.0"}}, options())
    with pytest.raises(InvalidAnalysis, match=r"of version 2\.0"):
        KIND.load({"analysis": {"version": "2.0"}}, options())


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"positive": None}, "expected one of them"),
        ({"label_threshold": 1.0}, "expected one of them"),
        ({"facet_values": "f", "threshold": "3"}, "got values and a threshold"),
        ({"facet_values": "f;g"}, "there are 1"),
        ({"threshold": "old"}, "expected a number"),
    ],
)
def test_options_that_do_not_fit_are_refused(told: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        options(**told)


def test_labels_may_be_numbers_with_a_threshold() -> None:
    data = frame(1)
    numbers = data.assign(y=data["y"] * 5.5, p=data["p"] * 7.5)
    told = options(positive=None, label_threshold=2.0, facet_values="f")
    found = values(KIND.suggest(batch(numbers), told)["analysis"], "sex")
    same = values(KIND.suggest(batch(data), options(facet_values="f"))["analysis"], "sex")
    assert found == same


def test_predictions_count_while_their_label_is_not_known() -> None:
    monitor = made(frame(1), options(facet_values="f"))
    late = frame(1).astype({"y": object})
    late.loc[100:, "y"] = None
    analysis = checked(late, monitor).reports["analysis"]
    before = checked(frame(1), monitor).reports["analysis"]
    found, known = (values(one, "sex")["f"] for one in (analysis, before))
    assert found["DPPL"] == known["DPPL"]
    assert found["RD"] != known["RD"]
