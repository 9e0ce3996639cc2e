"""The bias metrics, each a function of a table; the first line of its text is its name in reports.

`a` are the rows outside of the facet's values, `d` the disadvantaged; 1 is what is hoped for.
Definitions and signs are SageMaker Clarify's, but for one: a share of nothing is undefined, where
Clarify's library says 0. A ratio with nothing but its denominator missing is infinite.
"""

import math
from collections.abc import Callable

from terrace.monitors.bias_drift.disparity import LABEL, PREDICTED, demographic_disparity
from terrace.monitors.bias_drift.table import Table, Undefined

Metric = Callable[[Table], float]
A, D = False, True


def _share(part: int, whole: int, of: str) -> float:
    if whole:
        return part / whole
    if part:
        return math.inf
    raise Undefined(f"there is no row {of}")


def _difference(one: float, other: float) -> float:
    return 0.0 if one == other else one - other  # two infinities alike are no difference


def ci(table: Table) -> float:
    """Class Imbalance (CI)

    (n_a - n_d) / (n_a + n_d), in [-1, 1]; 0 where both sides have as many rows.
    """
    table.demand_both_sides()
    a, d = table.count(A), table.count(D)
    return (a - d) / (a + d)


def dpl(table: Table) -> float:
    """Difference in Positive Proportions in Labels (DPL)

    q_a - q_d, the shares of positive labels, in [-1, 1].
    """
    table.demand_both_sides()
    a, d = table.count(A, label=True), table.count(D, label=True)
    return a / table.count(A) - d / table.count(D)


def _distributions(table: Table) -> list[tuple[float, float]]:
    """The shares of each label in a and d, of labels that come in both."""
    table.demand_both_sides()
    found = []
    for label in (False, True):
        a, d = table.count(A, label=label), table.count(D, label=label)
        if a and d:
            found.append((a / table.count(A), d / table.count(D)))
    if not found:
        raise Undefined("no label comes on both sides")
    return found


def kl(table: Table) -> float:
    """Kullback-Liebler Divergence (KL)

    The sum of P_a log(P_a / P_d) over labels that come on both sides, in nats.
    """
    return sum(a * math.log(a / d) for a, d in _distributions(table))


def js(table: Table) -> float:
    """Jensen-Shannon Divergence (JS)

    The mean of both sides' divergences from their mean, in [0, log 2].
    """
    found = _distributions(table)
    of_a = sum(a * math.log(a / ((a + d) / 2)) for a, d in found)
    return (of_a + sum(d * math.log(d / ((a + d) / 2)) for a, d in found)) / 2


def lp(table: Table) -> float:
    """L-p Norm (LP)

    The Euclidean distance of the labels' distributions.
    """
    return math.hypot(*(a - d for a, d in _distributions(table)))


def tvd(table: Table) -> float:
    """Total Variation Distance (TVD)

    Half the sum of the absolute differences of the labels' shares.
    """
    return sum(abs(a - d) for a, d in _distributions(table)) / 2


def ks(table: Table) -> float:
    """Kolmogorov-Smirnov Distance (KS)

    The largest absolute difference of the labels' shares.
    """
    return max(abs(a - d) for a, d in _distributions(table))


def cddl(table: Table) -> float:
    """Conditional Demographic Disparity in Labels (CDDL)

    In [-1, 1]; above 0 the disadvantaged are more of the rejected than of the accepted.
    """
    return demographic_disparity(table, LABEL)


def cddpl(table: Table) -> float:
    """Conditional Demographic Disparity in Predicted Labels (CDDPL)

    As CDDL, of predictions.
    """
    return demographic_disparity(table, PREDICTED)


def _accepted(table: Table, side: bool) -> float:
    return table.count(side, predicted=True) / table.count(side)


def dppl(table: Table) -> float:
    """Difference in Positive Proportions in Predicted Labels (DPPL)

    The difference of the shares of positive predictions, a less d, in [-1, 1].
    """
    table.demand_both_sides()
    return _accepted(table, A) - _accepted(table, D)


def di(table: Table) -> float:
    """Disparate Impact (DI)

    The ratio of the shares of positive predictions, d to a; 1 where they are alike.
    """
    table.demand_both_sides()
    a, d = _accepted(table, A), _accepted(table, D)
    if not a:
        return _share(table.count(D, predicted=True), 0, "predicted positive")
    return d / a


def _observed_to_predicted(table: Table, side: bool, outcome: bool) -> float:
    observed, predicted = table.count(side, label=outcome), table.count(side, predicted=outcome)
    return _share(observed, predicted, f"with outcome {int(outcome)}, observed or predicted")


def dca(table: Table) -> float:
    """Difference in Conditional Acceptance (DCA)

    Of positives, observed to predicted: a less d.
    """
    table.demand_both_sides()
    a, d = (_observed_to_predicted(table, side, True) for side in (A, D))
    return _difference(a, d)


def dcr(table: Table) -> float:
    """Difference in Conditional Rejection (DCR)

    Of negatives, observed to predicted: d less a.
    """
    table.demand_both_sides()
    a, d = (_observed_to_predicted(table, side, False) for side in (A, D))
    return _difference(d, a)


def _found(table: Table, side: bool, outcome: bool) -> float:
    right = table.count(side, label=outcome, predicted=outcome)
    return _share(right, table.count(side, label=outcome), f"with label {int(outcome)}")


def rd(table: Table) -> float:
    """Recall Difference (RD)

    The difference of recalls, a less d, in [-1, 1].
    """
    table.demand_both_sides()
    return _found(table, A, True) - _found(table, D, True)


def sd(table: Table) -> float:
    """Specificity Difference (SD)

    The difference of specificities, d less a, in [-1, 1].
    """
    table.demand_both_sides()
    return _found(table, D, False) - _found(table, A, False)


def _precision(table: Table, side: bool, outcome: bool) -> float:
    right = table.count(side, label=outcome, predicted=outcome)
    return _share(right, table.count(side, predicted=outcome), f"predicted {int(outcome)}")


def dar(table: Table) -> float:
    """Difference in Acceptance Rates (DAR)

    The difference of precisions, a less d, in [-1, 1].
    """
    table.demand_both_sides()
    return _precision(table, A, True) - _precision(table, D, True)


def drr(table: Table) -> float:
    """Difference in Rejection Rates (DRR)

    The difference of the shares of rejections that are right, d less a, in [-1, 1].
    """
    table.demand_both_sides()
    return _precision(table, D, False) - _precision(table, A, False)


def ad(table: Table) -> float:
    """Accuracy Difference (AD)

    The difference of accuracies, a less d, in [-1, 1].
    """
    table.demand_both_sides()
    a, d = (
        sum(table.count(s, label=outcome, predicted=outcome) for outcome in (True, False))
        / table.count(s)
        for s in (A, D)
    )
    return a - d


def te(table: Table) -> float:
    """Treatment Equality (TE)

    The difference of the ratios of false negatives to false positives, d less a.
    """
    table.demand_both_sides()
    a, d = (
        _share(
            table.count(s, label=True, predicted=False),
            table.count(s, label=False, predicted=True),
            "predicted wrong",
        )
        for s in (A, D)
    )
    return _difference(d, a)


def ge(table: Table) -> float:
    """Generalized Entropy (GE)

    Half the squared coefficient of variation of the benefits, prediction less label plus 1.
    """
    wrongly_given = table.count(label=False, predicted=True)
    wrongly_denied = table.count(label=True, predicted=False)
    rows = table.count()
    whole = rows + wrongly_given - wrongly_denied
    if not whole:
        raise Undefined("every prediction is a false negative, or there is none")
    mean = whole / rows
    right = rows - wrongly_given - wrongly_denied
    return ((right + 4 * wrongly_given) / mean**2 - rows) / (2 * rows)


PRE_TRAINING: dict[str, Metric] = {
    "CDDL": cddl, "CI": ci, "DPL": dpl, "JS": js, "KL": kl, "KS": ks, "LP": lp, "TVD": tvd,
}  # fmt: skip
POST_TRAINING: dict[str, Metric] = {
    "AD": ad, "CDDPL": cddpl, "DAR": dar, "DCA": dca, "DCR": dcr, "DI": di, "DPPL": dppl,
    "DRR": drr, "GE": ge, "RD": rd, "SD": sd, "TE": te,
}  # fmt: skip
# Metrics that need no label: rows that still wait for one count as well.
OF_PREDICTIONS = frozenset({"DPPL", "DI", "CDDPL"})
# Metrics over strata, by where a cell has their outcome.
WITH_STRATA = {"CDDL": LABEL, "CDDPL": PREDICTED}


def named(metric: Metric) -> str:
    """What reports call a metric: the first line of its text."""
    return (metric.__doc__ or "").strip().split("\n")[0]
