"""The time of schedules."""

from datetime import UTC, datetime, timedelta

from localcloud.delivery.schedules.timeline import Elapsed, Timeline


def test_a_change_of_speed_counts_from_the_last_reading_on() -> None:
    wall, speed = [0.0], [1.0]
    elapsed = Elapsed(wall=lambda: wall[0], speed=lambda: speed[0])
    wall[0] = 10.0
    assert elapsed.seconds() == 10.0
    speed[0], wall[0] = 60.0, 11.0
    assert elapsed.seconds() == 70.0


def test_a_schedules_time_begins_at_its_creation() -> None:
    created = datetime(2026, 1, 31, 12, tzinfo=UTC)
    timeline = Timeline(created, elapsed=500.0)
    assert timeline.now(500.0 + 3600) == created + timedelta(hours=1)
