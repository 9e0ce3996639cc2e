"""The job's hyperparameters, which SageMaker hands over as strings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from toolwear.errors import ToolWearError

# What SageMaker's own tools add to a job's hyperparameters, not meant for the algorithm.
_FOREIGN = ("_", "sagemaker_")
_LIMITS: dict[str, tuple[float, float]] = {
    "trees": (1, 2000),
    "max_depth": (0, 200),
    "max_leaves": (0, 100_000),
    "max_features": (0, 1),
    "seed": (0, 2**32 - 1),
    "test_fraction": (0.05, 0.5),
    "explain_rows": (0, 5000),
}
_TEXTS = {
    "algorithm": ("random-forest", "extra-trees"),
    "criterion": ("gini", "entropy"),
    "rows": ("layer", "all"),
}


class ParameterError(ToolWearError):
    """The hyperparameters are not what this algorithm takes."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What a training job may choose; each has a default that works on the whole data set."""

    algorithm: str = "random-forest"  # or `extra-trees`, which splits at random places
    trees: int = 50
    max_depth: int = 0  # 0: grow until the leaves are pure
    max_leaves: int = 0  # of a tree; 0: as many as it grows
    max_features: float = 0.0  # share of the columns that a split looks at; 0: their square root
    criterion: str = "gini"  # or `entropy`: what a split is judged by
    seed: int = 0
    test_fraction: float = 0.2
    rows: str = "layer"  # or `all`: also while the mill prepares, repositions and ends
    explain_rows: int = 50  # 0: write no attributions

    @property
    def folds(self) -> int:
        """Return into how many parts experiments are dealt so that a part is `test_fraction`."""
        return max(2, round(1 / self.test_fraction))


def read_hyperparameters(path: Path) -> dict[str, Any]:
    """Read hyperparameters.json; a missing file means that nothing was chosen."""
    if not path.exists():
        return {}
    try:
        given = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ParameterError(f"{path.name}: not JSON: {error}") from error
    if not isinstance(given, dict):
        raise ParameterError(f"{path.name}: got {type(given).__name__}, expected a JSON object")
    return given


def parse_parameters(given: Mapping[str, Any]) -> Parameters:
    """Turn strings into Parameters and report everything that is wrong with them at once."""
    known = {field.name: type(field.default) for field in fields(Parameters)}
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, text in given.items():
        if name.startswith(_FOREIGN):
            continue
        if name not in known:
            wrong.append(f"{name!r} is unknown, expected one of {', '.join(known)}")
            continue
        try:
            values[name] = _parse(name, known[name], str(text).strip())
        except ValueError as error:
            wrong.append(f"{name} is {text!r}, expected {error}")
    if wrong:
        raise ParameterError("hyperparameters: " + "; ".join(wrong))
    return Parameters(**values)


def _parse(name: str, kind: type, text: str) -> str | int | float:
    if kind is str:
        if text not in _TEXTS[name]:
            raise ValueError(" or ".join(_TEXTS[name]))
        return text
    low, high = _LIMITS[name]
    expected = f"{'an integer' if kind is int else 'a number'} from {low} to {high}"
    try:
        value: float = kind(text)
    except ValueError:
        raise ValueError(expected) from None
    if not low <= value <= high:
        raise ValueError(expected)
    return value
