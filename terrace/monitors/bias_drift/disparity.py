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
    strata: dict[str, dict[tuple[bool, bool], int]] = {}
    totals = {True: 0, False: 0}
    for cell, rows in table.cells.items():
        hoped_for = cell[outcome]
        if isinstance(hoped_for, bool):
            totals[hoped_for] += rows
            if cell[1] is not None:
                stratum = strata.setdefault(cell[1], {})
                stratum[cell[0], hoped_for] = stratum.get((cell[0], hoped_for), 0) + rows
    if not strata:
        raise Undefined("no column with strata is named (group), or it is empty")
    for hoped_for, name in ((True, "positive"), (False, "negative")):
        if not totals[hoped_for]:
            raise Undefined(f"there is no {name} {'label' if outcome == LABEL else 'predicted'}")
    weighed = [(sum(stratum.values()), _disparity(stratum)) for stratum in strata.values()]
    return sum(rows * disparity for rows, disparity in weighed) / sum(rows for rows, _ in weighed)


def _disparity(stratum: dict[tuple[bool, bool], int]) -> float:
    shares = []
    for hoped_for in (False, True):
        d = stratum.get((True, hoped_for), 0)
        whole = d + stratum.get((False, hoped_for), 0)
        shares.append(d / whole if whole else 0.0)
    return shares[0] - shares[1]
