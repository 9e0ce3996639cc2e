"""How many rows of each side of a facet have each label and prediction: all that bias is."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

# Whether the row is of the disadvantaged; its stratum; its label and prediction, whether these
# are what is hoped for (None where they are not known).
Cell = tuple[bool, str | None, bool | None, bool | None]


class Undefined(ValueError):
    """A metric that the rows have nothing for."""


@dataclass(frozen=True)
class Table:
    """The rows of one facet, split into the disadvantaged (d) and all others (a)."""

    cells: dict[Cell, int]

    def count(
        self,
        disadvantaged: bool | None = None,  # as the cells have it
        *,
        label: bool | None = None,
        predicted: bool | None = None,
    ) -> int:
        """How many rows are such; what is left out may be anything."""
        return self._counts.get((disadvantaged, label, predicted), 0)

    @cached_property
    def _counts(self) -> dict[tuple[bool | None, bool | None, bool | None], int]:
        """Every count that can be asked for: a report asks for hundreds."""
        found: dict[tuple[bool | None, bool | None, bool | None], int] = {}
        for (side, _, label, predicted), rows in self.cells.items():
            # What is not known is counted where anything is, and there once.
            for key in product({None, side}, {None, label}, {None, predicted}):
                found[key] = found.get(key, 0) + rows
        return found

    def labelled(self) -> "Table":
        """The rows whose label is known."""
        return Table({cell: rows for cell, rows in self.cells.items() if cell[2] is not None})

    def predicted(self) -> "Table":
        """The rows with a prediction."""
        return Table({cell: rows for cell, rows in self.cells.items() if cell[3] is not None})

    def keeping(
        self, *, strata: bool = False, labels: bool = False, predictions: bool = False
    ) -> "Table":
        """The same rows by what is asked for alone, which are fewer cells."""
        found: dict[Cell, int] = {}
        for (side, stratum, label, predicted), rows in self.cells.items():
            cell = (
                side,
                stratum if strata else None,
                label if labels else None,
                predicted if predictions else None,
            )
            found[cell] = found.get(cell, 0) + rows
        return Table(found)

    @cached_property
    def one_row_less(self) -> tuple[tuple[int, "Table"], ...]:
        """Each cell's count, and the table with one row less in it."""
        return tuple(
            (rows, Table({**self.cells, cell: rows - 1}))
            for cell, rows in self.cells.items()
            if rows
        )

    def demand_both_sides(self) -> None:
        """Sees to it that there is somebody to compare.

        Raises:
            Undefined: One side has no rows.
        """
        if not self.count(True):
            raise Undefined("no row is of the facet's value")
        if not self.count(False):
            raise Undefined("every row is of the facet's value")
