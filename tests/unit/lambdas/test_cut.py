from datetime import UTC, datetime
from pathlib import Path

import pytest

from lambdas.common.cut import cut, whole_seconds
from terrace.events import Window

WINDOW = Window(
    start=datetime(2026, 3, 1, 10, tzinfo=UTC), end=datetime(2026, 3, 1, 11, tzinfo=UTC)
)


def line(time: str, data: str = "1,2") -> str:
    return (
        f'{{"captureData":{{"endpointInput":{{"data":"{data}"}}}},'
        f'"eventMetadata":{{"eventId":"1","inferenceTime":"{time}"}}}}\n'
    )


def kept(tmp_path: Path, *lines: str) -> list[str]:
    path = tmp_path / "capture.jsonl"
    path.write_text("".join(lines))
    cut(path, WINDOW)
    assert list(tmp_path.iterdir()) == [path]
    return path.read_text().splitlines(keepends=True)


def test_the_start_counts_and_the_end_does_not_and_lines_keep_their_numbers(
    tmp_path: Path,
) -> None:
    before, first = line("2026-03-01T09:59:59Z"), line("2026-03-01T10:00:00Z")
    last, after = line("2026-03-01T10:59:59Z"), line("2026-03-01T11:00:00Z")

    assert kept(tmp_path, before, first, last, after) == ["\n", first, last, "\n"]


@pytest.mark.parametrize(
    "broken",
    ["no record\n", line("yesterday"), '{"eventMetadata": {}}\n', '{"cut off'],
)
def test_what_tells_no_time_stays_to_be_set_aside(tmp_path: Path, broken: str) -> None:
    assert kept(tmp_path, broken) == [broken]


def test_a_time_within_the_payload_is_not_the_records_own(tmp_path: Path) -> None:
    decoy = line("2026-03-01T12:00:00Z", r"{\"inferenceTime\": \"2026-03-01T10:30:00Z\"}")
    assert kept(tmp_path, decoy) == ["\n"]


def test_a_time_in_another_zone_or_with_fractions_is_understood(tmp_path: Path) -> None:
    elsewhere, fine = line("2026-03-01T11:30:00+01:00"), line("2026-03-01T10:00:00.5Z")
    assert kept(tmp_path, elsewhere, fine) == [elsewhere, fine]


def test_a_window_is_widened_to_whole_seconds() -> None:
    start, end = WINDOW.start.replace(microsecond=700), WINDOW.end.replace(microsecond=300)
    widened = whole_seconds(Window(start=start, end=end))
    assert widened.start == WINDOW.start
    assert widened.end == WINDOW.end.replace(second=1)
    assert whole_seconds(WINDOW) == WINDOW


def test_a_line_without_a_time_is_in_the_window_of_its_neighbour_and_in_no_other(
    tmp_path: Path,
) -> None:
    inside, after = line("2026-03-01T10:59:59Z"), line("2026-03-01T11:00:00Z")
    assert kept(tmp_path, "with inside\n", inside, "with after\n", after, "with after, too\n") == [
        "with inside\n",
        inside,
        "\n",
        "\n",
        "\n",
    ]


@pytest.mark.parametrize(("hour", "count"), [(10, 2), (11, 0)])
def test_a_file_without_times_is_of_the_time_that_it_is_filed_under(
    tmp_path: Path, hour: int, count: int
) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_text("no record\n\nnor this")
    found = cut(path, WINDOW, datetime(2026, 3, 1, hour, 30, tzinfo=UTC))
    assert found.kept == count
    assert path.read_text() == ("no record\n\nnor this" if count else "\n\n\n")
    assert sum(found.elsewhere.values()) == 2 - count


def test_what_is_of_other_windows_is_counted_by_the_minute(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    times = ["2026-03-01T09:59:10Z", "2026-03-01T09:59:50Z", "2026-03-01T11:59:59+01:00"]
    path.write_text("".join(map(line, times)))
    found = cut(path, WINDOW)
    assert found.kept == 1
    assert found.elsewhere == {datetime(2026, 3, 1, 9, 59, tzinfo=UTC): 2}
