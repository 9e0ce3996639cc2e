"""In this process: batch after batch, one held at a time."""

from collections.abc import Iterator

from terrace import dataset
from terrace.engines.engine import Asked, Part


def observe(asked: Asked) -> Iterator[Part]:
    """The parts of a data set.

    Raises:
        InvalidData: A file cannot be read.
    """
    monitor = asked.monitor()
    for batch in dataset.batches(asked.data, asked.layout, asked.labels):
        yield Part(state=monitor.observe(batch), rejected=batch.rejected)
