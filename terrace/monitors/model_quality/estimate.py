"""Performance without labels: what calibrated scores lead to expect of the predictions.

Confidence-based performance estimation (as in the papers behind NannyML): each score says
with what chance its prediction is right, so sums of scores are expected cells of the confusion
matrix. It holds as long as scores keep their meaning; drift of what a score means does not show.
"""

import math
from collections.abc import Mapping
from typing import Any

from terrace.monitors.model_quality.state import Expected
from terrace.monitors.uncertainty import QUANTILE


def estimated(expected: Mapping[str, Expected], positive: str) -> dict[str, Any]:
    """Accuracy, precision, recall and F1 as scores lead to expect them, with 95 % intervals.

    Empty where no row has a score.
    """
    said_yes = expected.get(positive, Expected())
    said_no = sum((e for name, e in expected.items() if name != positive), Expected())
    rows = said_yes.rows + said_no.rows
    if not rows:
        return {}
    hits, missed = said_yes.positives, said_no.positives
    right = hits + said_no.rows - missed
    deviation = math.sqrt(said_yes.variance + said_no.variance)
    of_hits, of_missed = math.sqrt(said_yes.variance), math.sqrt(said_no.variance)
    found = {"accuracy": _interval(right / rows, deviation / rows)}
    if said_yes.rows:
        found["precision"] = _interval(hits / said_yes.rows, of_hits / said_yes.rows)
    if positives := hits + missed:
        # By the delta method: how recall and F1 change with each of the two sums.
        spread = math.hypot(missed * of_hits, hits * of_missed) / positives**2
        found["recall"] = _interval(hits / positives, spread)
        whole = said_yes.rows + positives
        spread = 2 * math.hypot((whole - hits) * of_hits, hits * of_missed) / whole**2
        found["f1"] = _interval(2 * hits / whole, spread)
    return {"rows": rows, "is_estimate": True, **found}


def _interval(value: float, deviation: float) -> dict[str, float]:
    return {
        "value": value,
        "standard_deviation": deviation,
        "lower": max(0.0, value - QUANTILE * deviation),
        "upper": min(1.0, value + QUANTILE * deviation),
    }
