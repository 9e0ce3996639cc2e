"""Profile captured traffic: Terrace's monitor beside json + pandas, on the same files."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from terrace import capture
from terrace.batch import Batch
from terrace.monitor import summarise
from terrace.monitors.data_quality import Baseline, DataQuality, suggest

RECORDS, FEATURES, FILES, RUNS = 240_000, 30, 6, 3
NAMES = [f"f{position}" for position in range(FEATURES)]


def main() -> None:
    """Prints one table: seconds of each, and the ratio of their medians."""
    with tempfile.TemporaryDirectory() as folder:
        paths = list(_written(Path(folder)))
        monitor = _monitor()
        ours, theirs = _seconds(lambda: _ours(monitor, paths)), _seconds(lambda: _pandas(paths))
    table = Table(title=f"{RECORDS} captured records x {FEATURES} features, {RUNS} runs, medians")
    for column in ("work", "terrace", "json + pandas", "ratio"):
        table.add_column(column)
    table.add_row("profile", f"{ours:.2f} s", f"{theirs:.2f} s", f"{theirs / ours:.1f} x faster")
    Console().print(table)


def _written(folder: Path) -> Iterator[Path]:
    rng = np.random.default_rng(0)
    for number in range(FILES):
        path = folder / f"{number}.jsonl"
        rows = rng.normal(size=(RECORDS // FILES, FEATURES)).round(6)
        with path.open("w") as file:
            for row in rows:
                side = {"observedContentType": "text/csv", "mode": "INPUT", "encoding": "CSV"}
                data = side | {"data": ",".join(map(str, row))}
                file.write(json.dumps({"captureData": {"endpointInput": data}}) + "\n")
        yield path


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _monitor() -> DataQuality:
    sample = ", ".join(f"random() AS {name}" for name in NAMES)
    drawn = Batch(relation=duckdb.sql(f"SELECT {sample} FROM range(1000)"))  # noqa: S608
    return DataQuality(baseline=Baseline.load(*suggest(drawn)))


def _ours(monitor: DataQuality, paths: list[Path]) -> object:
    batches = capture.read(duckdb.connect(), paths, monitor.layout)
    return monitor.check(summarise(monitor, batches))


def _pandas(paths: list[Path]) -> object:
    rows = [
        json.loads(line)["captureData"]["endpointInput"]["data"].split(",")
        for path in paths
        for line in path.open()
    ]
    frame = pd.DataFrame(rows, columns=NAMES).astype(float)
    histograms = [np.histogram(frame[name], bins=50) for name in NAMES]
    return frame.describe(), frame.isna().sum(), histograms


if __name__ == "__main__":
    main()
