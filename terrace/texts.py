"""The text form of a value and the number of a text, by one rule for files and traffic.

CSV, JSON and Parquet write the same value in several ways. A value is compared, counted and
reported in one form, whatever it came from:

- spaces at its ends are no part of it, and what is empty then, or NaN, is a missing value;
- a boolean is `true` or `false`, also where it was written `True` or `TRUE`;
- a moment is `2024-01-31 13:45:00` in UTC, without the time where that is midnight; a time without
  a zone is taken to be in UTC;
- everything else is the text that was written: `yes`, `01234`, `01/31/2024`, `08:30`.

A number is a text in decimal or scientific notation in ASCII digits. `18_24`, `1,000` and `0x1F`
are no numbers, and a number too large for a double is an infinite one.
"""

import re
from datetime import UTC, datetime

from terrace.batch import literal

SPACES = " \t\n\r\v\f"
_BOOLEANS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"}
_NAN = ("nan", "-nan", "+nan")
_ZONE = r"(Z|[+-]\d\d(:?\d\d)?)"
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?"
_MIDNIGHT = " 00:00:00"
_MOMENT = re.compile(f"({_TIME}){_ZONE}?", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE
)


def text_of(written: str) -> str | None:
    """The form of a text; None where it is a missing value."""
    text = written.strip(SPACES)
    if not text or text.lower() in _NAN:
        return None
    return _BOOLEANS.get(text) or _moment(text) or text


def _moment(text: str) -> str | None:
    if text[10:11] not in ("T", " ") or not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    fraction = f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else ""
    return f"{moment.date()} {moment:%H:%M:%S}{fraction}".removesuffix(_MIDNIGHT)


def number_of(text: str) -> float | None:
    """The number that a text stands for; None where it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def text_sql(value: str) -> str:
    """The form of a VARCHAR, as SQL; NULL where it is a missing value."""
    text = f"trim({value}, {literal(SPACES)})"
    booleans = " ".join(
        f"WHEN {text} IN ({', '.join(literal(k) for k, v in _BOOLEANS.items() if v == form)}) "
        f"THEN {literal(form)}"
        for form in ("true", "false")
    )
    missing = ", ".join(map(literal, ("", *_NAN)))
    return (
        f"CASE WHEN lower({text}) IN ({missing}) THEN NULL {booleans} "
        f"WHEN substr({text}, 11, 1) IN ('T', ' ') THEN {_moment_sql(text)} ELSE {text} END"
    )


def _moment_sql(text: str) -> str:
    """A moment; whatever is none stays as it is."""
    zoned = f"make_timestamp(epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)))"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(_TIME)}) "
        f"THEN coalesce({moment_text_sql(f'TRY_CAST({text} AS TIMESTAMP)')}, {text}) "
        f"WHEN regexp_full_match({text}, {literal(_TIME + _ZONE)}) "
        f"THEN coalesce({moment_text_sql(zoned)}, {text}) ELSE {text} END"
    )


def moment_text_sql(moment: str) -> str:
    """A TIMESTAMP in UTC as a text, as SQL."""
    return f"regexp_replace(CAST({moment} AS VARCHAR), {literal(f'{_MIDNIGHT}$')}, '')"


def number_sql(value: str) -> str:
    """The number that a VARCHAR stands for, as SQL; NULL where it is none.

    The engine's own cast allows underscores between digits, as programming languages do.
    """
    return f"CASE WHEN NOT contains({value}, '_') THEN TRY_CAST({value} AS DOUBLE) END"
