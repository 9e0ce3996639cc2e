"""Measure the README's results: both splits, five seeds, on all data and on each mill's.

`python -m toolwear.results` prints the tables; it takes a quarter of an hour.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from toolwear import model
from toolwear.automl import candidate
from toolwear.data import DataError, Dataset, prepare, read_frame
from toolwear.job import SPLITS
from toolwear.parameters import Parameters
from toolwear.predictions import HeldOut, predict
from toolwear.scenario import DATA, read_mills
from toolwear.search import Search
from toolwear.splits import random_rows

SEEDS = range(5)
Metrics = Mapping[str, float | None]
# What the tuned rows of the table search for.
SEARCH = {
    "metric": "mcc",
    "trials": 8,
    "strategy": "Bayesian",
    "seed": 0,
    "parameters": {
        "algorithm": {"kind": "categorical", "values": ["random-forest", "extra-trees"]},
        "trees": {"kind": "integer", "minimum": 100, "maximum": 300},
        "max_features": {"kind": "continuous", "minimum": 0.1, "maximum": 1.0},
    },
}
METRICS = ("accuracy", "precision", "recall", "f1", "mcc")
# Where the tool's tip is; it moves by a fraction of a millimetre when the tool is changed.
HEIGHT = ("Z1_ActualPosition", "Z1_CommandPosition")


def data_sets() -> Iterator[tuple[str, Dataset]]:
    """Yield what to measure on, by name."""
    whole = prepare(read_frame(DATA), rows="layer", where=DATA.name)
    yield "all 18 experiments", whole
    flat = whole.features.assign(**dict.fromkeys(HEIGHT, 0.0))  # a constant tells a tree nothing
    yield "all 18, without z position", replace(whole, features=flat)
    for name, mill in read_mills().items():
        own = np.isin(_experiments(whole), [str(number) for number in mill.training])
        yield f"{name}, {len(mill.training)} experiments", whole.take(np.flatnonzero(own))


def measure(dataset: Dataset, split: str) -> str:
    """Return the mean and the range of each metric over the seeds, as a table's cells."""
    found = [
        predict(SPLITS[split](dataset, parameters), dataset, parameters).measure()
        for parameters in (Parameters(seed=seed) for seed in SEEDS)
    ]
    return _cells(found)


def _cells(found: Sequence[Metrics]) -> str:
    cells = []
    for name in METRICS:
        values = [value for result in found if (value := result[name]) is not None]
        cells.append(f"{np.mean(values):.4f} ({min(values):.4f} to {max(values):.4f})")
    return " | ".join(cells)


def measure_tuned(dataset: Dataset, split: str) -> str:
    """Return the same of models that were searched for, each fold by its training rows alone."""
    found = [_tuned(dataset, Parameters(seed=seed), split) for seed in SEEDS]
    return _cells(found)


def _tuned(dataset: Dataset, parameters: Parameters, split: str) -> Mapping[str, float | None]:
    tests, scores = [], []
    for train, test in SPLITS[split](dataset, parameters):
        rows = dataset.take(train)

        def measured(tried: Parameters, inner: str, rows: Dataset = rows) -> Metrics:
            return predict(SPLITS[inner](rows, tried), rows, tried).measure()

        given = {"seed": str(parameters.seed)}
        search = Search.parse(json.dumps(SEARCH | {"split": split}), given)
        best, _ = search.run(measured, partial(candidate, rows, parameters, search))
        tests.append(test)
        scores += model.score(model.fit(rows, best), dataset.take(test))
    return HeldOut(rows=dataset.take(np.concatenate(tests)), scores=scores).measure()


def recognise_experiment(dataset: Dataset) -> float:
    """Return how often the same forest tells, from one held-out row, which experiment it is of."""
    parameters = Parameters()
    ((train, test),) = random_rows(dataset, parameters)
    named = replace(dataset, labels=_experiments(dataset))
    fitted = model.fit(named.take(train), parameters)
    predicted = fitted.predict(dataset.features.iloc[test])
    return float((predicted == named.labels[test]).mean())


def _experiments(dataset: Dataset) -> NDArray[np.str_]:
    if dataset.experiments is None:
        raise DataError(f"{DATA.name}: got no experiments, expected the published file")
    return dataset.experiments


def main() -> None:
    """Print the table, then how well one row gives away its experiment."""
    recognised = []
    print("| data | split | " + " | ".join(METRICS) + " |")
    print("| --- " * (len(METRICS) + 2) + "|")
    for name, dataset in data_sets():
        for split in SPLITS:
            print(f"| {name} | `{split}` | {measure(dataset, split)} |", flush=True)
        if name == "all 18 experiments":
            print(f"| {name}, tuned | `random` | {measure_tuned(dataset, 'random')} |", flush=True)
        recognised.append(f"{name}: {recognise_experiment(dataset):.3f} of rows")
    print("\nExperiment recognised from one held-out row:\n" + "\n".join(recognised))


if __name__ == "__main__":
    main()
