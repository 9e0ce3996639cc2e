"""What predictions of a batch came to, by one or two scans inside DuckDB."""

from collections.abc import Sized
from dataclasses import replace

from terrace.batch import Batch, literal
from terrace.errors import TerraceError
from terrace.monitors.model_quality.calibration import Calibration
from terrace.monitors.model_quality.options import ModelQualityOptions
from terrace.monitors.model_quality.regression import LARGEST, SCALE, Errors
from terrace.monitors.model_quality.scores import KEPT, Scores, gridded_sql
from terrace.monitors.model_quality.state import Expected, ModelQualityState
from terrace.monitors.moments import LARGEST_SQUARED, Moments, finite
from terrace.monitors.moments import SCALE as MEAN_SCALE
from terrace.monitors.values import canonical_sql, demand, finite_sql

_MOST_SLICES = 200


class TooManySlices(TerraceError):
    """A column of slices that is no category."""


def observe(
    batch: Batch, options: ModelQualityOptions, positive: str | None, calibration: Calibration
) -> ModelQualityState:
    """The state of a batch.

    Args:
        batch: With the columns that the options name.
        options: Of the monitor.
        positive: The class that is looked for, where there are two.
        calibration: From scores to probabilities.

    Raises:
        InvalidData: A column is not there.
        TooManySlices: The column of slices has hundreds of values.
    """
    demand(batch, (options.label, options.predicted, options.score, options.slices))
    measure = _regression if options.problem == "regression" else _classes
    parts = measure(batch, options, calibration)
    refuse_many(parts, options)
    state = sum(parts.values(), ModelQualityState())
    state = replace(state, slices={value: one for value, one in parts.items() if value is not None})
    if options.score and positive is not None:
        return state + ModelQualityState(scores=_scores(batch, options, positive))
    return state


def refuse_many(slices: Sized, options: ModelQualityOptions) -> None:
    """Sees to it that slices are of a category, in a batch and in all of them together.

    Raises:
        TooManySlices: The column of slices has hundreds of values.
    """
    if len(slices) > _MOST_SLICES:
        raise TooManySlices(
            f"slices {options.slices!r} has more than {_MOST_SLICES} values; expected categories"
        )


def _classes(
    batch: Batch, options: ModelQualityOptions, calibration: Calibration
) -> dict[str | None, ModelQualityState]:
    """By the value of the slices' column, None where none is named."""
    score = finite_sql(options.score) if options.score else "NULL::DOUBLE"
    label, predicted = canonical_sql(options.label), canonical_sql(options.predicted)
    taken = batch.relation.project(
        f"{label} AS label, {predicted} AS predicted, {score} AS score, {_slice(options)} AS slice"
    )
    rows = (
        taken.project(f"label, predicted, slice, {calibration.sql('score')} AS chance")
        .aggregate(
            "label, predicted, slice, count(*), count(chance), coalesce(sum(chance), 0), "
            "coalesce(sum(chance * (1 - chance)), 0)",
            "label, predicted, slice",
        )
        .fetchall()
    )
    parts: dict[str | None, ModelQualityState] = {}
    for told, said, value, count, scored, chance, variance in rows:
        expected = Expected(rows=scored, positives=chance, variance=variance)
        part = ModelQualityState(unusable=count) if said is None else ModelQualityState(
            records=count,
            waiting=count if told is None else 0,
            cells={} if told is None else {(told, said): count},
            expected={said: expected} if scored else {},
        )  # fmt: skip
        parts[value] = parts.get(value, ModelQualityState()) + part
    return parts


def _slice(options: ModelQualityOptions) -> str:
    return canonical_sql(options.slices) if options.slices else "NULL::VARCHAR"


def _scores(batch: Batch, options: ModelQualityOptions, positive: str) -> Scores:
    assert options.score is not None  # noqa: S101  # for the type checker: asked before
    taken = batch.relation.project(
        f"{canonical_sql(options.label)} = {literal(positive)} AS positive, "
        f"{canonical_sql(options.predicted)} AS predicted, {finite_sql(options.score)} AS score"
    ).filter("positive IS NOT NULL AND predicted IS NOT NULL AND score IS NOT NULL")
    ((different,),) = taken.aggregate("count(DISTINCT score)").fetchall()
    on_grid = different > KEPT
    place = gridded_sql("score") if on_grid else "score"
    counted = taken.project(f"positive, {place} AS score").aggregate(
        "score, count_if(NOT positive), count_if(positive)", "score"
    )
    counts = {score + 0.0: (neg, pos) for score, neg, pos in counted.fetchall()}
    return Scores.of(counts, on_grid=on_grid)


def _regression(
    batch: Batch, options: ModelQualityOptions, _calibration: Calibration
) -> dict[str | None, ModelQualityState]:
    """By the value of the slices' column, None where none is named."""
    label, predicted = finite_sql(options.label), finite_sql(options.predicted)
    scaled = f"{label} / {SCALE!r} - {predicted} / {SCALE!r}"
    rows = (
        batch.relation.project(
            f"{label} AS label, {predicted} AS predicted, {label} - {predicted} AS error, "
            f"{scaled} AS scaled, {_slice(options)} AS slice"
        )
        .project(
            f"*, CASE WHEN abs(error) <= {LARGEST!r} THEN error END AS small, "
            f"CASE WHEN abs(error) > {LARGEST!r} THEN scaled END AS huge, "
            "CASE WHEN error IS NOT NULL THEN label END AS known"
        )
        .project(f"*, CASE WHEN abs(known) < {LARGEST_SQUARED!r} THEN known END AS tame")
        .aggregate(
            "slice, count(*), count(predicted), count(error), coalesce(sum(abs(small)), 0), "
            "coalesce(sum(small * small), 0), coalesce(sum(small * small * small * small), 0), "
            "coalesce(sum(abs(huge)), 0), coalesce(sum(huge * huge), 0), "
            f"count(tame), avg(tame), var_pop(tame), avg(known / {MEAN_SCALE!r})",
            "slice",
        )
        .fetchall()
    )
    parts: dict[str | None, ModelQualityState] = {}
    for value, count, usable, known, absolute, squared, fourth, huge, squares, *labels in rows:
        errors = Errors(
            labels=_moments(known, *labels),
            absolute=absolute,
            squared=squared,
            fourth=finite(fourth),
            huge=huge,
            huge_squared=squares,
        )
        parts[value] = ModelQualityState(
            records=usable,
            waiting=usable - known,
            unusable=count - usable,
            errors=errors if known else Errors(),
        )
    return parts


def _moments(
    count: int, tame: int, mean: float | None, variance: float | None, scaled: float | None
) -> Moments:
    """The moments of numbers of which some may be too large to be squared."""
    if tame == count:
        return Moments(count=count, mean=mean or 0.0, deviations=(variance or 0.0) * count)
    return Moments(count=count, mean=(scaled or 0.0) * MEAN_SCALE, deviations=None)
