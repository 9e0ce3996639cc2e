"""Requests that are images."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from terrace.capture.images import image
from tests.cases.reading import checked, exchange, learnt, record, terrace, written


# Case 33: host-yolov8-on-sagemaker-endpoint 7.
def test_images_have_classes_and_no_columns(tmp_path: Path) -> None:
    image = {"data": "/9j/4AAQ", "encoding": "BASE64", "observedContentType": "image/jpeg"}
    labels = ["cat", "dog"] * 20
    path = written(tmp_path / "held_out.csv", ["y,class", *(f"{y},{y}" for y in labels)])
    lines = []
    for label in labels:
        found = json.loads(exchange("", label, label))
        found["captureData"]["endpointInput"] = image
        lines.append(json.dumps(found))
    capture = written(tmp_path / "capture.jsonl", lines)
    told = ("--problem", "multiclass", "--label", "y", "--predicted", "class")
    baseline = learnt(path, *told, kind="model-quality")
    assert checked(capture, baseline, kind="model-quality").exit_code == 0
    done = terrace("baseline", "data-quality", capture, tmp_path / "b")
    assert "no captured records there" in done.error


def png(width: int, height: int, more: int) -> bytes:
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + header + bytes(more)


def jpeg(width: int, height: int, more: int) -> bytes:
    frame = b"\xff\xff\xc2\x00\x11\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big")
    # A comment that has what looks like a frame's header within.
    comment = b"\xff\xfe\x00\x0c" + b"\xff\xc0\x00\x11\x08\x00\x01\x00\x01\x00"
    return b"\xff\xd8\xff\xe0\x00\x04ab" + comment + frame + bytes(more)


def test_images_have_a_width_a_height_and_a_size(tmp_path: Path) -> None:
    def captured(name: str, images: list[bytes], content_type: str) -> Path:
        coded = [base64.b64encode(one).decode() for one in images]
        return written(tmp_path / name, [record(one, "BASE64", content_type) for one in coded])

    usual = [(600 + number % 50, 400 + number % 7, number) for number in range(200)]
    train = captured("train.jsonl", [png(*one) for one in usual], "image/png")
    baseline = learnt(train)
    found = json.loads((baseline / "statistics.json").read_text())["features"]
    assert [one["name"] for one in found] == ["width", "height", "size_bytes"]
    assert found[0]["numerical_statistics"]["mean"] == np.mean([width for width, *_ in usual])
    same = captured("same.jsonl", [jpeg(*one) for one in usual], "application/octet-stream")
    assert {name for name, _ in checked(same, baseline).checks} <= {"size_bytes"}
    small = captured("small.jsonl", [jpeg(w // 10, h, m) for w, h, m in usual], "image/jpeg")
    assert ("width", "baseline_drift_check") in checked(small, baseline).checks
    broken = captured("broken.jsonl", [*(png(*one) for one in usual), b"GIF89a"], "image/gif")
    done = checked(broken, baseline)
    assert (done.records, [one["line"] for one in done.aside]) == (200, [201])
    assert "expected a PNG or a JPEG image" in done.aside[0]["reason"]


@pytest.mark.parametrize("content", [jpeg(7, 5, 0), png(7, 5, 8)])
def test_an_image_that_is_cut_is_an_image_or_an_error(content: bytes) -> None:
    for length in range(len(content)):
        try:
            found = image(base64.b64encode(content[:length]).decode())
        except ValueError:
            continue
        assert (found.width, found.height, found.size_bytes) == (7, 5, length)
    assert image(base64.b64encode(content).decode()).width == 7
