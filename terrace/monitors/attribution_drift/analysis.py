"""`analysis.json` of attributions, in SageMaker Clarify's shape."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terrace.errors import TerraceError
from terrace.monitors.attribution_drift.models import Cell
from terrace.monitors.attribution_drift.state import Blocks

METHODS = ("kernel_shap", "tree_shap")
_NEWER = 2


class InvalidAttributions(TerraceError):
    """A baseline of attributions that cannot be used, or data that none can be made of."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What a window is held against.

    Attributes:
        importances: Of each feature, by output of the model.
        features: In the order in which an endpoint takes them.
        reference: The value of each feature where it is taken to be absent.
        method: How the attributions were made.
    """

    importances: dict[str, dict[str, float]]
    features: tuple[str, ...]
    reference: tuple[Cell, ...]
    method: str


def load(content: Mapping[str, Any]) -> Baseline:
    """The baseline, from Terrace's file or SageMaker Clarify's.

    Raises:
        InvalidAttributions: The file is no analysis with explanations.
    """
    if float(content.get("version", 1)) >= _NEWER:
        raise InvalidAttributions(
            f"analysis.json is of version {content['version']}; this Terrace reads versions below "
            f"{_NEWER}"
        )
    explanations = content.get("explanations", {})
    method = next((name for name in METHODS if name in explanations), METHODS[0])
    try:
        importances = {
            label: {name: abs(float(x)) for name, x in one["global_shap_values"].items()}
            for label, one in explanations[method].items()
        }
        first = next(iter(importances.values()))
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError) as error:
        raise InvalidAttributions(
            f"analysis.json has {', '.join(content) or 'nothing'}; expected explanations with "
            "kernel_shap and global_shap_values, as SageMaker Clarify writes them"
        ) from error
    _refuse_meaningless(importances)
    own = content.get("terrace", {})
    features = tuple(own.get("features", first))
    return Baseline(
        importances=importances,
        features=features,
        reference=tuple(own.get("reference", (None,) * len(features))),
        method=method,
    )


def _refuse_meaningless(importances: Mapping[str, Mapping[str, float]]) -> None:
    """Sees to it that there is a ranking to compare with.

    Raises:
        InvalidAttributions: An importance is no number, or none is above 0.
    """
    for label, of in importances.items():
        if unknown := [name for name, value in of.items() if not math.isfinite(value)]:
            raise InvalidAttributions(
                f"analysis.json: {label} has no number for {', '.join(unknown[:5])}; expected the "
                "mean absolute attribution of each feature"
            )
    if not any(value for of in importances.values() for value in of.values()):
        raise InvalidAttributions(
            "analysis.json has no importance above 0; expected features that the prediction "
            "depends on"
        )


def ranks(before: Mapping[str, float], after: Mapping[str, float]) -> list[dict[str, Any]]:
    """The features in the baseline's order, with the place that each has now."""
    places = {name: i for i, name in enumerate(sorted(after, key=lambda n: -after[n]), start=1)}
    return [
        {"name": name, "baseline_rank": rank, "rank": places.get(name)}
        for rank, name in enumerate(sorted(before, key=lambda n: -before[n]), start=1)
    ]


def dump(
    live: Mapping[str, Blocks], method: str, features: Sequence[str], reference: Sequence[Cell]
) -> dict[str, Any]:
    """`analysis.json`, in SageMaker Clarify's shape."""
    return {
        "version": "1.0",
        "explanations": {
            method: {
                name: {"global_shap_values": blocks.whole.means} for name, blocks in live.items()
            }
        },
        "terrace": {
            "features": list(features),
            "reference": list(reference),
            "explained_rows": max((b.whole.rows for b in live.values()), default=0),
        },
    }
