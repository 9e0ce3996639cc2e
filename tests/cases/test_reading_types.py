"""One typing rule for files and traffic: the same rows are the same, whatever holds them."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cases.reading import checked, learnt, record, written

ROWS = 240


def frame(column: list[Any]) -> pd.DataFrame:
    values = (column * ROWS)[:ROWS]
    return pd.DataFrame({"k": range(ROWS), "c": values})


def csv_requests(path: Path, target: Path) -> Path:
    """The very lines of a CSV file, as captured requests."""
    return written(target, map(record, path.read_text().splitlines()[1:]))


# duckdb's sniffer took these for dates, times, booleans and numbers; whylabs/whylogs and others
# read texts of well-known data sets (Telco, Bank Marketing) so. Case 25.
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["01/31/2024", "02/28/2024", "12/01/2023"], "String"),
        (["2024-01-31", "2024-02-28"], "String"),
        (["2024-01-31T08:30:00Z", "2024-01-31T09:30:00Z"], "String"),
        (["2024-01-31 08:30:00.5", "2024-01-31 09:30:00"], "String"),
        (["08:30", "17:05"], "String"),
        (["yes", "no"], "String"),
        (["TRUE", "FALSE"], "String"),
        (["True", "False"], "String"),
        (["nan", "inf", "x"], "String"),
        (["18_24", "25_34"], "String"),
        (["01234", "00501"], "Integral"),
        (["1,000", "2,000"], "String"),
        (["0x1F", "0x20"], "String"),
        (["\u0661\u0662", "\u0663"], "String"),  # digits, but no ASCII ones
        (["4.8e-05", "3E2"], "Fractional"),
        (["1e400", "-1e400", "0.5"], "Fractional"),
        (["-0", "0", "1"], "Integral"),
        (["9" * 30, "-" + "9" * 25], "Integral"),
        (["9" * 400, "1"], "Integral"),
        (["1.", ".5", "+3"], "Fractional"),
        (["NULL", "None", "NA"], "String"),
        (["5%", "$3"], "String"),
    ],
)
def test_the_lines_of_a_csv_file_as_traffic_are_the_same_rows(
    tmp_path: Path, values: list[str], kind: str
) -> None:
    path = tmp_path / "train.csv"
    frame(values).to_csv(path, index=False)
    baseline = learnt(path)
    (_, constraint) = json.loads((baseline / "constraints.json").read_text())["features"]
    assert constraint["inferred_type"] == kind
    done = checked(csv_requests(path, tmp_path / "capture.jsonl"), baseline)
    assert (done.exit_code, done.checks) == (0, {})


MOMENT = datetime(2024, 1, 31, 23, 30, tzinfo=UTC)
MOMENTS = [MOMENT + timedelta(hours=place) for place in range(5)]


@pytest.mark.parametrize(
    ("typed", "in_json"),
    [
        ([True, False, True], [True, False, True]),
        ([True, False, None], [True, False, None]),
        ([1, 2**63 - 1, -5], [1, 2**63 - 1, -5]),
        ([0.5, float("nan"), 2.0], [0.5, None, 2.0]),
        (MOMENTS, [moment.isoformat() for moment in MOMENTS]),
        (MOMENTS, [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in MOMENTS]),
        ([m.replace(tzinfo=None) for m in MOMENTS], [f"{m:%Y-%m-%d %H:%M:%S}" for m in MOMENTS]),
        ([m.date() for m in MOMENTS], [m.date().isoformat() for m in MOMENTS]),
        ([[1, 2], [3]], [[1, 2], [3]]),
        ([{"a": "x"}, {"a": "y"}], [{"a": "x"}, {"a": "y"}]),
        (["a", "", None], ["a", "", None]),
        ([" a", "b "], [" a", "b "]),
    ],
    ids=str,
)
def test_rows_of_parquet_as_json_are_the_same_rows(
    tmp_path: Path, typed: list[Any], in_json: list[Any]
) -> None:
    path = tmp_path / "train.parquet"
    frame(typed).to_parquet(path)
    lines = [json.dumps({"k": k, "c": v}) for k, v in enumerate((in_json * ROWS)[:ROWS])]
    capture = written(tmp_path / "capture.jsonl", [record(line, "JSON") for line in lines])
    done = checked(capture, learnt(path))
    assert (done.exit_code, done.checks) == (0, {}), done.error


def test_a_number_of_32_bits_and_how_it_is_written_are_in_one_bin(tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    data = frame([0.1, 0.7, 0.3]).astype({"c": "float32"})
    data.to_parquet(path)
    lines = [record(f"{k},{v}") for k, v in zip(data["k"], data["c"], strict=True)]
    done = checked(written(tmp_path / "capture.jsonl", lines), learnt(path))
    assert done.checks == {}
    assert checked(path, learnt(path)).checks == {}


def test_decimals_categories_and_unsigned_numbers_of_parquet_are_read(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    table = pa.table(
        {
            "decimal": pa.array([Decimal("1.50"), Decimal(2), None] * 80, pa.decimal128(12, 2)),
            "category": pa.array(["a", "b", "a"] * 80).dictionary_encode(),
            "unsigned": pa.array([2**64 - 1, 0, 5] * 80, pa.uint64()),
            "binary": pa.array([b"x", b"\xff", None] * 80),
        }
    )
    path = tmp_path / "train.parquet"
    parquet.write_table(table, path)
    found = json.loads((learnt(path) / "constraints.json").read_text())["features"]
    kinds = {one["name"]: one["inferred_type"] for one in found}
    assert kinds == {
        "decimal": "Fractional",
        "category": "String",
        "unsigned": "Integral",
        "binary": "String",
    }
    assert checked(path, learnt(path)).exit_code == 0


def test_a_moment_is_the_same_in_every_zone_of_a_machine(tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    frame(MOMENTS).to_parquet(path)
    found = []
    for zone in ("UTC", "America/New_York"):
        folder = tmp_path / zone.replace("/", "-")
        command = ["-m", "terrace", "baseline", "data-quality", path, "-o", folder]
        subprocess.run([sys.executable, *command], check=True, env=os.environ | {"TZ": zone})
        found.append((folder / "statistics.json").read_text())
    assert found[0] == found[1]
    assert '"2024-01-31 23:30:00"' in found[0]


# Case 03: fg-data-profiling 25.
def test_booleans_are_the_same_in_parquet_csv_and_traffic(tmp_path: Path) -> None:
    data = frame([True, False, True])
    as_parquet, as_csv = tmp_path / "train.parquet", tmp_path / "train.csv"
    data.to_parquet(as_parquet)
    data.to_csv(as_csv, index=False)
    rows = list(zip(data["k"], data["c"], strict=True))
    in_json = [record(f'{{"k": {k}, "c": {json.dumps(c)}}}', "JSON") for k, c in rows]
    capture = [
        written(tmp_path / "json.jsonl", in_json),
        written(tmp_path / "csv.jsonl", [record(f"{k},{c}") for k, c in rows]),
    ]
    for baseline in (learnt(as_parquet), learnt(as_csv)):
        (_, found) = json.loads((baseline / "constraints.json").read_text())["features"]
        assert found["inferred_type"] == "String"
        assert found["string_constraints"]["domains"] == ["true", "false"]
        for window in (as_parquet, as_csv, *capture):
            done = checked(window, baseline)
            assert (done.exit_code, done.checks) == (0, {})


# Case 17: awslabs/deequ 302, 268 and 276.
def test_scientific_notation_is_a_number_with_pandas_mean(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    data = frame([4.805418e-05, 1.2e-3, 7.7e-06])
    data.to_csv(path, index=False)
    (_, found) = json.loads((learnt(path) / "statistics.json").read_text())["features"]
    numbers = found["numerical_statistics"]
    assert numbers["mean"] == pytest.approx(data["c"].mean(), rel=1e-12)
    assert numbers["std_dev"] == pytest.approx(data["c"].std(ddof=0), rel=1e-12)


# Case 18: awslabs/deequ 462.
def test_categories_keep_their_quotes_and_commas(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    data = frame(['say "hi"', "it's", "a,b", "a;b", "100%", "<b>", "two\nlines"])
    data.to_csv(path, index=False)
    data.to_json(tmp_path / "r.json", orient="records", lines=True)
    lines = (tmp_path / "r.json").read_text().splitlines()
    capture = written(tmp_path / "capture.jsonl", [record(line, "JSON") for line in lines])
    assert checked(capture, learnt(path)).checks == {}


# Case 20: awslabs/deequ 607.
def test_a_large_negative_integer_is_seen_in_files_and_traffic(tmp_path: Path) -> None:
    path, window = tmp_path / "train.parquet", tmp_path / "window.parquet"
    data = frame([10**11, 5, 7])
    data.to_parquet(path)
    data.loc[3, "c"] = -99_999_999_999
    data.to_parquet(window)
    lines = [record(f"{k},{v}") for k, v in zip(data["k"], data["c"], strict=True)]
    expected = {("c", "non_negative_check"): 1 / ROWS}
    for found in (window, written(tmp_path / "capture.jsonl", lines)):
        assert checked(found, learnt(path)).checks == expected


# Case 34 b.
def test_the_largest_doubles_have_a_baseline(tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    frame([1.7976931348623157e308, -1.7976931348623157e308, 0.0]).to_parquet(path)
    baseline = learnt(path)
    (_, found) = json.loads((baseline / "statistics.json").read_text())["features"]
    buckets = found["numerical_statistics"]["distribution"]["kll"]["buckets"]
    assert [b["count"] for b in buckets] == [80, 0, 0, 0, 0, 80, 0, 0, 0, 80]
    assert checked(path, baseline).exit_code == 0
