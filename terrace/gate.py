"""The gate: is a trained version good enough to be registered? It answers in words."""

from collections.abc import Iterator, Mapping, Sequence

from terrace.model_settings import Threshold

Metrics = Mapping[str, Mapping[str, float | None]]


def reasons_against(metrics: Metrics, thresholds: Sequence[Threshold]) -> tuple[str, ...]:
    """Why a version is not good enough, one sentence a threshold; none where it passed."""
    return tuple(reason for threshold in thresholds for reason in _reasons(metrics, threshold))


def _reasons(metrics: Metrics, threshold: Threshold) -> Iterator[str]:
    split, metric = threshold.split, threshold.metric
    if split not in metrics:
        known = ", ".join(metrics) or "none"
        yield f"split {split} was not evaluated; the training run evaluated: {known}"
        return
    value = metrics[split].get(metric)
    if value is None:
        yield f"{metric} on split {split} is undefined"
        return
    if threshold.minimum is not None and value < threshold.minimum:
        yield f"{metric} on split {split} is {value:.4f}; at least {threshold.minimum} is demanded"
    if threshold.maximum is not None and value > threshold.maximum:
        yield f"{metric} on split {split} is {value:.4f}; at most {threshold.maximum} is allowed"
