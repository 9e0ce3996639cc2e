"""Two mills for a demonstration: what each learns from, its normal traffic and its drifted one.

`scenario.json` names the experiments. `python -m toolwear.scenario FOLDER` writes, for each mill,
`training.parquet`, and for `normal` and `drifted` traffic a `.csv` of endpoint rows without a
header and a `-labels.csv` with the true label of the row on the same line. Normal traffic is held
back from training: the model has not seen these very rows.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from toolwear.columns import EXPERIMENT, FEATURES, LABEL, LAYERS, PROCESS
from toolwear.data import csv_lines, read_frame

HERE = Path(__file__).resolve().parent.parent
DATA = HERE / "data" / "cnc_mill_tool_wear.parquet"
LIVE_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class Mill:
    """One tenant's mill: experiments to learn from, and experiments run with other settings."""

    name: str
    training: tuple[int, ...]
    drifted: tuple[int, ...]
    story: str


@dataclass(frozen=True, kw_only=True)
class Share:
    """A mill's rows, with all columns of the source file."""

    training: pd.DataFrame
    normal: pd.DataFrame
    drifted: pd.DataFrame


def read_mills(path: Path = HERE / "scenario.json") -> dict[str, Mill]:
    """Read the mills of `scenario.json` by name."""
    found = json.loads(path.read_text("utf-8"))
    return {
        name: Mill(
            name=name,
            training=tuple(mill["training"]),
            drifted=tuple(mill["drifted"]),
            story=mill["story"],
        )
        for name, mill in found.items()
    }


def share(frame: pd.DataFrame, mill: Mill, *, rows: int = LIVE_ROWS, seed: int = 0) -> Share:
    """Draw `rows` normal and `rows` drifted layer rows at random; the rest of its runs trains."""
    own = frame[frame[EXPERIMENT].isin(mill.training)]
    other = frame[frame[EXPERIMENT].isin(mill.drifted)]
    normal = _draw(own, rows, seed)
    return Share(
        training=own.drop(index=normal.index).reset_index(drop=True),
        normal=normal.reset_index(drop=True),
        drifted=_draw(other, rows, seed).reset_index(drop=True),
    )


def _draw(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    layers = frame[frame[PROCESS].isin(LAYERS)]
    # Shuffled, so that each request is a random sample and not a stretch of one experiment.
    index = np.random.default_rng(seed).permutation(layers.index.to_numpy())[:rows]
    return layers.loc[index]


def write_share(folder: Path, part: Share) -> None:
    """Write a mill's training file, its traffic and the labels that arrive later."""
    folder.mkdir(parents=True, exist_ok=True)
    part.training.to_parquet(folder / "training.parquet", index=False)
    for name, rows in (("normal", part.normal), ("drifted", part.drifted)):
        features = rows[list(FEATURES)].to_numpy(dtype=object).tolist()
        _write(folder / f"{name}.csv", csv_lines(features))
        _write(folder / f"{name}-labels.csv", rows[LABEL].tolist())


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def main() -> None:
    """Write every mill's files."""
    parser = argparse.ArgumentParser(prog="python -m toolwear.scenario", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write; one folder a mill")
    parser.add_argument("--rows", type=int, default=LIVE_ROWS, help="rows of each traffic (500)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    frame = read_frame(DATA)
    for name, mill in read_mills().items():
        write_share(given.folder / name, share(frame, mill, rows=given.rows, seed=given.seed))
        print(f"{given.folder / name}: {mill.story}")


if __name__ == "__main__":
    main()
