"""How a tuning job's strategy suggests hyperparameters: SageMaker's ranges, Optuna's samplers."""

import itertools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from localcloud.sagemaker.cloud import Record
from localcloud.sagemaker.errors import invalid

if TYPE_CHECKING:
    import optuna

# SageMaker has one more, and more kinds of ranges.
STRATEGIES = ("Bayesian", "Random", "Grid")

_CONFIG = "HyperParameterTuningJobConfig"
Suggest = Callable[["optuna.trial.Trial"], dict[str, str]]


def study_of(record: Record) -> "tuple[optuna.Study, Suggest]":
    """The sampler of a job's strategy, and how it suggests hyperparameters."""
    import optuna  # a second that only tuning needs to wait for

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    config = record[_CONFIG]
    ranges, seed = config.get("ParameterRanges", {}), config.get("RandomSeed")
    sampler = optuna.samplers.TPESampler if config["Strategy"] == "Bayesian" else None
    study = optuna.create_study(
        sampler=(sampler or optuna.samplers.RandomSampler)(seed=seed),
        direction=config["HyperParameterTuningJobObjective"]["Type"].lower(),
    )
    for point in _grid(record):
        study.enqueue_trial(point)
    return study, lambda trial: dict(_suggested(trial, ranges))


def _suggested(trial: "optuna.trial.Trial", ranges: Record) -> Iterator[tuple[str, str]]:
    for one in ranges.get("IntegerParameterRanges", []):
        low, high = int(one["MinValue"]), int(one["MaxValue"])
        yield one["Name"], str(trial.suggest_int(one["Name"], low, high, log=_by_powers(one)))
    for one in ranges.get("ContinuousParameterRanges", []):
        least, most = float(one["MinValue"]), float(one["MaxValue"])
        yield one["Name"], str(trial.suggest_float(one["Name"], least, most, log=_by_powers(one)))
    for one in ranges.get("CategoricalParameterRanges", []):
        yield one["Name"], str(trial.suggest_categorical(one["Name"], one["Values"]))


def _by_powers(one: Record) -> bool:
    if one.get("ScalingType") == "ReverseLogarithmic":
        raise invalid("The embedded cloud knows no ReverseLogarithmic scale.")
    return one.get("ScalingType") == "Logarithmic"


def _grid(record: Record) -> list[dict[str, str]]:
    """Every point of a grid, which SageMaker takes of categories alone; none of a search."""
    config = record[_CONFIG]
    if config["Strategy"] != "Grid":
        return []
    ranges = config.get("ParameterRanges", {}).get("CategoricalParameterRanges", [])
    names = [one["Name"] for one in ranges]
    points = itertools.product(*(one["Values"] for one in ranges))
    return [dict(zip(names, point, strict=True)) for point in points]


def trials_of(record: Record) -> int:
    """How many trials there will be."""
    config = record[_CONFIG]
    most = int(config["ResourceLimits"]["MaxNumberOfTrainingJobs"])
    return min(most, len(_grid(record))) if config["Strategy"] == "Grid" else most
