"""Values of labels, predictions and facets, which one file writes as 1, another as 1.0 or "1"."""

import json
import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from terrace.batch import Batch, InvalidData, column_sql
from terrace.monitor import listed
from terrace.texts import number_of, number_sql

_LARGEST_WHOLE = 1e15
_CODE = re.compile("^[+-]?0[0-9]")  # 01 is not 1: it is the code of something
_BOOLEANS = ("True", "False", "TRUE", "FALSE")


def canonical(value: Any) -> str:
    """A value as reports write it: whole numbers without a point, booleans in small letters.

    A list in JSON, the classes of a row that has several, is a set: its order does not count, and
    one of a single class is that class.
    """
    text = str(value).strip()
    if text.startswith("[") and (several := _set(text)) is not None:
        return several
    return _canonical_one(text)


def _canonical_one(text: str) -> str:
    if text in _BOOLEANS:
        return text.lower()
    number = None if _CODE.match(text) else number_of(text)
    if number is None:
        return text
    whole = number.is_integer() and abs(number) < _LARGEST_WHOLE
    return str(int(number)) if whole else text


def _set(text: str) -> str | None:
    """The form of a list of texts and numbers; None where it is none."""
    try:
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(one, str | bool) for one in found):
        return None
    several = {_canonical_one(str(one)) for one in found if str(one).lower() != "nan"}
    if len(several) == 1:
        return several.pop()
    return json.dumps(sorted(several), ensure_ascii=False, separators=(",", ":"))


def canonical_sql(column: str) -> str:
    """The same, as SQL on a column of a batch; NULL for NaN, which is a missing value."""
    return canonical_of_sql(column_sql(column))


def canonical_of_sql(value: str) -> str:
    """The same, as SQL on any value."""
    text = f"trim(CAST({value} AS VARCHAR))"
    one = _canonical_one_sql("x")
    several = f"[{one} FOR x IN from_json({text}, '[\"VARCHAR\"]')]"
    return (
        f"CASE WHEN starts_with({text}, '[') AND {_is_set_sql(text)} "
        f"THEN CASE WHEN len(list_distinct({several})) = 1 THEN list_distinct({several})[1] "
        f"ELSE CAST(to_json(list_sort(list_distinct({several}))) AS VARCHAR) END "
        f"ELSE {_canonical_one_sql(text)} END"
    )


def _is_set_sql(text: str) -> str:
    """Whether a text is a list of texts, numbers and booleans in JSON."""
    kinds = "'ARRAY', 'OBJECT', 'NULL'"
    return (
        f"CASE WHEN json_valid({text}) THEN NOT list_bool_or("
        f"[coalesce(json_type(x), 'NULL') IN ({kinds}) FOR x IN from_json({text}, '[\"JSON\"]')]) "
        "ELSE false END"
    )


def _canonical_one_sql(text: str) -> str:
    number = number_sql(text)
    booleans = ", ".join(map(repr, _BOOLEANS))
    return (
        f"CASE WHEN {text} IN ({booleans}) THEN lower({text}) "
        f"WHEN regexp_matches({text}, '{_CODE.pattern}') THEN {text} "
        f"WHEN {number} = trunc({number}) AND abs({number}) < {_LARGEST_WHOLE!r} "
        f"THEN CAST(CAST({number} AS BIGINT) AS VARCHAR) "
        f"WHEN NOT isnan({number}) OR {number} IS NULL THEN {text} END"
    )


def present_sql(column: str) -> str:
    """A column's text as SQL; NULL where it is a missing value, which NaN is, too."""
    text = f"CAST({column_sql(column)} AS VARCHAR)"
    return f"CASE WHEN {text} NOT IN ('', 'nan') THEN {text} END"


def finite_sql(column: str) -> str:
    """A column's finite number as SQL; NULL where there is none."""
    value = column_sql(column)
    number = f"TRY_CAST({value} AS DOUBLE)"
    no_number = f"typeof({value}) = 'VARCHAR' AND contains(CAST({value} AS VARCHAR), '_')"
    return f"CASE WHEN {no_number} THEN NULL WHEN isfinite({number}) THEN {number} END"


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

    Values that have commas in them are written as a JSON list, as names are.
    """
    found: tuple[Any, ...]
    if told is None:
        found = ()
    elif isinstance(told, str):
        found = listed(told)
    else:
        found = tuple(told) if isinstance(told, list | tuple) else (told,)
    return tuple(dict.fromkeys(value for value in map(canonical, found) if value))


def _single(given: Any) -> str:
    if isinstance(given, list | dict):
        raise ValueError("expected a single text or number")
    return canonical(given)


# A value as reports write it: YAML may have numbers.
Value = Annotated[str, BeforeValidator(_single)]
_ONE = [{"type": kind} for kind in ("string", "number", "boolean")]
Values = Annotated[
    tuple[str, ...],
    Field(strict=False),
    BeforeValidator(canonical_values),
    WithJsonSchema({"anyOf": [*_ONE, {"type": "array", "items": {"anyOf": _ONE}}]}),
]
