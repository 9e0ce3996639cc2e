"""When people are told of a violated window: not of every one, if so wished.

A report is written of each window whatever these rules say; they hold the message back.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field


class Alerting(BaseModel):
    """When people are told of a violated window."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    minimum_records: int = Field(
        0, ge=0, description="Nobody is told of a window with fewer records, unless it has none."
    )
    consecutive_windows: int = Field(
        1, ge=1, le=100, description="So many windows in a row must be violated."
    )
    cool_down_minutes: int = Field(
        0, ge=0, le=43200, description="After a message, none for so long."
    )


class Past(BaseModel):
    """What is remembered from one window of a monitor to the next.

    Attributes:
        window_end: The end of the last window.
        violated: How many windows in a row were violated, that one included.
        before: How many were before it.
        last_told: The end of the window that people were last told of.
        told: Whether people were told of the last window.
        reason: Why they were not.
    """

    model_config = ConfigDict(frozen=True)

    window_end: datetime | None = None
    violated: int = 0
    before: int = 0
    last_told: datetime | None = None
    told: bool = False
    reason: str = ""


def after(
    past: Past, rules: Alerting, *, window_end: datetime, violated: bool, records: int
) -> Past:
    """What is remembered after a window, with whether people are told of it.

    The same window once more, tried again after a failure, comes to the same.

    Args:
        past: What was remembered before.
        rules: Of the monitor.
        window_end: When the window ends.
        violated: Whether any of its constraints does not hold.
        records: How many it has.
    """
    if past.window_end == window_end:
        last_told = None if past.told and past.last_told == window_end else past.last_told
        past = past.model_copy(update={"violated": past.before, "last_told": last_told})
    row = past.violated + 1 if violated else 0
    reason = _held_back(past, rules, window_end=window_end, row=row, records=records)
    told = violated and not reason
    return Past(
        window_end=window_end,
        violated=row,
        before=past.violated,
        last_told=window_end if told else past.last_told,
        told=told,
        reason=reason if violated else "",
    )


def _held_back(past: Past, rules: Alerting, *, window_end: datetime, row: int, records: int) -> str:
    """Why people are not told; empty where they are."""
    if 0 < records < rules.minimum_records:
        return f"{records} records; expected {rules.minimum_records} at least"
    if row < rules.consecutive_windows:
        return f"{row} violated windows in a row; expected {rules.consecutive_windows}"
    pause = timedelta(minutes=rules.cool_down_minutes)
    if past.last_told and window_end < past.last_told + pause:
        return f"people were told of the window that ended {past.last_told.isoformat()}"
    return ""
