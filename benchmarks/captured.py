"""Profile captured traffic: the monitor of data quality beside json + pandas, on the same files."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.measuring import Row, beside, seconds
from terrace import capture
from terrace.batch import Batch
from terrace.monitor import summarise
from terrace.monitors.data_quality import Baseline, DataQuality, suggest

RECORDS, FEATURES, FILES = 240_000, 30, 6
NAMES = [f"f{position}" for position in range(FEATURES)]


def rows(folder: Path) -> Iterator[Row]:
    """One line."""
    paths, learnt = list(written(folder)), monitor()
    ours = seconds(lambda: profiled(learnt, paths))
    theirs = seconds(lambda: _pandas(paths))
    work = f"data quality of {RECORDS} captured records x {FEATURES}"
    yield beside(work, ours, "json + pandas", theirs)


def written(folder: Path) -> Iterator[Path]:
    """Files of captured records."""
    rng = np.random.default_rng(0)
    for number in range(FILES):
        path = folder / f"{number}.jsonl"
        with path.open("w") as file:
            for row in rng.normal(size=(RECORDS // FILES, FEATURES)).round(6):
                side = {"observedContentType": "text/csv", "mode": "INPUT", "encoding": "CSV"}
                data = side | {"data": ",".join(map(str, row))}
                file.write(json.dumps({"captureData": {"endpointInput": data}}) + "\n")
        yield path


def monitor() -> DataQuality:
    """A monitor whose baseline is a thousand rows."""
    sample = ", ".join(f"random() AS {name}" for name in NAMES)
    drawn = Batch(relation=duckdb.sql(f"SELECT {sample} FROM range(1000)"))  # noqa: S608
    return DataQuality(baseline=Baseline.load(*suggest(drawn)))


def profiled(learnt: DataQuality, paths: list[Path]) -> object:
    """What the monitor finds in the files."""
    batches = capture.read(duckdb.connect(), paths, learnt.layout)
    return learnt.check(summarise(learnt, batches))


def _pandas(paths: list[Path]) -> object:
    found = [
        json.loads(line)["captureData"]["endpointInput"]["data"].split(",")
        for path in paths
        for line in path.open()
    ]
    frame = pd.DataFrame(found, columns=NAMES).astype(float)
    histograms = [np.histogram(frame[name], bins=50) for name in NAMES]
    return frame.describe(), frame.isna().sum(), histograms
