"""The state of bias drift: counts, a table a facet, and a sample of rows; all of it adds."""

from dataclasses import dataclass, field
from typing import Any, Self

from terrace.codec import packed, unpacked
from terrace.errors import TerraceError
from terrace.monitors.bias_drift.flip_test import no_rows
from terrace.monitors.bias_drift.outcomes import Outcomes
from terrace.monitors.bias_drift.table import Cell, Table
from terrace.monitors.sampling import Sample

NAME = "bias-drift"

# A facet's value, stratum, label and prediction, as Cell has the latter three.
Count = tuple[str | None, str | None, bool | None, bool | None]


class InvalidState(TerraceError):
    """Two states of different monitors."""


@dataclass(frozen=True, kw_only=True)
class FacetCounts:
    """The rows of a window by one facet.

    Attributes:
        rows: How many there are of each value, stratum, label and prediction; of a facet with a
            threshold, the values are `above` and `below`.
        maximum: The greatest number of a facet with a threshold.
    """

    rows: dict[Count, int] = field(default_factory=dict)
    maximum: float | None = None

    def __add__(self, other: Self) -> Self:
        """The counts of both sets of rows together."""
        rows = dict(self.rows)
        for count, number in other.rows.items():
            rows[count] = rows.get(count, 0) + number
        found = [value for value in (self.maximum, other.maximum) if value is not None]
        return type(self)(rows=rows, maximum=max(found, default=None))

    @property
    def values(self) -> list[str]:
        """The facet's values that came."""
        return sorted({value for value, *_ in self.rows if value is not None})

    def table(self, disadvantaged: frozenset[str]) -> Table:
        """The rows split at some of the facet's values; a row without a value is not of these.

        The order of the cells does not depend on that of the rows, nor do sums over them.
        """
        cells: dict[Cell, int] = {}
        for (value, stratum, label, predicted), number in sorted(self.rows.items(), key=str):
            cell = (value in disadvantaged, stratum, label, predicted)
            cells[cell] = cells.get(cell, 0) + number
        return Table(cells)


@dataclass(frozen=True, kw_only=True)
class BiasDriftState:
    """What is kept of a window.

    Attributes:
        records: All rows.
        facets: The rows by each facet, in the order of the options.
        labels: The values of the label that came.
        predictions: Those of the prediction.
        sample: Rows for the flip test.
    """

    records: int = 0
    facets: tuple[FacetCounts, ...] = ()
    labels: Outcomes = field(default_factory=Outcomes)
    predictions: Outcomes = field(default_factory=Outcomes)
    sample: Sample = field(default_factory=lambda: no_rows(0))

    def __add__(self, other: Self) -> Self:
        """The state of both sets of rows together.

        Raises:
            InvalidState: They were observed for different facets.
        """
        if not self.facets or not other.facets:
            return self if self.facets else other
        if len(self.facets) != len(other.facets):
            raise InvalidState(
                f"states of {len(self.facets)} and {len(other.facets)} facets cannot be added"
            )
        pairs = zip(self.facets, other.facets, strict=True)
        return type(self)(
            records=self.records + other.records,
            facets=tuple(one + another for one, another in pairs),
            labels=self.labels + other.labels,
            predictions=self.predictions + other.predictions,
            sample=self.sample + other.sample,
        )

    def dump(self) -> dict[str, Any]:
        """As JSON, with the version of the form."""
        content = {
            "records": self.records,
            "facets": [
                {
                    "maximum": facet.maximum,
                    "rows": sorted(([*count, n] for count, n in facet.rows.items()), key=str),
                }
                for facet in self.facets
            ],
            "labels": self.labels.dump(),
            "predictions": self.predictions.dump(),
            "sample": self.sample.dump(),
        }
        return packed(NAME, content)

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it.

        Raises:
            UnreadableState: It is of another kind, or of a newer version.
        """
        content = unpacked(NAME, dumped)
        return cls(
            records=content["records"],
            facets=tuple(
                FacetCounts(
                    maximum=facet["maximum"],
                    rows={
                        (value, stratum, label, predicted): number
                        for value, stratum, label, predicted, number in facet["rows"]
                    },
                )
                for facet in content["facets"]
            ),
            labels=Outcomes.load(content["labels"]),
            predictions=Outcomes.load(content["predictions"]),
            sample=Sample.load(content["sample"]),
        )
