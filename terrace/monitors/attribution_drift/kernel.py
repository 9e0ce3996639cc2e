"""Kernel SHAP: Shapley values of any function, from what it says of mixed rows.

A coalition is the set of features that have the row's own value; the others have the reference's.
The same coalitions serve all rows, so the regression behind the values is solved once for all
(Lundberg and Lee 2017; Covert and Lee 2021 for the pairs).
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

# Takes rows as an array of objects, a column a feature; gives an array of rows by outputs.
Function = Callable[[Any], Any]

_EXTRA = 512
_ROWS_AT_ONCE = 50_000
_SEED = 0


def kernel_shap(function: Function, rows: Any, reference: Any) -> Any:
    """The values of rows, an array of rows by features by outputs.

    Exact where there are few features; else from a sample of coalitions, which is the same in
    each run.

    Args:
        function: What is explained.
        rows: An array of rows by features.
        reference: One row, which an absent feature's value is taken from.
    """
    import numpy as np

    masks, weights = _coalitions(rows.shape[1])
    baseline = function(reference[None, :])[0]
    said = function(rows)
    at_once = max(1, _ROWS_AT_ONCE // len(masks))
    effects = np.empty((len(rows), len(masks), len(baseline)))
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        mixed = np.where(masks[None, :, :], some[:, None, :], reference[None, None, :])
        flat = function(mixed.reshape(-1, rows.shape[1]))
        effects[start : start + at_once] = flat.reshape(len(some), len(masks), -1) - baseline
    return _solved(masks.astype(float), weights, effects, said - baseline)


def _solved(masks: Any, weights: Any, effects: Any, totals: Any) -> Any:
    """Weighted least squares whose values add up to the totals, by a Lagrange multiplier."""
    import numpy as np

    gram = np.linalg.pinv(masks.T @ (masks * weights[:, None]))
    projected = np.einsum("fs,rso->rfo", masks.T * weights, effects)
    free = np.einsum("fg,rgo->rfo", gram, projected)
    share = gram.sum(axis=1) / gram.sum()
    return free + share[None, :, None] * (totals - free.sum(axis=1))[:, None, :]


def _coalitions(features: int) -> tuple[Any, Any]:
    """Coalitions but the empty and the full one, with Shapley's weights."""
    import numpy as np

    budget = 2 * features + _EXTRA
    if features == 1:
        return np.ones((1, 1), bool), np.ones(1)
    if 2**features - 2 <= budget:
        masks = np.array(list(itertools.product((False, True), repeat=features))[1:-1])
        sizes = masks.sum(axis=1)
        return masks, np.array([_weight(features, int(size)) for size in sizes])
    rng = np.random.default_rng(_SEED)
    sizes = np.arange(1, features)
    chances = 1 / (sizes * (features - sizes))
    drawn = rng.choice(sizes, size=budget // 2, p=chances / chances.sum())
    half = np.zeros((len(drawn), features), bool)
    for mask, size in zip(half, drawn, strict=True):
        mask[rng.permutation(features)[:size]] = True
    # Each with its complement: what is odd in the function then is told without noise.
    return np.concatenate([half, ~half]), np.ones(2 * len(half))


def _weight(features: int, size: int) -> float:
    return (features - 1) / (math.comb(features, size) * size * (features - size))
