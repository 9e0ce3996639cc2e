"""Which rows of a training set are held out, as SQL: it follows from each row alone."""

from collections.abc import Sequence

from terrace.batch import literal, quoted
from terrace.training_settings import Holdout

# In place of a missing value: no text that a file holds.
_MISSING = "chr(0)"


def moment_sql(column: str) -> str:
    """A column of times as numbers: what is no number is a date, or a time of a day."""
    text = f"CAST({quoted(column)} AS VARCHAR)"
    return f"coalesce(TRY_CAST({text} AS DOUBLE), epoch(TRY_CAST({text} AS TIMESTAMP)))"


def newest_sql(holdout: Holdout) -> str:
    """An aggregate over all rows: the time after which rows are held out by time."""
    return f"quantile_disc({moment_sql(holdout.column or '')}, {1 - holdout.share!r})"


def held_out_sql(holdout: Holdout, columns: Sequence[str], newest: float | None = None) -> str:
    """A condition that holds for the held-out rows.

    Rows and groups are told apart by MD5, which is the same wherever it is computed, so that a
    row is on the same side in every training set that holds it. Equal rows are on one side.

    Args:
        holdout: What is held out.
        columns: The training set's.
        newest: What `newest_sql` gave; needed by time alone.
    """
    if holdout.by == "time":
        return f"{moment_sql(holdout.column or '')} > {newest!r}"
    told = [holdout.column] if holdout.column else sorted(columns)
    texts = [f"coalesce(CAST({quoted(name)} AS VARCHAR), {_MISSING})" for name in told]
    below = f"{round(holdout.share * 16**8):08x}"
    text = ", ".join([literal(holdout.salt), *texts])
    return f"left(md5(concat_ws(chr(31), {text})), 8) < {literal(below)}"
