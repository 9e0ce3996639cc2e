from datetime import UTC, datetime, timedelta

import pytest

from lambdas.monitor.windows import window_before

FIRED = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("schedule", "length"),
    [
        ("rate(5 minutes)", timedelta(minutes=5)),
        ("rate(1 hour)", timedelta(hours=1)),
        ("rate(2 days)", timedelta(days=2)),
        ("cron(0 * * * ? *)", timedelta(hours=1)),
        ("cron(0/20 * * * ? *)", timedelta(minutes=20)),
        ("cron(0 0/5 * * ? *)", timedelta(hours=5)),
        ("cron(0 6,10 * * ? *)", timedelta(hours=4)),
        ("cron(0 8-10 * * ? *)", timedelta(hours=1)),
        ("cron(0 10 * * ? *)", timedelta(days=1)),
        ("cron(0 10 ? * MON,WED *)", timedelta(days=2)),
        ("cron(0 10 ? * 4 *)", timedelta(days=7)),
        ("cron(0 10 4 FEB-MAR ? *)", timedelta(days=28)),
        ("cron(0 10 4 MAR ? *)", timedelta(days=31)),
        ("cron(0 10 L * ? *)", timedelta(days=1)),
    ],
)
def test_a_window_reaches_back_to_the_firing_before(schedule: str, length: timedelta) -> None:
    window = window_before(FIRED, schedule)
    assert window.end == FIRED
    assert window.end - window.start == length


def test_a_firing_some_seconds_late_still_counts_as_this_one() -> None:
    late = FIRED + timedelta(seconds=40)
    assert window_before(late, "cron(0 * * * ? *)").start == FIRED - timedelta(hours=1)
