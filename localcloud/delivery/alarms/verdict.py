"""From an alarm's datapoints to its state: M out of N, and what is missing.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
# CloudWatch looks further back than the evaluation periods, for datapoints that came late.
EXTRA_PERIODS = 2
_LEAST_OF_PREMATURE = 3
_COMPARISONS: dict[str, tuple[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": ("greater than or equal to", operator.ge),
    "GreaterThanThreshold": ("greater than", operator.gt),
    "LessThanThreshold": ("less than", operator.lt),
    "LessThanOrEqualToThreshold": ("less than or equal to", operator.le),
}


@dataclass(frozen=True, kw_only=True)
class Datapoint:
    """One period's value; none where the metric had no data."""

    start: datetime
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When an alarm fires."""

    threshold: float
    comparison: str
    periods: int
    datapoints: int
    missing: str

    @classmethod
    def of(cls, alarm: dict[str, Any]) -> "Rule":
        """From the alarm's members as PutMetricAlarm names them."""
        periods = int(alarm["EvaluationPeriods"])
        return cls(
            threshold=float(alarm["Threshold"]),
            comparison=alarm["ComparisonOperator"],
            periods=periods,
            datapoints=int(alarm.get("DatapointsToAlarm") or periods),
            missing=alarm.get("TreatMissingData") or "missing",
        )

    @property
    def is_known(self) -> bool:
        """Whether it compares with a number; bands of anomaly detection are not known here."""
        return self.comparison in _COMPARISONS

    def breaches(self, value: float) -> bool:
        """Whether a value is on the wrong side of the threshold."""
        return _COMPARISONS[self.comparison][1](value, self.threshold)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The state that the datapoints call for; None where the alarm keeps the one it has."""

    state: str | None
    considered: tuple[Datapoint, ...]
    missing: int


def verdict(rule: Rule, newest_first: Sequence[Datapoint]) -> Verdict:
    """What an alarm's datapoints call for; there should be `EXTRA_PERIODS` more than it asks for.

    >>> rule = Rule(threshold=1, comparison="GreaterThanThreshold", periods=1, datapoints=1,
    ...             missing="notBreaching")
    >>> verdict(rule, [Datapoint(start=datetime.now(UTC), value=2.0)]).state
    'ALARM'
    """
    places = [place for place, point in enumerate(newest_first) if point.value is not None]
    real = [newest_first[place] for place in places[: rule.periods]]
    missing = rule.periods - len(real)
    breaching = sum(rule.breaches(point.value) for point in real if point.value is not None)
    age = max(places[: rule.periods], default=-1) + 1
    state = _state(rule, len(real), breaching, missing, age)
    return Verdict(state=state, considered=tuple(real), missing=missing)


def _state(rule: Rule, real: int, breaching: int, missing: int, age: int) -> str | None:
    """The state that counts call for; `age` is that of the oldest real datapoint, in periods."""
    if rule.missing == "breaching":
        breaching, real = breaching + missing, rule.periods
    elif rule.missing == "notBreaching":
        real = rule.periods
    elif not real:
        return None if rule.missing == "ignore" else INSUFFICIENT
    if breaching >= rule.datapoints:
        return ALARM
    if real < rule.datapoints and breaching == real:
        # All that is known breaches, but it is too little to be sure.
        return None if rule.missing == "ignore" or _may_be_intermittent(rule, age) else ALARM
    return OK


def _may_be_intermittent(rule: Rule, age: int) -> bool:
    """Whether the oldest breaching datapoint is too new: the next one may not breach.

    The documentation's table lets an alarm on two of three go to ALARM by the newest alone.
    """
    return rule.datapoints >= _LEAST_OF_PREMATURE and age < rule.datapoints


def reason(rule: Rule, found: Verdict, old: str) -> str:
    """The sentence with which CloudWatch explains a state."""
    new, periods = found.state, rule.periods
    if not found.considered:
        if new == INSUFFICIENT:
            return f"Insufficient Data: {_counted(found.missing, 'datapoint')} were unknown."
        treated = "Breaching" if rule.missing == "breaching" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(periods, 'period')} and "
            f"{_counted(found.missing, 'missing datapoint')} were treated as [{treated}]."
        )
    listed = ", ".join(
        f"{point.value} ({point.start:%d/%m/%y %H:%M:%S})" for point in found.considered
    )
    crossed = sum(rule.breaches(p.value or 0.0) == (new == ALARM) for p in found.considered)
    verb = ("was" if crossed == 1 else "were") + ("" if new == ALARM else " not")
    least = rule.datapoints if new == ALARM else periods - rule.datapoints + 1
    return (
        f"Threshold Crossed: {crossed} out of the last "
        f"{len(found.considered)} datapoints [{listed}] {verb} "
        f"{_COMPARISONS[rule.comparison][0]} the threshold ({rule.threshold}) "
        f"(minimum {_counted(least, 'datapoint')} for {old} -> {new} transition)."
    )


def reason_data(rule: Rule, found: Verdict, statistic: str | None, period: int) -> dict[str, Any]:
    """The same for programs."""
    now = datetime.now(UTC)
    told: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(now)}
    if found.considered:
        told["startDate"] = timestamp(found.considered[-1].start)
    if statistic:
        told["statistic"] = statistic
    return told | {
        "period": period,
        "recentDatapoints": [point.value for point in reversed(found.considered)],
        "threshold": rule.threshold,
    }


def timestamp(moment: datetime) -> str:
    """A time as CloudWatch writes it in its events."""
    at = moment.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
