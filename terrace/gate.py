"""The gate: is a trained version good enough to be registered? It answers in words, either way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from terrace.challenger import Duel
from terrace.model_settings import Model
from terrace.training_settings import HELD_OUT, Threshold

Metrics = Mapping[str, float | None]


class Slice(BaseModel):
    """The rows that have one value in one column."""

    model_config = ConfigDict(frozen=True)

    column: str
    value: str
    rows: int
    metrics: Metrics


class Findings(BaseModel):
    """What the held-out rows tell beside the split's own metrics.

    Attributes:
        slices: For each column that the gate asks for.
        bias: By facet and value, then by name.
        duel: With the version that runs, where one does and the file asks for it.
        incomparable: Why there is no duel where there should be one.
    """

    model_config = ConfigDict(frozen=True)

    slices: tuple[Slice, ...] = ()
    bias: Mapping[str, Metrics] = {}
    duel: Duel | None = None
    incomparable: str | None = None


class Measured(Findings):
    """How good a trained version is.

    Attributes:
        metrics: By split, then by name.
    """

    metrics: Mapping[str, Metrics]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one bar says of a version."""

    passed: bool
    words: str


def verdicts(measured: Measured, model: Model) -> Iterator[Verdict]:
    """One or more of each threshold, and one of the champion."""
    for threshold in model.gate:
        if threshold.is_bias:
            yield from _of_bias(measured, threshold)
        elif threshold.slice is not None:
            yield from _of_slices(measured, threshold)
        else:
            yield _of_split(measured, threshold)
    if model.champion:
        yield _of_champion(measured, model)


def _of_split(measured: Measured, threshold: Threshold) -> Verdict:
    split = threshold.split
    if split not in measured.metrics:
        known = ", ".join(measured.metrics) or "none"
        words = f"split {split} was not evaluated; the training run evaluated: {known}"
        return Verdict(passed=False, words=words)
    return _held(measured.metrics[split], threshold, f"on split {split}")


def _of_bias(measured: Measured, threshold: Threshold) -> Iterator[Verdict]:
    for facet, metrics in measured.bias.items():
        yield _held(metrics, threshold, f"of {facet}, on split {HELD_OUT},")
    if not measured.bias:
        yield Verdict(passed=False, words=f"{threshold.metric} was not measured: no facet came")


def _of_slices(measured: Measured, threshold: Threshold) -> Iterator[Verdict]:
    found = [one for one in measured.slices if one.column == threshold.slice]
    judged = [one for one in found if one.rows >= threshold.least_rows]
    for one in judged:
        yield _held(one.metrics, threshold, f"where {one.column} is {one.value}")
    if passed_over := len(found) - len(judged):
        yield Verdict(
            passed=True,
            words=f"{passed_over} values of {threshold.slice} have fewer than "
            f"{threshold.least_rows} held-out rows and were not judged by {threshold.metric}",
        )
    if not judged:
        words = f"no value of {threshold.slice} has {threshold.least_rows} held-out rows"
        yield Verdict(passed=False, words=words)


def _of_champion(measured: Measured, model: Model) -> Verdict:
    if measured.incomparable:
        return Verdict(passed=False, words=measured.incomparable)
    if model.champion is None or measured.duel is None:
        return Verdict(passed=True, words="no version runs yet that it could be compared with")
    words = measured.duel.told(model.champion)
    return Verdict(passed=measured.duel.passed(model.champion), words=words)


def _held(metrics: Metrics, threshold: Threshold, where: str) -> Verdict:
    """A metric's value between the bars."""
    value = metrics.get(threshold.metric)
    if value is None:
        return Verdict(passed=False, words=f"{threshold.metric} {where} is undefined")
    bars = {"at least": threshold.minimum, "at most": threshold.maximum}
    demanded = " and ".join(f"{bar} {limit:g}" for bar, limit in bars.items() if limit is not None)
    low = threshold.minimum is None or value >= threshold.minimum
    high = threshold.maximum is None or value <= threshold.maximum
    return Verdict(
        passed=low and high,
        words=f"{threshold.metric} {where} is {value:.4f}; {demanded} is demanded",
    )
