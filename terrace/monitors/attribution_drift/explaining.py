"""A sample's attributions, in blocks, one set of these an output of the model."""

from collections.abc import Sequence

from terrace.models.needed import needed
from terrace.monitors.attribution_drift.models import Cell, Explainer
from terrace.monitors.attribution_drift.state import Block, Blocks
from terrace.monitors.sampling import Sample

BLOCKS = 20
# An attribution counts as no more than this, so that the sum of many is a number.
LARGEST = 1e290


def explained(
    sample: Sample, explainer: Explainer, features: Sequence[str], reference: Sequence[Cell]
) -> dict[str, Blocks]:
    """Mean absolute attributions of each feature in blocks of rows, by `label0` and so on.

    Raises:
        UnusableModel: The model does not take the rows.
    """
    rows = [row for row, _ in sample.rows.values()]
    counts = [count for _, count in sample.rows.values()]
    if not rows:
        return {}
    np = needed("numpy")
    values = abs(explainer.explain(rows, reference))
    known = np.isfinite(values)
    values = np.minimum(np.where(known, values, 0.0), LARGEST)
    found: dict[str, Blocks] = {}
    for output in range(values.shape[2]):
        blocks: dict[int, Block] = {}
        for place, count in enumerate(counts):
            sums = dict(zip(features, (values[place, :, output] * count).tolist(), strict=True))
            at = place % BLOCKS
            missing = int((~known[place, :, output]).sum()) * count
            one = Block(rows=count, sums=sums, missing=missing)
            blocks[at] = blocks.get(at, Block()) + one
        found[f"label{output}"] = Blocks(blocks=blocks)
    return found
