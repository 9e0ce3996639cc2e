"""When a model is trained again by itself: not at every occasion, lest drift start fifty trainings.

An occasion that comes too early is not lost: it waits, and is taken once its time has come.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

_MONTH = timedelta(days=30)


class Trainings(BaseModel):
    """What is remembered of a model's trainings that began by themselves.

    Attributes:
        started: When those of the last 30 days began.
        waiting: The reason for one that could not begin yet; empty: none waits.
    """

    model_config = ConfigDict(frozen=True)

    started: tuple[datetime, ...] = ()
    waiting: str = ""


class Limits(BaseModel):
    """How often a model may be trained by itself."""

    model_config = ConfigDict(frozen=True)

    cool_down_hours: int = Field(
        24, ge=0, le=8760, description="From the start of one to that of the next."
    )
    most_in_30_days: int = Field(10, ge=1, le=1000, description="The budget.")


class Decision(BaseModel):
    """What becomes of an occasion.

    Attributes:
        starts: Whether a training begins now.
        reason: Why it was asked for.
        held_back: Why it does not; empty where it does.
        trainings: What is remembered from now on.
    """

    model_config = ConfigDict(frozen=True)

    starts: bool
    reason: str
    held_back: str = ""
    trainings: Trainings


def decided(past: Trainings, limits: Limits, *, now: datetime, reason: str) -> Decision:
    """Whether a training begins, or waits for its time.

    Args:
        past: What is remembered.
        limits: Of the model.
        now: With a time zone.
        reason: Why it is asked for.
    """
    recent = tuple(time for time in past.started if now - time < _MONTH)
    held_back = _held_back(recent, limits, now)
    if held_back:
        waiting = Trainings(started=recent, waiting=reason)
        return Decision(starts=False, reason=reason, held_back=held_back, trainings=waiting)
    return Decision(starts=True, reason=reason, trainings=Trainings(started=(*recent, now)))


def _held_back(recent: tuple[datetime, ...], limits: Limits, now: datetime) -> str:
    if not recent:
        return ""
    ready = max(recent) + timedelta(hours=limits.cool_down_hours)
    if now < ready:
        began = max(recent).isoformat()
        return f"the last one began at {began}; the next may at {ready.isoformat()}"
    if len(recent) >= limits.most_in_30_days:
        free = min(recent) + _MONTH
        return (
            f"{len(recent)} began in 30 days, of {limits.most_in_30_days} that may; "
            f"the next may at {free.isoformat()}"
        )
    return ""
