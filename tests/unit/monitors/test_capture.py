"""Real captured records as rows, and what is no row set aside."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from terrace import capture, ground_truth
from terrace.batch import Batch, Layout

DATA = Path(__file__).parents[2] / "data" / "data_capture"


def read(path: Path, width: int) -> tuple[list[Any], list[tuple[int, str]]]:
    layout = Layout(features=tuple(f"f{i}" for i in range(width)))
    return taken(capture.read(duckdb.connect(), [path], layout))


def taken(batches: Iterator[Batch]) -> tuple[list[Any], list[tuple[int, str]]]:
    """The rows, and the line and reason of what was set aside; each batch is used as it comes."""
    found: list[Any] = []
    rejected: list[tuple[int, str]] = []
    for batch in batches:
        found += batch.relation.fetchall()
        rejected += [(r.line, r.reason) for r in batch.rejected]
    return found, rejected


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
    layout = Layout(features=("Day Calls", "Account Length"))
    assert taken(capture.read(duckdb.connect(), [path], layout)) == ([("2", "134")], [])


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
    assert reasons[2] == "request: a row has 3 values; expected 2"
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
    layout = Layout(features=("a", "b"))
    assert taken(capture.read(connection, [first], layout)) == ([("1", "2")], [])
    assert taken(capture.read(connection, [second], layout)) == ([], [])


def whole(
    data: str, output: str, event_id: str, truth: str | None = None, encoding: str = "CSV"
) -> str:
    found: dict[str, Any] = {
        "captureData": {
            "endpointInput": {"data": data, "encoding": "CSV"},
            "endpointOutput": {"data": output, "encoding": encoding},
        },
        "eventMetadata": {"eventId": event_id},
    }
    if truth is not None:
        found["groundTruthData"] = {"data": truth, "encoding": "CSV"}
    return json.dumps(found)


LABELLED = Layout(features=("a", "b"), outputs=("predicted", "score"), label="y")


def test_requests_responses_and_merged_labels_are_one_row(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(
        "\n".join(
            [
                whole("1,2", "1,0.9", "x", "0"),
                whole("3,4\n5,6", "0,0.1\n1,0.8", "y", "1\n0"),
                whole("7,8", '{"score": 0.7, "predicted": 1}', "z", encoding="JSON"),
                whole("7,8\n9,9", "1,0.5", "w"),
            ]
        )
    )
    rows, rejected = taken(capture.read(duckdb.connect(), [path], LABELLED))
    assert rows == [
        ("1", "2", "1", "0.9", "0"),
        ("3", "4", "0", "0.1", "1"),
        ("5", "6", "1", "0.8", "0"),
        ("7", "8", "1", "0.7", None),
    ]
    assert rejected == [
        (4, "got rows: 2 in the request and 1 in the response; expected as many in each")
    ]


def labels(*told: tuple[str, str]) -> str:
    return "\n".join(
        json.dumps(
            {"groundTruthData": {"data": data, "encoding": "CSV"}, "eventMetadata": {"eventId": of}}
        )
        for of, data in told
    )


def test_labels_that_come_later_are_joined_and_the_last_one_counts(tmp_path: Path) -> None:
    path, first, second = (tmp_path / f"{name}.jsonl" for name in "abc")
    captured = json.loads(whole("3,4", "0,0.1", "event"))
    captured["eventMetadata"]["inferenceId"] = "mine"
    path.write_text(
        "\n".join([whole("1,2", "1,0.9", "x"), json.dumps(captured), whole("5,6", "0,0", "late")])
    )
    first.write_text(labels(("unknown", "1"), ("mine", "1"), ("x", "0")))
    second.write_text(labels(("x", "1")) + '\n{"eventMetadata": {}}\n')
    connection = duckdb.connect()
    rejected = ground_truth.load(connection, [first, second])
    assert [(r.path, r.line) for r in rejected] == [(str(second), 2)]
    rows, _ = taken(capture.read(connection, [path], LABELLED, ground_truth.TABLE))
    assert sorted(row[0] + str(row[-1]) for row in rows) == ["11", "31", "5None"]


def test_lines_of_another_encoding_are_set_aside_with_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    bad = record("caf\xe9,2").encode("latin-1").replace(b"\\u00e9", b"\xe9")
    path.write_bytes(b"\n".join([record("1,2").encode(), bad, b"", b"{", record("3,4").encode()]))
    rows, rejected = read(path, 2)
    assert rows == [("1", "2"), ("3", "4")]
    assert [line for line, _ in rejected] == [2, 4]
    assert "no UTF-8" in rejected[0][1]


def test_spaces_around_values_and_carriage_returns_are_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(record("1, a b\r\n3 ,c\r\n") + "\n")
    assert read(path, 2) == ([("1", "a b"), ("3", "c")], [])
