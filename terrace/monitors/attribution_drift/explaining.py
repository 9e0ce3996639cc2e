"""A sample's attributions, in blocks, one set of these an output of the model."""

from collections.abc import Sequence

from terrace.monitors.attribution_drift.models import Cell, Explainer
from terrace.monitors.attribution_drift.state import Block, Blocks
from terrace.monitors.sampling import Sample

BLOCKS = 20


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
    values = abs(explainer.explain(rows, reference))
    found: dict[str, Blocks] = {}
    for output in range(values.shape[2]):
        blocks: dict[int, Block] = {}
        for place, count in enumerate(counts):
            sums = dict(zip(features, (values[place, :, output] * count).tolist(), strict=True))
            at = place % BLOCKS
            blocks[at] = blocks.get(at, Block()) + Block(rows=count, sums=sums)
        found[f"label{output}"] = Blocks(blocks=blocks)
    return found
