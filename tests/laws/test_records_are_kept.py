"""The law: records read are rows observed and records set aside, whatever bytes there are."""

import base64
import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terrace import capture, dataset, ground_truth
from terrace.batch import Batch, InvalidData, Layout, Rejected

CONNECTION = duckdb.connect()
LAYOUT = Layout(features=("a", "b"))
WHOLE = Layout(features=("a", "b"), outputs=("p",), label="y")
some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Signs that mean something to one of those who read them.
signs = st.sampled_from(list('",;_\\{}[]:\n\r\t \x00\x01\x1e\x1f\x0b\x0c\x85\u2028\ufeff\ud83d'))
texts = st.text(st.one_of(signs, st.characters()), max_size=20)
no_surrogates = st.text(
    st.one_of(signs.filter(lambda sign: sign != "\ud83d"), st.characters(codec="utf-8")),
    max_size=20,
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
documents = st.one_of(
    values,
    st.fixed_dictionaries({"a": values, "b": values}),
    st.dictionaries(
        st.sampled_from(["instances", "inputs", "features", "data", "columns", "predictions",
                         "dataframe_split", "name", "shape", "a", "b"]),
        values, max_size=4,
    ),
)  # fmt: skip
payloads = st.one_of(
    texts, documents.map(json.dumps), st.tuples(texts, texts).map(",".join), st.binary(max_size=20)
)


@st.composite
def sides(draw: st.DrawFn) -> dict[str, Any]:
    data = draw(payloads)
    if isinstance(data, bytes):
        data = base64.b64encode(data).decode()
    return {
        "data": data,
        "encoding": draw(st.sampled_from(["CSV", "JSON", "BASE64", "NONE"])),
        "observedContentType": draw(st.sampled_from(["", "application/json", "text/csv"])),
    }


@st.composite
def records(draw: st.DrawFn) -> str:
    found: dict[str, Any] = {
        "captureData": {"endpointInput": draw(sides()), "endpointOutput": draw(sides())}
    }
    if draw(st.booleans()):
        found["groundTruthData"] = draw(sides())
    found["eventMetadata"] = {"eventId": draw(texts)}
    return json.dumps(found)


lines = st.one_of(records().map(str.encode), st.binary(max_size=40), no_surrogates.map(str.encode))


def read(content: bytes, layout: Layout) -> tuple[int, list[Rejected]]:
    """How many rows there are, and what was set aside."""
    rows, rejected = 0, []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture.jsonl"
        path.write_bytes(content)
        for batch in capture.read(CONNECTION, [path], layout):
            rows += len(batch.relation.fetchall())
            rejected += batch.rejected
    return rows, rejected


def lines_in(content: bytes) -> set[int]:
    """The numbers of the lines that hold something."""
    text = content.removeprefix(b"\xef\xbb\xbf").decode(errors="surrogateescape")
    found = io.StringIO(text, newline=None)
    return {number for number, line in enumerate(found, start=1) if line.rstrip("\n")}


@some
@given(found=st.lists(lines, max_size=5), layout=st.sampled_from([LAYOUT, WHOLE]))
def test_a_line_is_a_row_at_least_or_set_aside(found: list[bytes], layout: Layout) -> None:
    content = b"\n".join(found)
    rows, rejected = read(content, layout)
    aside = [one.line for one in rejected]
    assert len(aside) == len(set(aside))
    assert set(aside) <= lines_in(content)
    assert rows >= len(lines_in(content)) - len(aside)
    json.dumps([one.text for one in rejected]).encode()


@some
@given(found=st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_texts_of_json_are_the_texts_that_were_sent(found: list[tuple[str, str]]) -> None:
    sent = [json.dumps({"a": f"|{a}|", "b": f"|{b}|"}) for a, b in found]
    content = "\n".join(
        json.dumps({"captureData": {"endpointInput": {"data": one, "encoding": "JSON"}}})
        for one in sent
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture.jsonl"
        path.write_text(content)
        rows = [
            row
            for batch in capture.read(CONNECTION, [path], LAYOUT)
            for row in batch.relation.fetchall()
        ]
    expected = [tuple(f"|{_whole(text)}|" for text in pair) for pair in found]
    assert sorted(rows) == sorted(expected)


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@some
@given(content=st.one_of(st.binary(max_size=60), no_surrogates.map(str.encode)))
def test_a_record_of_csv_is_a_row_or_set_aside(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(b"a,b\n" + content + b"\n7,seven\n")
        try:
            (batch,) = dataset.batches(str(path))
        except InvalidData:
            return
        rows = batch.relation.fetchall()
    assert ("7", "seven") in rows
    filled = {number for number in lines_in(b"a,b\n" + content + b"\n7,seven\n") if number > 1}
    aside = {one.line for one in batch.rejected}
    assert len(aside) == len(batch.rejected)
    assert aside <= filled
    breaks = sum((value or "").count(sign) for row in rows for value in row for sign in "\r\n")
    assert len(rows) + len(aside) + breaks >= len(filled) - _trimmed(content)


def _trimmed(content: bytes) -> int:
    """Line breaks inside of quotes at the ends of values, which are no part of these."""
    return content.count(b"\n") + content.count(b"\r") if b'"' in content else 0


@some
@given(found=st.lists(st.tuples(no_surrogates, no_surrogates), min_size=1, max_size=6))
def test_texts_of_csv_are_the_texts_that_were_written(found: list[tuple[str, str]]) -> None:
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows((f"|{a}|", f"|{b}|") for a, b in found)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(b"a,b\n" + target.getvalue().encode())
        (batch,) = dataset.batches(str(path))
        rows = batch.relation.fetchall()
    assert (rows, batch.rejected) == ([(f"|{a}|", f"|{b}|") for a, b in found], ())


@some
@given(found=st.lists(lines, max_size=5))
def test_a_line_of_ground_truth_is_a_label_or_set_aside(found: list[bytes]) -> None:
    content = b"\n".join(found)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.jsonl"
        path.write_bytes(content)
        rejected = ground_truth.load(CONNECTION, [path])
    assert {one.line for one in rejected} <= lines_in(content)


@some
@given(names=st.lists(st.text(st.characters(codec="utf-8"), max_size=8), min_size=1, unique=True))
def test_columns_have_the_names_that_they_have(names: list[str]) -> None:
    sides = {"data": json.dumps(dict.fromkeys(names, "x")), "encoding": "JSON"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "capture.jsonl"
        path.write_text(json.dumps({"captureData": {"endpointInput": sides}}))
        *_, batch = capture.read(CONNECTION, [path], Layout(features=tuple(names)))
        assert list(batch.columns) == names
        assert batch.relation.fetchall() == [("x",) * len(names)]
    assert list(Batch(relation=batch.relation).columns) == names
