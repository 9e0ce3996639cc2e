"""Measure how far the scenario's traffic is from what a mill learned from: the README's table.

The distance is the largest difference of two cumulative distributions (of two shares, for the
machining process), less 1.8 * sqrt((n + m) / (n * m)) for what chance alone explains between
samples of n and m rows. `python -m toolwear.drift` prints the table; it takes about a minute.
"""

from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolwear import metrics, model
from toolwear.columns import FEATURES, LABEL, LAYERS, NUMBERS, PROCESS
from toolwear.data import prepare, read_frame
from toolwear.parameters import Parameters
from toolwear.scenario import DATA, Mill, read_mills, share
from toolwear.scoring import decide

THRESHOLD = 0.1
SIZES = (100, 200, 500)
DRAWS = 20


def distances(baseline: pd.DataFrame, traffic: pd.DataFrame) -> dict[str, float]:
    """Return each feature's corrected distance between two sets of rows."""
    n, m = len(baseline), len(traffic)
    chance = 1.8 * sqrt((n + m) / (n * m))
    found = {
        name: _numeric(baseline[name].to_numpy(float), traffic[name].to_numpy(float))
        for name in NUMBERS
    }
    found[PROCESS] = _categorical(baseline[PROCESS], traffic[PROCESS])
    return {name: max(0.0, distance - chance) for name, distance in found.items()}


def _numeric(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    grid = np.union1d(left, right)
    cumulative = [np.searchsorted(np.sort(v), grid, "right") / len(v) for v in (left, right)]
    return float(np.abs(cumulative[0] - cumulative[1]).max())


def _categorical(left: "pd.Series[str]", right: "pd.Series[str]") -> float:
    shares = [values.value_counts(normalize=True) for values in (left, right)]
    return float(shares[0].sub(shares[1], fill_value=0).abs().max())


def violated(baseline: pd.DataFrame, traffic: pd.DataFrame) -> list[str]:
    """Return the features whose distance passes the threshold, the farthest first."""
    found = distances(baseline, traffic)
    return sorted((n for n in FEATURES if found[n] > THRESHOLD), key=lambda n: -found[n])


def lines(frame: pd.DataFrame, mill: Mill) -> list[str]:
    """Return the table's lines for one mill."""
    result = []
    for size in SIZES:
        normal: list[float] = []
        drifted: list[int] = []
        for seed in range(DRAWS):
            part = share(frame, mill, rows=size, seed=seed)
            baseline = _layers(part.training)
            normal.append(max(distances(baseline, part.normal).values()))
            drifted.append(len(violated(baseline, part.drifted)))
        result.append(
            f"| {mill.name} | {size} | {max(normal):.3f} | {min(drifted)}-{max(drifted)} |"
        )
    return result


def remarks(frame: pd.DataFrame, mill: Mill) -> list[str]:
    """Return what drift does to the model, which features say so, and what order does."""
    part = share(frame, mill)
    baseline = _layers(part.training)
    fitted = model.fit(prepare(part.training, rows="layer", where=mill.name), Parameters())
    result = []
    for name, rows in (("normal", part.normal), ("drifted", part.drifted)):
        dataset = prepare(rows, rows="layer", where=name)
        predicted = [decide(score) for score in model.score(fitted, dataset)]
        quality = metrics.measure(metrics.count(rows[LABEL].tolist(), predicted))
        result.append(f"{mill.name}, {name} traffic: accuracy {quality['accuracy']:.3f}")
    far = ", ".join(violated(baseline, part.drifted)[:8])
    stretch = baseline.iloc[len(baseline) // 2 :][:500]
    result.append(f"{mill.name}, farthest features of drifted traffic: {far}")
    count = len(violated(baseline, stretch))
    result.append(f"{mill.name}, 500 normal rows in order of time instead: {count} violated")
    return result


def _layers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame[PROCESS].isin(LAYERS)]


def main() -> None:
    """Print the table and the remarks."""
    frame = read_frame(DATA)
    mills = read_mills().values()
    print("| mill | rows of traffic | normal: largest distance | drifted: features beyond 0.1 |")
    print("| --- | --- | --- | --- |")
    for mill in mills:
        print("\n".join(lines(frame, mill)), flush=True)
    for mill in mills:
        print("\n".join(remarks(frame, mill)), flush=True)


if __name__ == "__main__":
    main()
