"""Counts a batch's rows by facet, stratum, label and prediction; a scan a facet inside DuckDB."""

from typing import Any

from terrace.batch import Batch, literal, quoted
from terrace.errors import TerraceError
from terrace.monitors.bias_drift import flip_test
from terrace.monitors.bias_drift.options import BiasDriftOptions, Facet
from terrace.monitors.bias_drift.outcomes import Outcomes
from terrace.monitors.bias_drift.state import BiasDriftState, Count, FacetCounts
from terrace.monitors.sampling import Sample, sampled
from terrace.monitors.values import canonical, canonical_sql, demand, finite_sql

_MOST_VALUES = 200
_MOST_GROUPS = 100_000
_PLAIN = ("BIGINT", "BOOLEAN", "INTEGER", "SMALLINT", "TINYINT", "VARCHAR")
ABOVE, BELOW = "above", "below"


class TooManyValues(TerraceError):
    """A facet or strata that are no categories."""


def observe(batch: Batch, options: BiasDriftOptions) -> BiasDriftState:
    """The state of a batch.

    Raises:
        InvalidData: A column is not there.
        TooManyValues: A facet without values or a threshold, or the strata, have hundreds.
    """
    demand(batch, (options.label, *options.facet, options.predicted, options.group))
    found = [_counted(batch, options, facet) for facet in options.facets()]
    counted = tuple(counts for counts, _, _ in found)
    records = sum(counted[0].rows.values())
    if not records:
        return BiasDriftState()
    _, labels, predictions = found[0]
    return BiasDriftState(
        records=records,
        facets=counted,
        labels=labels,
        predictions=predictions,
        sample=_sampled(batch, options, records),
    )


def _counted(
    batch: Batch, options: BiasDriftOptions, facet: Facet
) -> tuple[FacetCounts, Outcomes, Outcomes]:
    """Groups rows by what the columns hold, and asks what that means of the few groups alone."""
    found = _grouped(batch, options, facet)
    counts: dict[Count, int] = {}
    of_labels: list[tuple[str, bool, int]] = []
    of_predictions: list[tuple[str, bool, int]] = []
    for value, stratum, label, predicted, number, _ in found:
        as_hoped_for = [_as_hoped_for(options, held) for held in (label, predicted)]
        count = (_known(value), _known(stratum), as_hoped_for[0], as_hoped_for[1])
        counts[count] = counts.get(count, 0) + number
        for of, held, is_it in zip(
            (of_labels, of_predictions), (label, predicted), as_hoped_for, strict=True
        ):
            if is_it is not None:
                of.append((canonical(held), is_it, number))
    highs = [row[5] for row in found if row[5] is not None]
    facets = FacetCounts(rows=counts, maximum=max(highs, default=None))
    refuse_many(facets, facet, options)
    return facets, Outcomes.of(of_labels), Outcomes.of(of_predictions)


def _grouped(batch: Batch, options: BiasDriftOptions, facet: Facet) -> list[Any]:
    """How many rows there are of each facet's value, stratum, label and prediction.

    Raises:
        TooManyValues: More than can be told apart.
    """
    value, highest = _held(batch, facet.name), "NULL::DOUBLE"
    if facet.threshold is not None:
        value, highest = _side(facet), f"max({finite_sql(facet.name)})"
    outcomes = [_outcome(batch, options, name) for name in (options.label, options.predicted)]
    groups = [value, _held(batch, options.group), *outcomes]
    found = (
        batch.relation.aggregate(f"{', '.join(groups)}, count(*), {highest}", "1, 2, 3, 4")
        .limit(_MOST_GROUPS + 1)
        .fetchall()
    )
    if len(found) > _MOST_GROUPS:
        columns = (facet.name, options.group, options.label, options.predicted)
        raise TooManyValues(
            f"{', '.join(map(repr, filter(None, columns)))} have more than {_MOST_GROUPS} "
            "different values together; expected categories, and of a label or prediction that is "
            "a number its label_threshold"
        )
    return found


def _held(batch: Batch, column: str | None) -> str:
    """What a column holds, in a type that Python reads as DuckDB writes it."""
    if column is None:
        return "NULL::VARCHAR"
    plain = batch.columns[column] in _PLAIN
    return quoted(column) if plain else f"CAST({quoted(column)} AS VARCHAR)"


def _outcome(batch: Batch, options: BiasDriftOptions, column: str | None) -> str:
    if options.label_threshold is not None and column is not None:
        return _hoped_for(options, column)
    return _held(batch, column)


def _known(value: Any) -> str | None:
    return None if value is None else canonical(value)


def _as_hoped_for(options: BiasDriftOptions, held: Any) -> bool | None:
    if held is None:
        return None
    if options.label_threshold is not None:
        return bool(held)
    return canonical(held) in options.positives


def refuse_many(counts: FacetCounts, facet: Facet, options: BiasDriftOptions) -> None:
    """Sees to it that a facet and the strata are categories, in a batch and in all together.

    Raises:
        TooManyValues: One has hundreds of values.
    """
    _refuse(facet.name, "facet", {value for value, *_ in counts.rows})
    _refuse(options.group, "group", {stratum for _, stratum, *_ in counts.rows})


def _refuse(name: str | None, role: str, values: set[str | None]) -> None:
    if len(values) > _MOST_VALUES:
        raise TooManyValues(
            f"{role} {name!r} has more than {_MOST_VALUES} values; expected categories, or for a "
            "facet that is a number its threshold"
        )


def _side(facet: Facet) -> str:
    """On which side of its threshold a facet is; NULL where it is no number."""
    number = finite_sql(facet.name)
    above = f"WHEN {number} > {facet.threshold!r} THEN '{ABOVE}'"
    return f"CASE {above} WHEN {number} IS NOT NULL THEN '{BELOW}' END"


def _hoped_for(options: BiasDriftOptions, column: str) -> str:
    """Whether a label or a prediction is what is hoped for; NULL where it is not known."""
    if options.label_threshold is not None:
        return f"{finite_sql(column)} > {options.label_threshold!r}"
    return f"{canonical_sql(column)} IN ({', '.join(map(literal, options.positives))})"


def features_of(batch: Batch, options: BiasDriftOptions) -> tuple[str, ...]:
    """The columns of requests: all but the label and the prediction."""
    return tuple(name for name in batch.columns if name not in (options.label, options.predicted))


def _sampled(batch: Batch, options: BiasDriftOptions, records: int) -> Sample:
    """Rows with a prediction whose features are numbers: these, the sides, the prediction."""
    own = {options.group, *options.facet}
    features = [name for name in features_of(batch, options) if name not in own]
    empty = flip_test.no_rows(len(features))
    # A table says which columns are texts; of captured records each value does.
    texts = not batch.source and "VARCHAR" in {batch.columns[name] for name in features}
    if not options.predicted or not features or texts:
        return empty
    sides = (
        canonical_sql(facet.name) if facet.threshold is None else _side(facet)
        for facet in options.facets()
    )
    listed = f"[{', '.join(finite_sql(name) for name in features)}]"
    all_numbers = f"len(list_filter({listed}, lambda x: x IS NULL)) = 0"
    numbers = f"CASE WHEN {all_numbers} THEN array_to_string({listed}, ',') END"
    values = [numbers, f"[{', '.join(sides)}]", _hoped_for(options, options.predicted)]
    return sampled(batch, empty, records, values, "kept0 IS NOT NULL AND kept2 IS NOT NULL")
