"""The engines on files that are not alike, and on what cannot be read."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from terrace import dataset
from terrace.batch import InvalidData, Layout
from terrace.engines import ENGINES, Asked
from terrace.monitors import MONITORS
from terrace.monitors.data_quality import DataQualityOptions


@pytest.fixture(scope="module")
def frames() -> list[pd.DataFrame]:
    whole = pd.DataFrame({"size": range(40), "share": [n / 8 for n in range(40)], "kind": "a"})
    texts = whole.assign(size=["n/a", *map(str, range(39))])
    return [whole, whole.assign(share=range(40)), texts]


def asked(data: str, baseline: str, layout: Layout | None = None) -> Asked:
    kind, options = MONITORS["data-quality"], DataQualityOptions()
    files = kind.suggest(dataset.whole(baseline), options)
    monitor = kind.load(files, options)
    return Asked(
        data=data,
        layout=layout or monitor.layout,
        labels=None,
        kind=kind,
        files=files,
        options=options,
    )


def found(engine: str, question: Asked) -> tuple[Any, list[Any]]:
    monitor = question.monitor()
    state, aside = monitor.zero(), []
    for part in ENGINES[engine](question):
        state = state + part.state
        aside += [(Path(one.path), one.line, one.reason) for one in part.rejected]
    result = monitor.check(state)
    return (result.records, result.violations_file()), aside


@pytest.fixture(
    params=[pytest.param(e, marks=pytest.mark.peers) if e == "spark" else e for e in ENGINES]
)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    yield request.param


def test_a_column_that_is_text_in_one_file_is_text_in_all(
    engine: str, frames: list[pd.DataFrame], tmp_path: Path
) -> None:
    for place, frame in enumerate(frames):
        frame.to_csv(tmp_path / f"{place}.csv", index=False)
    (records, violations), _ = found(engine, asked(str(tmp_path), str(tmp_path / "0.csv")))
    assert records == 120
    (violation,) = violations["violations"]
    assert (violation["feature_name"], violation["value"]) == ("size", pytest.approx(119 / 120))


def test_what_is_no_record_is_set_aside_with_its_own_file_and_line(
    engine: str, frames: list[pd.DataFrame], tmp_path: Path
) -> None:
    baseline = tmp_path / "baseline.csv"
    frames[0].to_csv(baseline, index=False)
    records = [
        json.dumps({"captureData": {"endpointInput": {"data": f"{n},0.5,a", "encoding": "CSV"}}})
        for n in range(20)
    ]
    captured = tmp_path / "captured [1] {a,b}"
    captured.mkdir()
    for name in ("a", "b"):
        (captured / f"{name}.jsonl").write_text("\n".join([*records, '{"half']))
    (count, _), aside = found(engine, asked(str(captured), str(baseline)))
    assert count == 40
    assert sorted((path, line) for path, line, _ in aside) == [
        (captured / "a.jsonl", 21), (captured / "b.jsonl", 21),
    ]  # fmt: skip


def test_a_file_that_cannot_be_read_is_named(
    engine: str, frames: list[pd.DataFrame], tmp_path: Path
) -> None:
    frames[0].to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "b.csv").touch()
    with pytest.raises(InvalidData, match=r"b\.csv: .*empty"):
        found(engine, asked(str(tmp_path), str(tmp_path / "a.csv")))
