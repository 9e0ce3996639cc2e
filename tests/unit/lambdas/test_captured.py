from datetime import UTC, datetime, timedelta

from lambdas.common.captured import captured, hours
from lambdas.common.objects import Objects
from lambdas.common.registry import Version
from lambdas.common.running import Running
from terrace.events import Window
from terrace.names import ModelNames

from .conftest import BUCKET, Cloud

NOW = datetime.now(UTC)
RUNNING = Running(
    endpoint="north--tool-wear",
    variant="AllTraffic",
    version=Version(
        arn="a", names=ModelNames(tenant="north", model="tool-wear"), number=1, description={}
    ),
    created=NOW,
    serving_since=NOW,
)


def put(cloud: Cloud, hour: datetime, name: str, *, endpoint: str = "north--tool-wear") -> str:
    folder = f"tool-wear/capture/{endpoint}/AllTraffic/{hour:%Y/%m/%d/%H}"
    return cloud.put(f"{folder}/{name}", "{}\n")


def found(window: Window) -> list[str]:
    objects = Objects(bucket=BUCKET)
    return [objects.uri(item.key) for item in captured(objects, RUNNING, window)]


def test_only_the_hours_of_the_window_and_the_one_before_are_listed(cloud: Cloud) -> None:
    hour = timedelta(hours=1)
    start = NOW - timedelta(minutes=1)
    window = Window(start=start, end=start + hour / 120)
    put(cloud, NOW - 3 * hour, "far.jsonl")
    before = put(cloud, start - hour, "before.jsonl")
    within = put(cloud, start, "within.jsonl")
    put(cloud, NOW + 2 * hour, "after.jsonl")

    assert found(window) == [before, within]


def test_what_was_written_before_the_window_began_is_passed_over(cloud: Cloud) -> None:
    within = put(cloud, NOW, "new.jsonl")
    old = put(cloud, NOW, "old.jsonl")
    cloud.age(old.removeprefix(f"s3://{BUCKET}/"), days=1)
    window = Window(start=NOW - timedelta(minutes=5), end=NOW)

    assert found(window) == [within]


def test_other_endpoints_and_other_files_are_not_looked_at(cloud: Cloud) -> None:
    put(cloud, NOW, "a.jsonl", endpoint="north--other")
    put(cloud, NOW, "notes.txt")
    window = Window(start=NOW - timedelta(minutes=5), end=NOW)

    assert found(window) == []


def test_hours_are_utc_hours_whatever_the_windows_own_zone() -> None:
    window = Window.model_validate(
        {"start": "2026-03-01T12:10:00+01:00", "end": "2026-03-01T13:00:00+01:00"}
    )
    assert [f"{hour:%H}" for hour in hours(window)] == ["10", "11", "12"]
