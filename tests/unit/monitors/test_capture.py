"""Real captured records as rows, and what is no row set aside."""

import base64
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from terrace import capture

DATA = Path(__file__).parents[2] / "data" / "data_capture"


def read(path: Path, width: int) -> tuple[list[Any], list[tuple[int, str]]]:
    batch = capture.read(duckdb.connect(), path, [f"f{i}" for i in range(width)])
    return batch.relation.fetchall(), [(r.line, r.reason) for r in batch.rejected]


@pytest.mark.parametrize(
    ("name", "width", "count", "first"),
    [
        ("01_csv_churn_endpoint", 69, 3, "132"),
        ("02_json_linear_learner_endpoint", 14, 3, "28"),
        ("03_jsonlines_endpoint", 14, 3, "28"),
        ("09_csv_in_json_out_issue2785", 3, 1, "0.5629733055182888"),
    ],
)
def test_real_records_of_each_kind_become_rows(
    name: str, width: int, count: int, first: str
) -> None:
    rows, rejected = read(DATA / f"{name}.jsonl", width)
    assert (len(rows), rows[0][0], rejected) == (count, first, [])


def test_a_payload_with_names_is_read_by_name_in_the_baselines_order() -> None:
    path = DATA / "10_json_with_customAttributes.jsonl"
    batch = capture.read(duckdb.connect(), path, ["Day Calls", "Account Length"])
    assert batch.relation.fetchall() == [("2", "134")]


def record(data: str, encoding: str = "CSV", content_type: str = "text/csv") -> str:
    side = {"observedContentType": content_type, "mode": "INPUT", "data": data}
    return json.dumps({"captureData": {"endpointInput": side | {"encoding": encoding}}})


def test_several_rows_in_one_request_are_several_rows(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(record("1,2\n3,4\n") + "\n")
    assert read(path, 2) == ([("1", "2"), ("3", "4")], [])


def test_quoted_values_keep_their_commas(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(record('"a,b",2') + "\n")
    assert read(path, 2) == ([("a,b", "2")], [])


def test_base64_payloads_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(record(base64.b64encode(b"1,2").decode(), "BASE64") + "\n")
    assert read(path, 2) == ([("1", "2")], [])


def test_what_is_no_row_is_set_aside_with_its_line_and_why(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    lines = [record("1,2"), record("1,2,3"), record("x", "JSON"), '{"half": "writ']
    path.write_text("\n".join(lines))
    rows, rejected = read(path, 2)
    assert rows == [("1", "2")]
    assert sorted(line for line, _ in rejected) == [2, 3, 4]
    reasons = dict(rejected)
    assert reasons[2] == "a row has 3 values; expected 2"
    assert reasons[4] == "the line is no JSON"


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.touch()
    assert read(path, 2) == ([], [])


def test_a_file_after_another_holds_its_own_rows_alone(tmp_path: Path) -> None:
    connection = duckdb.connect()
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    first.write_text(record("1,2") + "\n")
    second.touch()
    assert capture.read(connection, first, ["a", "b"]).relation.fetchall() == [("1", "2")]
    assert capture.read(connection, second, ["a", "b"]).relation.fetchall() == []
