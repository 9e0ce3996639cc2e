"""One record never stops a run and never vanishes."""

import base64
import json
from pathlib import Path

import pytest

from tests.cases.reading import Done, checked, learnt, record, written


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    lines = [f"{number % 7},{'xyz'[number % 3]}" for number in range(150)]
    return learnt(written(tmp_path / "train.csv", ["a,b", *lines]))


GOOD = [record(f"{number % 7},{'xyz'[number % 3]}") for number in range(150)]


def seen(baseline: Path, *lines: str, share: str = "0.5") -> Done:
    path = written(baseline.parent / "capture.jsonl", [*GOOD, *lines])
    return checked(path, baseline, "--max-bad-fraction", share)


def in_json(text: str) -> str:
    return record(f'{{"a": 6, "b": {text}}}', "JSON")


# Case 06: mlflow/mlflow 24123.
def test_half_an_emoji_is_a_row_with_a_sign_in_its_place(baseline: Path) -> None:
    done = seen(baseline, in_json('"cut \\ud83d"'))
    assert (done.records, done.aside) == (151, [])
    assert done.checks == {("b", "categorical_values_check"): 150 / 151}


# Case 07: siem-on-amazon-opensearch-service 338, amazon-mwaa-examples 74.
def test_a_field_of_140000_characters_is_a_row(baseline: Path) -> None:
    done = seen(baseline, record(f'6,"{"long, " * 20_000}"'))
    assert (done.records, done.aside) == (151, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (record("6,x\ry"), "a row has 1 values"),
        (record("[" * 50_000 + "]" * 50_000, "JSON"), "RecursionError"),
        (record(""), "no rows"),
        (record("\n\n"), "no rows"),
        (record("", "JSON"), "no rows"),
        (record("[]", "JSON"), "a row has 0 values"),
        (record('{"instances": []}', "JSON"), "a row has 0 values"),
        (record("{}", "JSON"), "it has nothing"),
        (record("5", "JSON"), "a row has 1 values"),
        (record('{"c": 1}', "JSON"), "none of a, b; it has c"),
        (record("9" * 5000 + "]", "JSON"), "neither JSON"),
        (record("1,2", "CBOR"), "encoding 'CBOR' is unknown"),
        (record("&&", "BASE64"), "no base64"),
        (record(base64.b64encode(b"\xff\xfe\x00").decode(), "BASE64"), "no base64"),
        (record("MSwy", "BASE64", "text/csv; charset=nonsense"), "no base64"),
        ("{", "no JSON"),
        ("\x01", "control character"),
        ("null", "no captured payload"),
        ("[1, 2]", "no captured payload"),
        ("   ", "no JSON"),
        ('{"captureData": {"endpointInput": {"data": "\\ud83d", "encoding": "CSV"}}}', "no JSON"),
        ('{"captureData": {"endpointInput": null}}', "no captured payload"),
    ],
)
def test_what_is_no_row_is_set_aside_with_its_line_and_why(
    baseline: Path, line: str, reason: str
) -> None:
    done = seen(baseline, line)
    assert (done.exit_code, done.records, len(done.aside)) == (0, 150, 1), done.error
    assert done.aside[0]["line"] == 151
    assert reason in done.aside[0]["reason"]


# Case 28.
def test_empty_payloads_are_set_aside_and_too_many_of_them_are_an_error(baseline: Path) -> None:
    done = seen(baseline, *[record("")] * 150, share="0.01")
    assert done.exit_code == 1
    assert "50.0% of the records" in done.error
    assert [one["line"] for one in done.aside] == list(range(151, 301))


@pytest.mark.parametrize(
    "line",
    [
        record(" 6,y "),
        record("\t6 ,\ty"),
        record("6,y\r\n"),
        record("6,y\r"),
        record("6,y\n\n"),
        record('6, "y"'),
        in_json('" y"'),
        record("6,y\r\n", "CSV", "text/csv; charset=utf-8"),
        record(base64.b64encode(b"\xef\xbb\xbf6,y").decode(), "BASE64", "text/csv"),
        record(base64.b64encode("6,y".encode("utf-16")).decode(), "BASE64",
               "text/csv; charset=utf-16"),
        record('\n{"a": 6, "b": "y"}\n', "JSON"),
        record('\ufeff{"a": 6, "b": "y"}'.removeprefix("\ufeff"), "JSON"),
    ],
)  # fmt: skip
def test_spaces_and_line_breaks_at_the_ends_are_no_part_of_a_value(
    baseline: Path, line: str
) -> None:
    done = seen(baseline, line)
    assert (done.exit_code, done.records, done.checks) == (0, 151, {}), done.aside


@pytest.mark.parametrize("sign", ["\x1e", "\x1f", "\x1e1", "\x1f\x1e", "\0", "\x0b", "\x85",
                                  "\u2028", "\u2029", "\n", "\r", "_", "\x1f1\x1f"])  # fmt: skip
def test_a_sign_inside_a_text_divides_no_row(baseline: Path, sign: str) -> None:
    rows = [in_json(json.dumps(f"x{sign}y")), in_json(json.dumps(f"{sign}y"))]
    one = record(f'{{"a": 6, "b": {json.dumps(f"x{sign}y")}}}\n{{"a": 6, "b": "x"}}', "JSON")
    done = seen(baseline, *rows, one)
    assert (done.records, done.aside) == (154, [])
    assert set(done.checks) <= {("b", "categorical_values_check")}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_lines_of_records_end_as_on_any_system(baseline: Path, end: str, mark: str) -> None:
    path = baseline.parent / "capture.jsonl"
    path.write_bytes((mark + end.join([*GOOD, "{", GOOD[0]])).encode())
    done = checked(path, baseline)
    assert (done.records, [one["line"] for one in done.aside]) == (151, [151])


# Case 23: frictionlessdata/frictionless-py 1048.
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"6,x,9", "a row has 3 values; expected 2"),
        (b"6", "a row has 1 values; expected 2"),
        (b"6,\xe9", "no UTF-8"),
        (b'6,"open', "a quote is left open"),
        (b'"6,open', "a row has 1 values"),
        (b"6;x", "a row has 1 values"),
    ],
)
def test_a_row_of_csv_that_is_none_is_set_aside_and_the_others_are_read(
    baseline: Path, row: bytes, reason: str
) -> None:
    path = baseline.parent / "window.csv"
    good = (baseline.parent / "train.csv").read_bytes()
    path.write_bytes(good + row + b"\n" + good.split(b"\n", 1)[1])
    done = checked(path, baseline)
    assert (done.records, [one["line"] for one in done.aside]) == (300, [152]), done.error
    assert reason in done.aside[0]["reason"]


def test_a_column_of_texts_with_semicolons_is_one_column(tmp_path: Path) -> None:
    path = written(tmp_path / "one.csv", ["review", *(f"good; fast {n % 5}" for n in range(50))])
    statistics = json.loads((learnt(path) / "statistics.json").read_text())
    assert statistics["dataset"]["item_count"] == 50
    assert [one["name"] for one in statistics["features"]] == ["review"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa,b\n1,x\n2,y\n",
        "a,b\n1,x\n2,y\n".encode("utf-16"),
        b"a,b\r\n1,x\r\n2,y\r\n",
        b"a,b\r1,x\r2,y\r",
        b"a,b\r\n1,x\n2,y",
        b'"a","b"\n1,"x"\n"2","y"\n',
        b'"a", "b"\n1, "x"\n2, "y"\n',
        b"a, b\n1, x\n\n2, y\n\n",
        b'a,b\n1,"x\n"\n2,y\n',
    ],
)
def test_a_csv_file_is_read_however_it_was_written(tmp_path: Path, content: bytes) -> None:
    plain = tmp_path / "train.csv"
    plain.write_bytes(b"a,b\n1,x\n2,y\n")
    other = tmp_path / "other.csv"
    other.write_bytes(content)
    done = checked(other, learnt(plain))
    assert (done.exit_code, done.records, done.aside, done.checks) == (0, 2, [], {}), done.error


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty (0 bytes)"),
        (b"\n\n", "has no header"),
        (b"a,b,a\n1,2,3\n", "'a' twice"),
        (b"a;b\n1;2\n", "no comma"),
        (b"a,b\n", "no rows"),
        (b"\x1f\x8b\x08\x00\x00\xff\xff", "no UTF-8"),
    ],
)
def test_a_csv_file_that_is_no_table_is_one_message(
    tmp_path: Path, content: bytes, words: str
) -> None:
    from tests.cases.reading import terrace

    path = tmp_path / "train.csv"
    path.write_bytes(content)
    done = terrace("baseline", "data-quality", path, tmp_path / "b")
    assert done.exit_code == 1
    assert words in done.error


def test_files_with_their_columns_in_another_order_are_joined_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    written(folder / "1.csv", ["a,b", "1,x", "2,y"])
    written(folder / "2.csv", ["b,a", "x,1", "y,2"])
    path = written(tmp_path / "train.csv", ["a,b", "1,x", "2,y"])
    done = checked(folder, learnt(path))
    assert (done.records, done.checks) == (4, {})


# Case 27: mlrun/mlrun 7239, tensorflow/data-validation 62.
def test_a_field_that_is_left_out_is_missing_and_a_new_one_is_extra(baseline: Path) -> None:
    done = seen(baseline, *[record('{"a": 5}', "JSON")] * 50)
    assert done.checks == {("b", "completeness_check"): 0.75}
    done = seen(baseline, record('{"a": 6, "b": "x", "c": 1}', "JSON"))
    assert done.checks == {("c", "extra_column_check"): None}
    assert done.exit_code == 2


# Case 14: aws/sagemaker-python-sdk 3277.
def test_a_baseline_with_the_target_first_takes_the_names_of_features(tmp_path: Path) -> None:
    path = written(tmp_path / "train.csv", ["churn,minutes,calls", *["1,20,3", "0,5,1"] * 50])
    capture = written(tmp_path / "capture.jsonl", [record("20,3"), record("5,1")] * 50)
    baseline = learnt(path)
    assert "a row has 2 values; expected 3" in checked(capture, baseline).error
    done = checked(capture, baseline, "--features", "minutes,calls")
    assert set(done.checks) <= {("churn", "missing_column_check")}
