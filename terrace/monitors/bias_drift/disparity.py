"""Conditional demographic disparity, of labels and of predictions alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from terrace.monitors.bias_drift.table import Table, Undefined

LABEL, PREDICTED = 2, 3  # the places of these in a cell


def demographic_disparity(table: Table, outcome: int) -> float:
    """The mean over strata, weighted by rows, of d's share of the rejected less of the accepted.

    Args:
        table: Rows of no stratum are left out.
        outcome: Where a cell has it.

    Raises:
        Undefined: There are no strata, or everybody has the same outcome.
    """
    strata = _Strata.of(table, outcome)
    for total, name in zip(strata.totals, ("negative", "positive"), strict=True):
        if strata.counts and not total:
            raise Undefined(f"there is no {name} {'label' if outcome == LABEL else 'predicted'}")
    if not strata.rows:
        raise Undefined("no column with strata is named (group), or it is empty")
    return strata.weighed / strata.rows


def without_each_row(table: Table, outcome: int) -> Iterator[tuple[int, float | None]]:
    """Each cell's count, and the disparity with one of its rows left out, None where undefined.

    A row is of one stratum, so all others stay as they are.
    """
    strata = _Strata.of(table, outcome)
    all_weighed, all_rows = strata.weighed, strata.rows
    for cell, number in table.cells.items():
        hoped_for, stratum = cell[outcome], cell[1]
        totals, weighed, rows = list(strata.totals), all_weighed, all_rows
        if isinstance(hoped_for, bool):
            totals[hoped_for] -= 1
            if stratum is not None:
                counts = list(strata.counts[stratum])
                weighed -= _weighed(counts)
                counts[2 * cell[0] + hoped_for] -= 1
                weighed, rows = weighed + _weighed(counts), rows - 1
        yield number, weighed / rows if rows and all(totals) else None


@dataclass(frozen=True)
class _Strata:
    """A table's rows by stratum.

    Attributes:
        counts: The rejected and accepted of a, then of d.
        totals: The rejected and the accepted, those of no stratum too.
    """

    counts: dict[str, list[int]]
    totals: list[int]

    @classmethod
    def of(cls, table: Table, outcome: int) -> "_Strata":
        counts: dict[str, list[int]] = {}
        totals = [0, 0]
        for cell, rows in table.cells.items():
            hoped_for, stratum = cell[outcome], cell[1]
            if not isinstance(hoped_for, bool):
                continue
            totals[hoped_for] += rows
            if stratum is not None:
                counts.setdefault(stratum, [0, 0, 0, 0])[2 * cell[0] + hoped_for] += rows
        return cls(counts, totals)

    @property
    def rows(self) -> int:
        """Those of any stratum."""
        return sum(map(sum, self.counts.values()))

    @property
    def weighed(self) -> float:
        """The strata's disparities, each times its rows."""
        return sum(map(_weighed, self.counts.values()))


def _weighed(counts: list[int]) -> float:
    a_rejected, a_accepted, d_rejected, d_accepted = counts
    rejected, accepted = a_rejected + d_rejected, a_accepted + d_accepted
    of_rejected = d_rejected / rejected if rejected else 0.0
    of_accepted = d_accepted / accepted if accepted else 0.0
    return (rejected + accepted) * (of_rejected - of_accepted)
