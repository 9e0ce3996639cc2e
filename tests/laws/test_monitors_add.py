"""The law: observing two batches together equals adding their observations."""

import json
import math
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrace.batch import Batch
from terrace.monitor import Monitor, State, summarise
from terrace.monitors import MONITORS

CONNECTION = duckdb.connect()
# What each monitor is told of the columns below; those that are not here need not be told.
OPTIONS: dict[str, dict[str, Any]] = {
    "model-quality": {"problem": "regression", "label": "x", "predicted": "n", "slices": "t"},
    "attribution-drift": {"attributions": "the columns themselves"},
    "bias-drift": {"label": "n", "label_threshold": 1.0, "facet": "t", "predicted": "x"},
}
COLUMNS = {"x": "DOUBLE", "n": "BIGINT", "t": "VARCHAR"}
Rows = list[tuple[Any, ...]]

texts = st.one_of(st.none(), st.sampled_from(["a", "b", "it's", "", "7", "7.5", "unseen"]))


def rows_of(numbers: st.SearchStrategy[float | None]) -> st.SearchStrategy[Rows]:
    return st.lists(st.tuples(numbers, st.integers(-5, 5), texts), max_size=12)


rows = rows_of(
    st.one_of(
        st.none(),
        st.floats(-1e6, 1e6),
        st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e150, -1e150, 1e-300]),
    )
)
# Sums of huge and tiny numbers together are exact in no order.
moderate = rows_of(
    st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf]))
)


def batch(found: Rows) -> Batch:
    """Rows as a relation with the types that a Parquet file gives."""
    casts = ", ".join(
        f"CAST(col{i} AS {kind}) AS {name}" for i, (name, kind) in enumerate(COLUMNS.items())
    )
    values = found or [(None,) * len(COLUMNS)]
    relation = CONNECTION.values(*[duckdb_row(row) for row in values])
    selected = CONNECTION.sql(f"SELECT {casts} FROM relation" + ("" if found else " WHERE false"))
    assert relation is not None
    return Batch(relation=selected)


def duckdb_row(row: tuple[Any, ...]) -> Any:
    return tuple(duckdb.ConstantExpression(value) for value in row)


LEARNT = [(float(i % 7), i % 5, "ab"[i % 2]) for i in range(50)]


def monitors() -> list[Monitor[Any]]:
    made = []
    for name, kind in MONITORS.items():
        options = kind.options(**OPTIONS.get(name, {}))
        made.append(kind.load(kind.suggest(batch(LEARNT), options), options))
    return made


def alike(one: Any, other: Any) -> bool:
    """Equal, floating-point numbers up to rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float) and one != other:
        if math.isnan(one) and math.isnan(other):
            return True
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)
    return bool(one == other)


def same(one: State, other: State) -> bool:
    """States are alike; the order in which categories came does not count."""
    return alike(one.dump(), other.dump())


over_all = pytest.mark.parametrize("monitor", monitors(), ids=list(MONITORS))


@over_all
@settings(max_examples=40, deadline=None)
@given(one=moderate, other=moderate)
def test_observing_together_equals_adding(monitor: Monitor[Any], one: Rows, other: Rows) -> None:
    together = monitor.observe(batch(one + other))
    assert same(together, monitor.observe(batch(one)) + monitor.observe(batch(other)))


@over_all
@settings(max_examples=25, deadline=None)
@given(parts=st.lists(moderate, min_size=3, max_size=3))
def test_order_and_grouping_do_not_count(monitor: Monitor[Any], parts: list[Rows]) -> None:
    a, b, c = (monitor.observe(batch(part)) for part in parts)
    assert same((a + b) + c, a + (b + c))
    assert same(a + b, b + a)


@over_all
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_an_empty_batch_is_zero(monitor: Monitor[Any], found: Rows) -> None:
    state = monitor.observe(batch(found))
    assert same(state + monitor.observe(batch([])), state)
    assert same(monitor.zero() + state, state)


@over_all
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_a_stored_state_comes_back_as_it_was(monitor: Monitor[Any], found: Rows) -> None:
    state = monitor.observe(batch(found))
    assert monitor.load_state(json.loads(json.dumps(state.dump()))) == state


@over_all
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_whatever_was_observed_can_be_checked_and_written(
    monitor: Monitor[Any], found: Rows
) -> None:
    result = monitor.check(summarise(monitor, [batch(found[:5]), batch(found[5:])]))
    assert result.records == len(found)
    json.dumps(result.violations_file(), allow_nan=False)
