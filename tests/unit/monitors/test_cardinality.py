import duckdb
import pytest

from terrace.batch import Batch
from terrace.codec import UnreadableState
from terrace.monitors.cardinality import (
    KIND,
    Cardinality,
    CardinalityOptions,
    InvalidCardinality,
    observe,
)


def batch(sql: str) -> Batch:
    return Batch(relation=duckdb.connect().sql(sql))


LEARNT = "SELECT 'c' || i % 5 AS code, i AS id, i % 2 AS flag, NULL AS void FROM range(1000) t(i)"


@pytest.fixture
def monitor() -> Cardinality:
    options = CardinalityOptions()
    return KIND.load(KIND.suggest(batch(LEARNT), options), options)


def test_few_values_are_counted_exactly() -> None:
    state = observe(batch(LEARNT))
    assert (state.columns["code"].count, state.columns["flag"].count) == (5, 2)
    assert state.columns["void"].count == 0


@pytest.mark.parametrize("different", [1_000, 20_000, 300_000])
def test_many_values_are_estimated(different: int) -> None:
    rows = f"SELECT i % {different} AS id FROM range({2 * different}) t(i)"
    count = observe(batch(rows)).columns["id"].count
    assert count == pytest.approx(different, rel=0.25)  # four standard errors


def test_the_baselines_own_rows_violate_nothing(monitor: Cardinality) -> None:
    result = monitor.check(monitor.observe(batch(LEARNT)))
    assert result.violations == ()
    assert result.figures == {"code": 1.0, "id": 1.0, "flag": 1.0}


def test_an_identifier_in_a_category_is_told(monitor: Cardinality) -> None:
    live = "SELECT 'c' || i AS code, i AS id, i % 2 AS flag FROM range(500) t(i)"
    [violation] = monitor.check(monitor.observe(batch(live))).violations
    assert (violation.feature, violation.check) == ("code", "cardinality_check")
    assert violation.threshold == 15
    assert "the baseline had 5" in violation.description


def test_a_column_that_is_stuck_is_told(monitor: Cardinality) -> None:
    live = "SELECT 'c' || i % 5 AS code, i AS id, 1 AS flag FROM range(500) t(i)"
    [violation] = monitor.check(monitor.observe(batch(live))).violations
    assert (violation.feature, violation.value) == ("flag", 1)
    assert "stuck" in violation.description


def test_a_window_too_small_to_vary_is_not_called_stuck(monitor: Cardinality) -> None:
    live = "SELECT 'c' || i % 5 AS code, i AS id, 1 AS flag FROM range(20) t(i)"
    assert monitor.check(monitor.observe(batch(live))).violations == ()


def test_a_window_without_records_is_a_finding(monitor: Cardinality) -> None:
    [violation] = monitor.check(monitor.zero()).violations
    assert violation.check == "records_check"


def test_a_data_set_without_rows_makes_no_baseline() -> None:
    with pytest.raises(InvalidCardinality, match="no rows"):
        KIND.suggest(batch("SELECT 1 AS x WHERE false"), CardinalityOptions())


def test_files_of_another_monitor_are_no_baseline() -> None:
    with pytest.raises(InvalidCardinality, match="distinct_count"):
        KIND.load({"statistics": {"features": [{"name": "x"}]}}, CardinalityOptions())


def test_a_state_of_a_newer_version_is_refused(monitor: Cardinality) -> None:
    dumped = monitor.zero().dump() | {"version": 2}
    with pytest.raises(UnreadableState, match="version 1 at most"):
        monitor.load_state(dumped)
