"""Conditional demographic disparity, of labels and of predictions alike."""

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
    strata: dict[str, list[int]] = {}  # rejected and accepted of a, then of d
    totals = [0, 0]
    for cell, rows in table.cells.items():
        hoped_for, stratum = cell[outcome], cell[1]
        if not isinstance(hoped_for, bool):
            continue
        totals[hoped_for] += rows
        if stratum is not None:
            if stratum not in strata:
                strata[stratum] = [0, 0, 0, 0]
            strata[stratum][2 * cell[0] + hoped_for] += rows
    if not strata:
        raise Undefined("no column with strata is named (group), or it is empty")
    for total, name in zip(totals, ("negative", "positive"), strict=True):
        if not total:
            raise Undefined(f"there is no {name} {'label' if outcome == LABEL else 'predicted'}")
    weighed = sum(sum(stratum) * _disparity(*stratum) for stratum in strata.values())
    return weighed / sum(map(sum, strata.values()))


def _disparity(a_rejected: int, a_accepted: int, d_rejected: int, d_accepted: int) -> float:
    rejected, accepted = a_rejected + d_rejected, a_accepted + d_accepted
    of_rejected = d_rejected / rejected if rejected else 0.0
    return of_rejected - (d_accepted / accepted if accepted else 0.0)
