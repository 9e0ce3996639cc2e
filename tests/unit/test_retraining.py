"""When a training begins by itself, and when it waits."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from terrace.model_settings import Model
from terrace.retraining import Limits, Trainings, decided

NOW = datetime(2026, 3, 31, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = Limits(cool_down_hours=24, most_in_30_days=3)


def test_the_first_occasion_begins_a_training() -> None:
    found = decided(Trainings(), LIMITS, now=NOW, reason="drift")
    assert found.starts
    assert found.trainings == Trainings(started=(NOW,))


def test_one_that_comes_too_early_waits_and_is_not_lost() -> None:
    past = Trainings(started=(NOW - HOUR,))
    found = decided(past, LIMITS, now=NOW, reason="drift")
    assert not found.starts
    assert "the next may at 2026-03-31T23:00" in found.held_back
    assert found.trainings.waiting == "drift"
    later = decided(found.trainings, LIMITS, now=NOW + DAY, reason=found.trainings.waiting)
    assert later.starts
    assert later.trainings.waiting == ""


def test_the_budget_holds_and_comes_back() -> None:
    past = Trainings(started=tuple(NOW - n * DAY for n in (29, 20, 10)))
    found = decided(past, LIMITS, now=NOW, reason="drift")
    assert "3 began in 30 days, of 3 that may" in found.held_back
    assert decided(past, LIMITS, now=NOW + DAY, reason="drift").starts


def test_fifty_occasions_in_a_row_begin_one_training() -> None:
    trainings, began = Trainings(), 0
    for minute in range(50):
        now = NOW + timedelta(minutes=minute)
        found = decided(trainings, LIMITS, now=now, reason=f"drift {minute}")
        trainings, began = found.trainings, began + found.starts
    assert (began, trainings.waiting) == (1, "drift 49")


def test_violations_of_a_monitor_that_the_model_does_not_have_are_told() -> None:
    given = {
        "name": "wear",
        "source": "s",
        "label": "y",
        "monitors": {"data-quality": {}},
        "retraining": {"on_violations_of": ["model-quality"]},
    }
    with pytest.raises(ValidationError, match=r"got model-quality; expected .*: data-quality"):
        Model.model_validate(given)
