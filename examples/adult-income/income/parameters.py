"""The job's hyperparameters, which SageMaker hands over as strings."""

import json
from dataclasses import dataclass, fields
from pathlib import Path

from income.data import JobError

_LIMITS: dict[str, tuple[float, float]] = {
    "trees": (1, 2000),
    "depth": (1, 20),
    "learning_rate": (0.001, 1),
    "reweigh": (0, 1),
    "seed": (0, 2**32 - 1),
}


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What a job may choose."""

    trees: int = 60
    depth: int = 5
    learning_rate: float = 0.2
    reweigh: float = 0.0  # 1: rows weigh as if income did not depend on sex; 0: all the same
    seed: int = 0


def read_parameters(path: Path) -> Parameters:
    """Read hyperparameters.json; a missing file means that nothing was chosen.

    Raises:
        JobError: One is unknown or out of its range.
    """
    given = json.loads(path.read_text("utf-8")) if path.exists() else {}
    kinds = {field.name: type(field.default) for field in fields(Parameters)}
    # SageMaker's own tools add some that begin so.
    own = {name: text for name, text in given.items() if not name.startswith(("_", "sagemaker_"))}
    if unknown := sorted(set(own) - set(kinds)):
        raise JobError(f"hyperparameters got {', '.join(unknown)}, expected {', '.join(kinds)}")
    return Parameters(**{name: _parsed(name, kinds[name], text) for name, text in own.items()})


def _parsed(name: str, kind: type, text: str) -> int | float:
    low, high = _LIMITS[name]
    try:
        value: int | float = kind(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise JobError(
            f"hyperparameter {name} is {text!r}, expected {kind.__name__} from {low} to {high}"
        )
    return value
