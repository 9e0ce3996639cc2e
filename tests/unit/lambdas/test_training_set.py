import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lambdas.validate.reading import InvalidTrainingData, TrainingFile
from lambdas.validate.training_set import checked_rows

GOOD = "speed,tool_condition\n1.5,worn\n2.5,unworn\n"


def file(tmp_path: Path, content: str | bytes, name: str = "set.csv") -> TrainingFile:
    path = tmp_path / "training-set"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return TrainingFile(path=path, uri=f"s3://bucket/tool-wear/training/data/{name}")


def parquet(tmp_path: Path, columns: list[tuple[str, list[object]]]) -> bytes:
    names = [name for name, _ in columns]
    arrays = [pa.array(values) for _, values in columns]
    pq.write_table(pa.Table.from_arrays(arrays, names=names), tmp_path / "made.parquet")
    return (tmp_path / "made.parquet").read_bytes()


def refusal(given: TrainingFile, label: str = "tool_condition") -> str:
    with pytest.raises(InvalidTrainingData) as caught:
        checked_rows(given, label)
    message = str(caught.value)
    assert given.uri in message
    assert "expected" in message
    assert str(given.path) not in message
    return message


def test_the_rows_of_a_good_csv_are_counted(tmp_path: Path) -> None:
    assert checked_rows(file(tmp_path, GOOD), "tool_condition") == 2


def test_the_rows_of_a_good_parquet_are_counted(tmp_path: Path) -> None:
    content = parquet(tmp_path, [("speed", [1.0, 2.0, 3.0]), ("y", [0, 1, 1])])
    assert checked_rows(file(tmp_path, content, "SET.PARQUET"), "y") == 3


def test_a_nested_column_does_not_hide_the_label_after_it(tmp_path: Path) -> None:
    content = parquet(tmp_path, [("point", [{"y": 1, "z": 2}, {"y": 3, "z": 4}]), ("y", [0, 1])])
    assert checked_rows(file(tmp_path, content, "set.parquet"), "y") == 2


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    content = "\ufefftool_condition,speed\nworn,1\nunworn,2\n"
    assert checked_rows(file(tmp_path, content), "tool_condition") == 2


def test_quotes_around_a_comma_or_a_line_break_are_no_damage(tmp_path: Path) -> None:
    content = 'note,tool_condition\n"a, b\nc ""d""",worn\nx,unworn\n'
    assert checked_rows(file(tmp_path, content), "tool_condition") == 2


def test_a_label_with_a_quote_in_its_name_is_found(tmp_path: Path) -> None:
    content = 'speed,"a ""b"""\n1,x\n2,y\n'
    assert checked_rows(file(tmp_path, content), 'a "b"') == 2


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "empty (0 bytes)" in refusal(file(tmp_path, ""))


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    assert "no row" in refusal(file(tmp_path, "speed,tool_condition\n"))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    message = refusal(file(tmp_path, GOOD, "set.xlsx"))
    assert "'.xlsx'" in message
    assert ".parquet, .csv" in message


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.95])
def test_a_truncated_parquet_is_refused(tmp_path: Path, kept: float) -> None:
    content = parquet(tmp_path, [("speed", list(range(5000))), ("y", [0, 1] * 2500)])
    message = refusal(file(tmp_path, content[: int(len(content) * kept)], "set.parquet"), "y")
    assert "cannot be read as parquet" in message


def test_a_parquet_damaged_in_its_middle_is_refused(tmp_path: Path) -> None:
    content = bytearray(
        parquet(tmp_path, [("speed", [f"{n * 7919}" for n in range(9000)]), ("y", [0, 1] * 4500)])
    )
    content[100:4000] = b"\xff" * 3900
    message = refusal(file(tmp_path, bytes(content), "set.parquet"), "y")
    assert "cannot be read as parquet" in message


def test_a_csv_called_parquet_is_refused(tmp_path: Path) -> None:
    assert "cannot be read as parquet" in refusal(file(tmp_path, GOOD, "set.parquet"))


def test_a_csv_cut_in_the_middle_of_a_line_is_refused_with_the_line(tmp_path: Path) -> None:
    message = refusal(file(tmp_path, GOOD + "3.5"))
    assert "Line: 4" in message


def test_a_csv_in_another_encoding_is_refused(tmp_path: Path) -> None:
    message = refusal(file(tmp_path, b"speed,tool_condition\n\xff\xfe,worn\n1,unworn\n"))
    assert "cannot be read as csv" in message


def test_a_missing_label_column_is_told_with_the_columns_there_are(tmp_path: Path) -> None:
    message = refusal(file(tmp_path, GOOD), "condition")
    assert "no label column 'condition'" in message
    assert "'speed', 'tool_condition'" in message


def test_a_label_of_another_case_is_not_the_label(tmp_path: Path) -> None:
    assert "no label column" in refusal(file(tmp_path, GOOD), "Tool_Condition")


@pytest.mark.parametrize("header", ["speed,speed,tool_condition", "Speed,speed,tool_condition"])
def test_a_repeated_column_is_refused(tmp_path: Path, header: str) -> None:
    message = refusal(file(tmp_path, f"{header}\n1,2,worn\n3,4,unworn\n"))
    assert "more than once" in message


def test_a_repeated_column_of_a_parquet_is_refused(tmp_path: Path) -> None:
    content = parquet(tmp_path, [("speed", [1, 2]), ("speed", [3, 4]), ("y", [0, 1])])
    assert "'speed', 'speed'" in refusal(file(tmp_path, content, "set.parquet"), "y")


@pytest.mark.parametrize("blank", ["", " ", "NaN"])
def test_a_row_without_a_label_is_refused(tmp_path: Path, blank: str) -> None:
    assert "1 rows have no label" in refusal(file(tmp_path, f"{GOOD}3.5,{blank}\n"))


@pytest.mark.parametrize("blank", [None, math.nan])
def test_a_parquet_row_without_a_label_is_refused(tmp_path: Path, blank: float | None) -> None:
    content = parquet(tmp_path, [("speed", [1, 2, 3]), ("y", [0.0, 1.0, blank])])
    assert "1 rows have no label" in refusal(file(tmp_path, content, "set.parquet"), "y")


def test_one_class_alone_is_refused(tmp_path: Path) -> None:
    message = refusal(file(tmp_path, "speed,tool_condition\n1,worn\n2,worn\n"))
    assert "one class, 'worn'" in message
