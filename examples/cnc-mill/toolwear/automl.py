"""A candidate that an AutoML library finds by itself: FLAML, among its own forests."""

import warnings
from typing import Any

from toolwear import metrics, model
from toolwear.columns import CLASSES, POSITIVE
from toolwear.data import Dataset
from toolwear.parameters import Parameters
from toolwear.search import NoCandidateError, Search
from toolwear.splits import random_rows

# FLAML's names of what `model` can fit and export.
_ALGORITHMS = {"rf": "random-forest", "extra_tree": "extra-trees"}


def candidate(dataset: Dataset, parameters: Parameters, asked: Search) -> dict[str, str]:
    """Return the hyperparameters of the best of FLAML's trials, as a trial of ours has them.

    The same rows, parameters and trials give the same candidate: the two algorithms take turns,
    where FLAML would choose by how long each took.

    Args:
        dataset: A fifth of its rows, at random, judges FLAML's trials.
        parameters: Those that all trials have in common.
        asked: By what a trial is judged, and how many FLAML makes: it begins with small forests
            and needs some dozens to grow.

    Raises:
        NoCandidateError: It found nothing.
    """
    # Imported here: it brings two libraries of boosted trees along, which other jobs do not need.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from flaml import AutoML

    def loss(features: Any, labels: Any, forest: Any, *_: Any, **__: Any) -> tuple[float, Any]:
        seen, said = _named(labels), _named(forest.predict(features))
        return -(metrics.measure(metrics.count(seen, said))[asked.metric] or 0.0), {}

    columns = model.columns(parameters).fit(dataset.features)
    ((train, test),) = random_rows(dataset, parameters)
    rows = columns.transform(dataset.features)
    # As FLAML itself would write the classes before it hands them on.
    worn = (dataset.labels == POSITIVE).astype(int)
    search = AutoML()
    try:
        search.fit(
            rows[train],
            worn[train],
            X_val=rows[test],
            y_val=worn[test],
            task="classification",
            estimator_list=list(_ALGORITHMS),
            learner_selector="roundrobin",
            metric=loss,
            max_iter=asked.automl_trials,
            time_budget=-1,
            seed=parameters.seed,
            n_jobs=1,
            retrain_full=False,
            verbose=0,
        )
    except Exception as error:  # it has no class of its own for what goes wrong in it
        raise NoCandidateError(f"FLAML: {type(error).__name__}: {error}") from error
    if search.best_estimator is None:
        raise NoCandidateError(f"FLAML: none of {asked.automl_trials} trials ended well")
    best = search.best_config
    return {
        "algorithm": _ALGORITHMS[search.best_estimator],
        "trees": str(int(best["n_estimators"])),
        "max_features": str(float(best["max_features"])),
        "max_leaves": str(int(best["max_leaves"])),
        "criterion": str(best["criterion"]),
    }


def _named(worn: Any) -> list[str]:
    other = next(name for name in CLASSES if name != POSITIVE)
    return [POSITIVE if one else other for one in worn]
