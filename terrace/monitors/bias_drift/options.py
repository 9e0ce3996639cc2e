"""What the monitor of bias drift is told."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from terrace.monitor import Names, Options
from terrace.monitors.values import Value, Values, canonical_values

_BETWEEN_FACETS = ";"


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A column whose values may be treated unlike.

    Attributes:
        name: The column.
        values: Those of the disadvantaged, canonical; with none, each value in turn is held
            against all others.
        threshold: Of a number, above which rows are the disadvantaged.
    """

    name: str
    values: tuple[str, ...] = ()
    threshold: float | None = None


class BiasDriftOptions(Options):
    """Do labels and predictions treat groups of people as alike as they did?"""

    label: str = Field(min_length=1, description="The column with the observed label.")
    facet: Names = Field(
        min_length=1, description="The column whose values may be treated unlike; several: a,b."
    )
    positive: Values = Field(
        (), description="The label's value that is hoped for, or several: a,b."
    )
    label_threshold: float | None = Field(
        None,
        allow_inf_nan=False,
        description="Of a label that is a number, above which it is hoped for.",
    )
    facet_values: Value | None = Field(
        None,
        description="The facet's values of the disadvantaged: a,b; of several facets: a,b;c. "
        "By default each value in turn against all others.",
    )
    threshold: Value | None = Field(
        None,
        description="Of a facet that is a number, above which rows are the disadvantaged; "
        "of several facets: ;40.",
    )
    predicted: str | None = Field(None, description="The column with the predicted label.")
    group: str | None = Field(
        None, description="The column with the strata of CDDL and CDDPL, a department say."
    )
    tolerance: float = Field(
        0.0,
        ge=0,
        description="A metric may be worse than the baseline's by so many of its standard "
        "deviations. 0 is how SageMaker Clarify compares; 3 is for windows of some hundred rows.",
    )

    @model_validator(mode="after")
    def _what_is_hoped_for_is_told(self) -> Self:
        if bool(self.positive) == (self.label_threshold is not None):
            raise ValueError(
                f"positive got {', '.join(self.positive) or None!r} and label_threshold "
                f"{self.label_threshold!r}; expected one of them"
            )
        self.facets()
        return self

    @cached_property
    def positives(self) -> frozenset[str]:
        """The label's values that are hoped for."""
        return frozenset(self.positive)

    def facets(self) -> tuple[Facet, ...]:
        """The facets, each with its own values or threshold.

        Raises:
            ValueError: There are values for more facets than there are, or for one both values
                and a threshold.
        """
        values = _each(self.facet_values, len(self.facet), "facet_values")
        thresholds = _each(self.threshold, len(self.facet), "threshold")
        found = []
        for name, listed, threshold in zip(self.facet, values, thresholds, strict=True):
            if listed and threshold:
                raise ValueError(f"facet {name!r} got values and a threshold; expected one of them")
            found.append(
                Facet(
                    name=name,
                    values=canonical_values(listed),
                    threshold=_number(threshold) if threshold else None,
                )
            )
        return tuple(found)


def _each(text: str | None, facets: int, option: str) -> list[str]:
    parts = text.split(_BETWEEN_FACETS) if text else []
    if len(parts) > facets:
        raise ValueError(f"{option} got {text!r}, of {len(parts)} facets; there are {facets}")
    return [*(part.strip() for part in parts), *[""] * (facets - len(parts))]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"threshold got {text!r}; expected a number")
    return number
