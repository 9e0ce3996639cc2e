"""The law: observing two batches together equals adding their observations."""

import json
import math
from dataclasses import asdict
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terrace.batch import Batch
from terrace.monitor import summarise
from terrace.monitors import MONITORS
from terrace.monitors.data_quality import Baseline, DataQuality, DataQualityState, suggest

CONNECTION = duckdb.connect()
numbers = st.one_of(
    st.none(),
    st.floats(-1e6, 1e6),
    st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 1e150, -1e150, 1e-300]),
)
texts = st.one_of(st.none(), st.sampled_from(["a", "b", "it's", "", "7", "7.5", "unseen"]))
rows = st.lists(st.tuples(numbers, st.integers(-5, 5), texts), max_size=12)
Rows = list[tuple[Any, Any, Any]]


def batch(found: Rows) -> Batch:
    """Rows as a relation with the types that a Parquet file gives."""
    types = ("DOUBLE", "BIGINT", "VARCHAR")
    casts = ", ".join(
        f"CAST(col{i} AS {kind}) AS {name}"
        for i, (kind, name) in enumerate(zip(types, ("x", "n", "t"), strict=True))
    )
    values = found or [(None, None, None)]
    relation = CONNECTION.values(*[duckdb_row(row) for row in values])
    selected = CONNECTION.sql(f"SELECT {casts} FROM relation" + ("" if found else " WHERE false"))
    assert relation is not None
    return Batch(relation=selected)


def duckdb_row(row: tuple[Any, ...]) -> Any:
    return tuple(duckdb.ConstantExpression(value) for value in row)


BASELINE = Baseline.load(*suggest(batch([(float(i % 7), i % 5, "ab"[i % 2]) for i in range(50)])))


def monitors() -> list[DataQuality]:
    return [kind(baseline=BASELINE) for kind in MONITORS.values()]


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


def same(one: DataQualityState, other: DataQualityState) -> bool:
    """States of moderate numbers are alike; the order in which categories came does not count."""
    return alike(asdict(one), asdict(other))


moderate = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf])),
        st.integers(-5, 5),
        texts,
    ),
    max_size=12,
)


@pytest.mark.parametrize("monitor", monitors(), ids=lambda monitor: type(monitor).__name__)
@settings(max_examples=40, deadline=None)
@given(one=moderate, other=moderate)
def test_observing_together_equals_adding(monitor: DataQuality, one: Rows, other: Rows) -> None:
    together = monitor.observe(batch(one + other))
    assert same(together, monitor.observe(batch(one)) + monitor.observe(batch(other)))


@pytest.mark.parametrize("monitor", monitors(), ids=lambda monitor: type(monitor).__name__)
@settings(max_examples=25, deadline=None)
@given(parts=st.lists(moderate, min_size=3, max_size=3))
def test_order_and_grouping_do_not_count(monitor: DataQuality, parts: list[Rows]) -> None:
    a, b, c = (monitor.observe(batch(part)) for part in parts)
    assert same((a + b) + c, a + (b + c))
    assert same(a + b, b + a)


@pytest.mark.parametrize("monitor", monitors(), ids=lambda monitor: type(monitor).__name__)
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_an_empty_batch_is_zero(monitor: DataQuality, found: Rows) -> None:
    state = monitor.observe(batch(found))
    assert same(state + monitor.observe(batch([])), state)
    assert same(monitor.zero() + state, state)


@pytest.mark.parametrize("monitor", monitors(), ids=lambda monitor: type(monitor).__name__)
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_a_stored_state_comes_back_as_it_was(monitor: DataQuality, found: Rows) -> None:
    state = monitor.observe(batch(found))
    assert monitor.load_state(json.loads(json.dumps(state.dump()))) == state


@pytest.mark.parametrize("monitor", monitors(), ids=lambda monitor: type(monitor).__name__)
@settings(max_examples=25, deadline=None)
@given(found=rows)
def test_whatever_was_observed_can_be_checked_and_written(
    monitor: DataQuality, found: Rows
) -> None:
    result = monitor.check(summarise(monitor, [batch(found[:5]), batch(found[5:])]))
    assert result.records == len(found)
    json.dumps(result.violations_file(), allow_nan=False)
