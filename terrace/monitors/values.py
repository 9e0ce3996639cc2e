"""Values of labels, predictions and facets, which one file writes as 1, another as 1.0 or "1"."""

import csv
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from terrace.batch import Batch, InvalidData, quoted

_LARGEST_WHOLE = 1e15


def canonical(value: Any) -> str:
    """A value as reports write it: whole numbers without a point, booleans in small letters."""
    text = str(value).strip()
    if text in ("True", "False"):
        return text.lower()
    try:
        number = float(text)
    except ValueError:
        return text
    whole = number.is_integer() and abs(number) < _LARGEST_WHOLE
    return str(int(number)) if whole else text


def canonical_sql(column: str) -> str:
    """The same, as SQL on a column."""
    text = f"trim(CAST({quoted(column)} AS VARCHAR))"
    number = f"TRY_CAST({text} AS DOUBLE)"
    return (
        f"CASE WHEN {text} IN ('True', 'False') THEN lower({text}) "
        f"WHEN {number} = trunc({number}) AND abs({number}) < {_LARGEST_WHOLE!r} "
        f"THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) ELSE {text} END"
    )


def finite_sql(column: str) -> str:
    """A column's finite number as SQL; NULL where there is none."""
    number = f"TRY_CAST({quoted(column)} AS DOUBLE)"
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def demand(batch: Batch, columns: Iterable[str | None]) -> None:
    """Sees to it that the data have columns; a None among these asks for nothing.

    Raises:
        InvalidData: One is not there.
    """
    found = batch.columns
    missing = [name for name in columns if name is not None and name not in found]
    if missing:
        raise InvalidData(
            f"the data have no column {', '.join(map(repr, missing))}; they have: "
            f"{', '.join(found)}"
        )


def canonical_values(told: Any) -> tuple[str, ...]:
    """Several values: a list, or a text with commas between them.

    A value that has a comma in it is put between double quotes, as in CSV.
    """
    if told is None:
        listed = []
    elif isinstance(told, str):
        listed = next(csv.reader([told], skipinitialspace=True), [])
    else:
        listed = list(told) if isinstance(told, list | tuple) else [told]
    found = (canonical(value) for value in listed)
    return tuple(dict.fromkeys(value for value in found if value))


# One value or several, as reports write them: YAML may have numbers.
Value = Annotated[str, BeforeValidator(canonical)]
_ONE = [{"type": kind} for kind in ("string", "number", "boolean")]
Values = Annotated[
    tuple[str, ...],
    Field(strict=False),
    BeforeValidator(canonical_values),
    WithJsonSchema({"anyOf": [*_ONE, {"type": "array", "items": {"anyOf": _ONE}}]}),
]
