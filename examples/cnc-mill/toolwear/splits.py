"""Two ways to hold rows out: at random, and by whole experiments."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from toolwear.columns import CLASSES
from toolwear.data import Dataset
from toolwear.errors import ToolWearError
from toolwear.parameters import Parameters

Index = NDArray[np.intp]
Fold = tuple[Index, Index]


class NotComputedError(ToolWearError):
    """A split does not exist for this data; the message is the reason."""


def random_rows(dataset: Dataset, parameters: Parameters) -> Iterator[Fold]:
    """Hold out rows at random, with the classes' shares kept: what the published table does."""
    train, test = train_test_split(
        np.arange(len(dataset)),
        test_size=parameters.test_fraction,
        random_state=parameters.seed,
        stratify=dataset.labels,
    )
    yield np.sort(train), np.sort(test)


def whole_experiments(dataset: Dataset, parameters: Parameters) -> Iterator[Fold]:
    """Hold out each experiment once, a fold at a time; no fold's model has seen its experiments.

    Raises:
        NotComputedError: where experiments are not named, or too few to learn both classes from.
    """
    if dataset.experiments is None:
        raise NotComputedError("the file has no column `experiment` with a value in every row")
    fold_of = _deal(_classes(dataset.labels, dataset.experiments), parameters)
    folds = np.array([fold_of[name] for name in dataset.experiments])
    for fold in sorted(set(fold_of.values())):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        if len(set(dataset.labels[train])) < len(CLASSES):
            raise NotComputedError(
                f"without fold {fold} of the experiments one class alone is left"
            )
        yield train, test


def _classes(labels: NDArray[np.str_], experiments: NDArray[np.str_]) -> dict[str, list[str]]:
    """Return the experiments of each class; an experiment is of the class of most of its rows."""
    members: dict[str, list[str]] = {name: [] for name in CLASSES}
    for experiment in sorted(set(experiments)):
        values, counts = np.unique(labels[experiments == experiment], return_counts=True)
        members[str(values[counts.argmax()])].append(str(experiment))
    few = {name: len(found) for name, found in members.items() if len(found) < 2}
    if few:
        got = ", ".join(f"{name} {count}" for name, count in few.items())
        raise NotComputedError(f"got {got} experiments, expected at least 2 of each class")
    return members


def _deal(members: dict[str, list[str]], parameters: Parameters) -> dict[str, int]:
    """Deal each class's shuffled experiments over the folds like cards, so that folds are alike."""
    folds = min(parameters.folds, max(len(found) for found in members.values()))
    generator = np.random.default_rng(parameters.seed)
    dealt: dict[str, int] = {}
    for found in members.values():
        start = len(dealt)
        for position, experiment in enumerate(generator.permutation(found)):
            dealt[str(experiment)] = (start + position) % folds
    return dealt
