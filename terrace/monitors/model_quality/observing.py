"""What predictions of a batch came to, by one or two scans inside DuckDB."""

from terrace.batch import Batch, literal
from terrace.monitors.model_quality.calibration import Calibration
from terrace.monitors.model_quality.options import ModelQualityOptions
from terrace.monitors.model_quality.regression import Errors
from terrace.monitors.model_quality.scores import KEPT, Scores, gridded_sql
from terrace.monitors.model_quality.state import Expected, ModelQualityState
from terrace.monitors.values import canonical_sql, demand, finite_sql


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
    """
    demand(batch, (options.label, options.predicted, options.score))
    if options.problem == "regression":
        return _regression(batch, options)
    state = _classes(batch, options, calibration)
    if options.score and positive is not None:
        return state + ModelQualityState(scores=_scores(batch, options, positive))
    return state


def _classes(
    batch: Batch, options: ModelQualityOptions, calibration: Calibration
) -> ModelQualityState:
    score = finite_sql(options.score) if options.score else "NULL::DOUBLE"
    label, predicted = canonical_sql(options.label), canonical_sql(options.predicted)
    taken = batch.relation.project(f"{label} AS label, {predicted} AS predicted, {score} AS score")
    rows = (
        taken.project(f"label, predicted, {calibration.sql('score')} AS chance")
        .aggregate(
            "label, predicted, count(*), count(chance), coalesce(sum(chance), 0), "
            "coalesce(sum(chance * (1 - chance)), 0)",
            "label, predicted",
        )
        .fetchall()
    )
    state = ModelQualityState()
    for told, said, count, scored, chance, variance in rows:
        if said is None:
            state += ModelQualityState(unusable=count)
            continue
        expected = Expected(rows=scored, positives=chance, variance=variance)
        state += ModelQualityState(
            records=count,
            waiting=count if told is None else 0,
            cells={} if told is None else {(told, said): count},
            expected={said: expected} if scored else {},
        )
    return state


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


def _regression(batch: Batch, options: ModelQualityOptions) -> ModelQualityState:
    label, predicted = finite_sql(options.label), finite_sql(options.predicted)
    known = batch.relation.project(
        f"{label} AS label, {predicted} AS predicted, {label} - {predicted} AS error"
    )
    ((rows, usable, count, absolute, squared, fourth, mean, variance),) = known.aggregate(
        "count(*), count(predicted), count(error), sum(abs(error)), sum(error * error), "
        "sum(error * error * error * error), avg(CASE WHEN error IS NOT NULL THEN label END), "
        "var_pop(CASE WHEN error IS NOT NULL THEN label END)"
    ).fetchall()
    errors = Errors()
    if count:
        errors = Errors(
            count=count,
            absolute=absolute,
            squared=squared,
            fourth=fourth,
            mean=mean,
            deviations=variance * count,
        )
    return ModelQualityState(
        records=usable, waiting=usable - count, unusable=rows - usable, errors=errors
    )
