"""The differences between two versions' answers, by kind."""

import json

import pytest

from terrace.differential import UnreadableRecord, compared, exchanges


def line(request: str, answer: str) -> bytes:
    sides = {"endpointInput": {"data": request}, "endpointOutput": {"data": answer}}
    return json.dumps({"captureData": sides}).encode()


def test_each_request_counts_once_under_its_worst_difference() -> None:
    running = {
        "same": "worn,0.9\n",
        "score": "worn,0.9\n",
        "class": "worn,0.9\n",
        "rows": "worn,0.9\n",
        "nobody": "worn,0.9\n",
    }
    candidate = {
        "same": "worn,0.9000000001",
        "score": "worn,0.8",
        "class": "unworn,0.4",
        "rows": "worn,0.9\nworn,0.9\n",
        "other": "worn,1.0",
    }
    found = compared(running, candidate)
    assert (found.requests, found.unanswered, found.decisions, found.shapes, found.numbers) == (
        5, 1, 1, 1, 1,
    )  # fmt: skip
    assert found.largest == pytest.approx(0.1)
    assert found.share("decisions", "shapes") == pytest.approx(0.4)
    assert "5 requests 1 unanswered, 1 decided otherwise" in str(found)


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ('{"predictions": [{"s": 1}]}', '{"predictions": [{"s": 1.0}]}', ""),
        ('{"predictions": [{"label": "a"}]}', '{"predictions": [{"label": "b"}]}', "decisions"),
        ('{"predictions": [1, 2]}', '{"predictions": [1]}', "shapes"),
        ("1\n2\n", "1\n3\n", "numbers"),
        ("nan", "nan", ""),
    ],
)
def test_answers_of_every_form_are_compared(one: str, other: str, kind: str) -> None:
    found = compared({"r": one}, {"r": other})
    kinds = [k for k in ("decisions", "shapes", "numbers") if getattr(found, k)]
    assert kinds == ([kind] if kind else [])


def test_no_request_is_no_difference() -> None:
    assert compared({}, {"a": "b"}).share("unanswered") == 0


def test_captured_records_are_read_by_their_requests() -> None:
    lines = [line("a", "1"), b"\n", line("b", "2"), line("a", "3")]
    assert exchanges(lines) == {"a": "3", "b": "2"}
    with pytest.raises(UnreadableRecord, match="is no captured record"):
        exchanges([b"{}"])
