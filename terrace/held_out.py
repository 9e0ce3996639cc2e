"""What models say of held-out rows: the file of predictions, slices, bias, and two side by side."""

import csv
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import duckdb

from terrace import database, dataset
from terrace.batch import InvalidData, literal, quoted
from terrace.challenger import Duel
from terrace.evaluation import COLUMNS, Scores
from terrace.gate import Slice
from terrace.models.needed import UnusableModel
from terrace.monitors.bias_drift import KIND, BiasDriftOptions, analysis
from terrace.monitors.values import canonical, canonical_of_sql
from terrace.serving.payload import Row
from terrace.serving.scorer import Scorer

_AT_ONCE = 10_000
_MOST_VALUES = 50  # of a column that is sliced by


def predict(rows: Path, label: str, scorer: Scorer, features: Sequence[str], target: Path) -> None:
    """Writes what a model says of rows: a line `label,predicted,score` a row, in their order.

    Args:
        rows: A Parquet file with the features and the label.
        features: In their order, for a model that does not name its own as the rows do.

    Raises:
        InvalidData: The rows lack a feature, or a number is none.
        UnusableModel: The model does not take the rows, or predicts no class.
    """
    with target.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(COLUMNS)
        for labels, cells in _cells(rows, label, scorer, features):
            for told, found in zip(labels, scorer.predictions(cells), strict=True):
                if "predicted_label" not in found:
                    raise UnusableModel("the model answers with a number; expected a class")
                lines.writerow([told, canonical(found["predicted_label"]), found["score"]])


def _cells(
    rows: Path, label: str, scorer: Scorer, features: Sequence[str]
) -> Iterator[tuple[list[str], list[Row]]]:
    columns = columns_of(rows)
    features, texts = _as_in_rows(scorer, features, columns)
    if missing := [name for name in (*features, label) if name not in columns]:
        raise InvalidData(
            f"the held-out rows have no column {', '.join(map(repr, missing))}, which the model "
            f"takes; they have: {', '.join(columns)}"
        )
    asked = [
        f"CAST({quoted(name)} AS VARCHAR)" if name in texts else _number(name) for name in features
    ]
    try:
        told = ", ".join([canonical_of_sql(quoted(label)), *asked])
        found = database.connect().execute(f"SELECT {told} FROM {_parquet(rows)}")  # noqa: S608
        while batch := found.fetchmany(_AT_ONCE):
            yield [str(row[0]) for row in batch], [list(row[1:]) for row in batch]
    except duckdb.ConversionException as error:
        raise InvalidData(f"the held-out rows: {str(error).splitlines()[0]}") from error


def _as_in_rows(
    scorer: Scorer, features: Sequence[str], columns: Sequence[str]
) -> tuple[Sequence[str], Set[str]]:
    """The model's features as the rows call them, and which of them are texts."""
    if len(features) != len(scorer.names) or set(scorer.names) <= set(columns):
        return scorer.names or features, scorer.texts
    # What wrote the model gave its inputs other names, in the same order.
    renamed = zip(features, scorer.names, strict=True)
    return features, {ours for ours, theirs in renamed if theirs in scorer.texts}


def _number(column: str) -> str:
    """A number, and NULL for what is none on purpose; a word is an error."""
    number = f"CAST({quoted(column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def write_together(rows: Path, predictions: Path, target: Path) -> None:
    """Writes rows with what a model says of them beside: the monitors' baseline."""
    outputs = COLUMNS[1:]
    kept = [name for name in columns_of(rows) if name not in outputs]
    told = ", ".join([*(f"r.{quoted(name)}" for name in kept), *(f"p.{name}" for name in outputs)])
    database.connect().execute(
        f"COPY ({_side_by_side(_parquet(rows), predictions, told)}) TO {literal(str(target))}"
    )


def slices(rows: Path, predictions: Path, column: str, scores: Scores) -> Iterator[Slice]:
    """How good a model is where a column has one value, for the values with the most rows.

    Args:
        scores: Of all rows, which tell what class is the positive one.

    Raises:
        InvalidData: There is no such column.
    """
    if column not in columns_of(rows):
        raise InvalidData(f"the gate got slice {column!r}; expected a column of the training set")
    values = f"(SELECT {canonical_of_sql(quoted(column))} AS value FROM {_parquet(rows)})"  # noqa: S608
    counted = _side_by_side(
        values, predictions, "coalesce(r.value, 'missing'), p.label, p.predicted, count(*)"
    )
    found: dict[str, dict[tuple[str, str], int]] = {}
    rows_of = database.connect().execute(f"{counted} GROUP BY ALL").fetchall()
    for name, label, predicted, count in rows_of:
        found.setdefault(name, {})[label, predicted] = count
    made = [
        (name, Scores(counts=counts, positive=scores.positive)) for name, counts in found.items()
    ]
    for name, one in sorted(made, key=lambda item: (-item[1].rows, item[0]))[:_MOST_VALUES]:
        yield Slice(column=column, value=name, rows=one.rows, metrics=one.metrics())


def bias(together: Path, options: BiasDriftOptions) -> dict[str, dict[str, float | None]]:
    """Every metric of bias, by facet and value.

    Args:
        together: What `write_together` wrote.

    Raises:
        InvalidData: A column is not there.
        InvalidFacet: No row, or every row, is of the disadvantaged.
    """
    entries, _ = analysis.load(KIND.suggest(dataset.whole(str(together)), options)["analysis"])
    found: dict[str, dict[str, float | None]] = {}
    for entry in entries:
        name = f"{entry.facet}={entry.value_or_threshold}"
        found.setdefault(name, {})[entry.metric] = entry.measure.finite
    return found


def duel(challenger: Path, champion: Path, *, version: int, seen: bool) -> Duel:
    """Two models' predictions of the same rows, side by side."""
    counts = ", ".join(
        f"count(*) FILTER ({new} AND {old})"
        for new in ("c.predicted = c.label", "c.predicted <> c.label")
        for old in ("p.predicted = p.label", "p.predicted <> p.label")
    )
    query = f"SELECT {counts} FROM {_csv(challenger)} c POSITIONAL JOIN {_csv(champion)} p"  # noqa: S608
    both, won, lost, neither = database.connect().execute(query).fetchone() or (0, 0, 0, 0)
    return Duel(
        version=version, both=both, challenger=won, champion=lost, neither=neither, seen=seen
    )


def _side_by_side(rows: str, predictions: Path, select: str) -> str:
    return f"SELECT {select} FROM {rows} r POSITIONAL JOIN {_csv(predictions)} p"  # noqa: S608


def _parquet(rows: Path) -> str:
    return f"read_parquet({literal(str(rows))})"


def _csv(predictions: Path) -> str:
    types = "{'label': 'VARCHAR', 'predicted': 'VARCHAR', 'score': 'DOUBLE'}"
    told = f"header = true, auto_detect = false, delim = ',', quote = '\"', columns = {types}"
    return f"read_csv({literal(str(predictions))}, {told})"


def columns_of(rows: Path) -> list[str]:
    """The columns of a Parquet file, in their order."""
    return list(database.connect().read_parquet(str(rows)).columns)
