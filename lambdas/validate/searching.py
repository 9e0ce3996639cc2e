"""A search for hyperparameters, as SageMaker's tuning jobs take it, or as an image does."""

from collections.abc import Mapping
from typing import Any

from lambdas.common.training import Search
from terrace.errors import TerraceError
from terrace.training_settings import TUNING, Category, Range, Tuning

_LONGEST = 2500  # characters of a hyperparameter's value
_NUMBER = r"(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)"
_MEMBERS = {"integer": "Integer", "continuous": "Continuous", "categorical": "Categorical"}


class InvalidParameters(TerraceError):
    """Hyperparameters that a search cannot be made with."""


def refuse_searched(tuning: Tuning, given: Mapping[str, str]) -> None:
    """Sees to it that nothing is given that is searched for.

    Raises:
        InvalidParameters: Something is.
    """
    if both := sorted(tuning.parameters.keys() & given.keys()):
        raise InvalidParameters(
            f"hyperparameters got {', '.join(both)}, which terrace.yaml searches for (tuning)"
        )


def searched(tuning: Tuning, name: str) -> Search:
    """The tuning job."""
    metric = tuning.objective
    ranges: dict[str, list[dict[str, Any]]] = {
        f"{member}ParameterRanges": [
            _range(one, setting)
            for one, setting in tuning.parameters.items()
            if setting.kind == kind
        ]
        for kind, member in _MEMBERS.items()
    }
    config: dict[str, Any] = {
        "Strategy": tuning.strategy,
        "HyperParameterTuningJobObjective": {"Type": tuning.goal, "MetricName": metric},
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": tuning.trials,
            "MaxParallelTrainingJobs": tuning.parallel,
        },
        "ParameterRanges": ranges,
        "RandomSeed": tuning.seed,
    }
    logged = {"Name": metric, "Regex": f"{metric}={_NUMBER};"}
    return Search(name=name, config=config, metric_definitions=[logged])


def in_one_job(tuning: Tuning) -> dict[str, str]:
    """The hyperparameter by which the image's `train` is told to search by itself.

    Raises:
        InvalidParameters: It is longer than SageMaker takes.
    """
    told = tuning.model_dump_json()
    if len(told) > _LONGEST:
        raise InvalidParameters(
            f"tuning got {len(told)} characters as one hyperparameter; expected at most "
            f"{_LONGEST}: search for fewer, or with where: jobs"
        )
    return {TUNING: told}


def _range(name: str, setting: Range) -> dict[str, Any]:
    if isinstance(setting, Category):
        return {"Name": name, "Values": list(setting.values)}
    return {
        "Name": name,
        "MinValue": str(setting.minimum),
        "MaxValue": str(setting.maximum),
        "ScalingType": setting.scale.capitalize(),
    }
