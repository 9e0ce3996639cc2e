"""What is kept of a batch: rows to explain, or the sums of attributions computed elsewhere."""

from collections.abc import Sequence

from terrace.batch import Batch, quoted
from terrace.errors import TerraceError
from terrace.monitors.attribution_drift.explaining import BLOCKS, LARGEST
from terrace.monitors.attribution_drift.models import Cell
from terrace.monitors.attribution_drift.options import AttributionDriftOptions
from terrace.monitors.attribution_drift.state import AttributionDriftState, Block, Blocks
from terrace.monitors.sampling import Sample, sampled
from terrace.monitors.values import demand, finite_sql


class NothingToExplain(TerraceError):
    """Neither a model nor attributions were named."""


def observe(
    batch: Batch, features: Sequence[str], options: AttributionDriftOptions
) -> AttributionDriftState:
    """The state of a batch.

    Raises:
        InvalidData: A feature is not there.
        NothingToExplain: There is neither a model nor attributions.
    """
    demand(batch, features)
    ((records,),) = batch.relation.aggregate("count(*)").fetchall()
    none = Sample(size=options.sample)
    if not records:
        return AttributionDriftState(sample=none)
    if options.model:
        texts = [f"CAST({quoted(name)} AS VARCHAR)" for name in features]
        sample = sampled(batch, none, records, texts)
        return AttributionDriftState(records=records, sample=sample)
    if not options.attributions:
        raise NothingToExplain("got neither model nor attributions; expected one of them")
    return AttributionDriftState(records=records, sample=none, given=_given(batch, features))


def _given(batch: Batch, features: Sequence[str]) -> Blocks:
    """The sums of attributions that were computed elsewhere; a missing one is none at all."""
    hashed = ", ".join(map(quoted, features))
    # `least` passes over NULL, so of a number that is none it must not be asked.
    numbers = [f"abs({finite_sql(name)})" for name in features]
    absolute = [f"CASE WHEN {number} IS NOT NULL THEN least({number}, {LARGEST!r}) END"
                for number in numbers]  # fmt: skip
    sums = ", ".join(f"coalesce(sum({value}), 0)" for value in absolute)
    known = " + ".join(f"count({value})" for value in absolute)
    rows = batch.relation.aggregate(
        f"hash({hashed}) % {BLOCKS} AS block, count(*), {known}, {sums}", "block"
    ).fetchall()
    return Blocks(
        blocks={
            block: Block(
                rows=count,
                sums=dict(zip(features, totals, strict=True)),
                missing=count * len(features) - present,
            )
            for block, count, present, *totals in sorted(rows)
        }
    )


def reference_of(batch: Batch, features: Sequence[str]) -> tuple[Cell, ...]:
    """The median of each number and the most frequent of each text."""
    parts = []
    for name in features:
        number = finite_sql(name)
        text = f"CAST({quoted(name)} AS VARCHAR)"
        middle = f"CAST(quantile_disc({number}, 0.5) AS VARCHAR)"
        parts.append(
            f"CASE WHEN count({number}) = count({quoted(name)}) THEN {middle} ELSE mode({text}) END"
        )
    (found,) = batch.relation.aggregate(", ".join(parts)).fetchall()
    return tuple(found)
