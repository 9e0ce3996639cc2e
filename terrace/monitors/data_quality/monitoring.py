"""How a comparison is made, as `monitoring_config` of `constraints.json` says, and its overrides.

Every key is honoured or refused by its name. SageMaker's page "Schema for Constraints" has the
keys; its SDK writes a feature's overrides as `monitoring_config_overrides`, beside or within
`string_constraints`, where the page has `monitoringConfigOverrides`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from terrace.errors import TerraceError

# How distributions are compared; the first two are SageMaker's names.
Method = Literal["Robust", "Simple", "PSI", "JensenShannon", "Wasserstein"]
METHODS: tuple[Method, ...] = get_args(Method)
# How those of texts are: LInfinity is as `Method` says.
CategoricalMethod = Literal["LInfinity", "ChiSquared"]
CATEGORICAL_METHODS: tuple[CategoricalMethod, ...] = get_args(CategoricalMethod)
_SWITCH = {"Enabled": True, "Disabled": False}
# The same page names the methods so, too.
_OTHER_NAMES: dict[str, Method] = {"linf_robust": "Robust", "linf_simple": "Simple"}
OVERRIDES = ("monitoring_config_overrides", "monitoringConfigOverrides")
_WITHOVERRIDES = ("num_constraints", "string_constraints")


class InvalidBaseline(TerraceError):
    """Baseline files that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """How the comparison is made.

    Attributes:
        evaluate: Whether constraints are checked at all.
        emit_metrics: Whether figures are sent to CloudWatch.
        datatype_threshold: The least share of values of the baseline's type.
        domain_threshold: The least share of values among the baseline's.
        compare: Whether distributions are compared.
        drift_threshold: The largest distance of numbers.
        method: How the distance of numbers is computed.
        categorical_threshold: The largest distance of texts, by default `drift_threshold`; of
            ChiSquared the least probability that chance explains the difference.
        categorical_method: How that of texts is.
    """

    evaluate: bool = True
    emit_metrics: bool = True
    datatype_threshold: float = 1.0
    domain_threshold: float = 1.0
    compare: bool = True
    drift_threshold: float = 0.1
    method: Method = "Robust"
    categorical_threshold: float | None = None
    categorical_method: CategoricalMethod = "LInfinity"

    @property
    def threshold_of_texts(self) -> float:
        """What the distance of texts is held against."""
        texts = self.categorical_threshold
        return self.drift_threshold if texts is None else texts


def of_all(constraints: Mapping[str, Any]) -> Monitoring:
    """How all features are compared.

    Raises:
        InvalidBaseline: A key or a value is not known.
    """
    return _changed(Monitoring(), constraints.get("monitoring_config"), "monitoring_config")


def of_feature(constraint: Mapping[str, Any], general: Monitoring) -> Monitoring:
    """How one feature is compared: as all are, but for its overrides.

    Raises:
        InvalidBaseline: A key or a value is not known.
    """
    for where, overrides in _overrides(constraint):
        general = _changed(general, overrides, f"{constraint['name']}: {where}")
    return general


def without_overrides(constraint: Mapping[str, Any]) -> dict[str, Any]:
    """A feature's other constraints."""
    return {key: value for key, value in constraint.items() if key not in OVERRIDES}


def _overrides(constraint: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for member in (None, *_WITHOVERRIDES):
        holder = constraint if member is None else constraint.get(member) or {}
        for key in OVERRIDES:
            if isinstance(holder, Mapping) and key in holder:
                yield f"{member}.{key}" if member else key, holder[key]


def _changed(before: Monitoring, config: Any, where: str) -> Monitoring:
    known = _taken(config, _CONFIG, where)
    if "distribution_constraints" in known:
        inner = f"{where}.distribution_constraints"
        known |= _taken(known.pop("distribution_constraints"), _DISTRIBUTION, inner)
    return replace(before, **known)


def _taken(config: Any, readers: Mapping[str, "_Reader"], where: str) -> dict[str, Any]:
    """The settings that a part of the file has, by the names of `Monitoring`."""
    refuse_unknown(config or {}, readers, where)
    found = {}
    for key, value in (config or {}).items():
        if value is None:
            continue
        name, read = readers[key]
        try:
            found[name] = read(value)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidBaseline(
                f"constraints.json: {where}.{key} got {value!r}; expected {_EXPECTED[read]}"
            ) from error
    return found


def refuse_unknown(content: Any, known: Mapping[str, Any] | tuple[str, ...], where: str) -> None:
    """Sees to it that nothing is passed over without a word.

    Raises:
        InvalidBaseline: There is a key that is not known, or no keys at all.
    """
    if not isinstance(content, Mapping):
        raise InvalidBaseline(f"constraints.json: {where} got {content!r}; expected an object")
    if unknown := [str(key) for key in content if key not in known]:
        raise InvalidBaseline(
            f"constraints.json: {where} has {', '.join(unknown)}, which this Terrace does not "
            f"know; expected any of {', '.join(known)}"
        )


def _switch(value: Any) -> bool:
    return _SWITCH[value]


def _share(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not 0 <= number <= 1:
        raise ValueError(number)
    return number


def _distance(value: Any) -> float:
    number = float(value)
    if isinstance(value, bool) or not 0 <= number < math.inf:
        raise ValueError(number)
    return number


def _method(value: Any) -> Method:
    return METHODS[METHODS.index(_OTHER_NAMES.get(value, value))]


def _categorical_method(value: Any) -> CategoricalMethod:
    return CATEGORICAL_METHODS[CATEGORICAL_METHODS.index(value)]


_Reader = tuple[str, Callable[[Any], Any]]
_EXPECTED: dict[Callable[[Any], Any], str] = {
    _switch: " or ".join(_SWITCH),
    _share: "a number from 0 to 1",
    _distance: "a number, 0 or greater",
    _method: f"one of {', '.join((*METHODS, *_OTHER_NAMES))}",
    _categorical_method: f"one of {', '.join(CATEGORICAL_METHODS)}",
    dict: "an object",
}
_CONFIG: dict[str, _Reader] = {
    "evaluate_constraints": ("evaluate", _switch),
    "emit_metrics": ("emit_metrics", _switch),
    "datatype_check_threshold": ("datatype_threshold", _share),
    "domain_content_threshold": ("domain_threshold", _share),
    "distribution_constraints": ("distribution_constraints", dict),
}
_DISTRIBUTION: dict[str, _Reader] = {
    "perform_comparison": ("compare", _switch),
    "comparison_threshold": ("drift_threshold", _distance),
    "comparison_method": ("method", _method),
    "categorical_comparison_threshold": ("categorical_threshold", _distance),
    "categorical_drift_method": ("categorical_method", _categorical_method),
}
