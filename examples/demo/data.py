"""The demo's rows: what each mill trains on, and the traffic that its endpoint gets."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

EXAMPLE = Path(__file__).parents[1] / "cnc-mill"
ADULT = Path(__file__).parents[1] / "adult-income" / "data" / "adult.parquet"
PEOPLE = 12_000


def write(folder: Path) -> dict[str, Path]:
    """Writes each mill's files; the folder of each, by the name of the tenant."""
    subprocess.run(
        [sys.executable, "-m", "toolwear.scenario", str(folder.resolve())],
        cwd=EXAMPLE,
        check=True,
        capture_output=True,
    )
    mills = {f"{path.name}-mill": path for path in folder.iterdir() if path.is_dir()}
    return mills | {"workshop": mills["south-mill"]}  # which mills as the south does


def people(folder: Path) -> Path:
    """Writes a training set of the census: some of its people, always the same."""
    path = folder / "people.parquet"
    pd.read_parquet(ADULT).sample(PEOPLE, random_state=1).to_parquet(path, index=False)
    return path


def requests(mill: Path, traffic: str, rows_each: int = 5) -> Iterator[str]:
    """The bodies of `normal` or `drifted` requests: a few rows of CSV each."""
    rows = (mill / f"{traffic}.csv").read_text().splitlines(keepends=True)
    for first in range(0, len(rows), rows_each):
        yield "".join(rows[first : first + rows_each])


def labels(mill: Path, traffic: str, rows_each: int = 5) -> Iterator[tuple[str, str]]:
    """The inference id of each row's request, and the label that becomes known later."""
    for place, label in enumerate((mill / f"{traffic}-labels.csv").read_text().splitlines()):
        yield inference_id(traffic, place // rows_each), label


def inference_id(traffic: str, request: int) -> str:
    """What a request is called, so that its labels find it."""
    return f"{traffic}-{request}"
