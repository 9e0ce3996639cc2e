"""Observes a window's parts on Spark: `spark-submit observe_parts.py TENANT BUCKET KEY`.

KEY is the list of parts that the monitor function wrote. Each part is a task, which does what the
function `lambdas/observe` does, so that the monitor puts the states together all the same.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pyarrow
from pyspark.sql import SparkSession

from lambdas.common.objects import Objects
from lambdas.common.parts import Part
from lambdas.observe.part import observe

_ANSWER = "number int, quarantined int"


def main(tenant: str, bucket: str, key: str) -> None:
    """Observes every part of a list; one that fails, after Spark's retries, fails the job."""
    objects = Objects(bucket=bucket)
    parts = json.loads(objects.read(objects.uri(key)))
    session = SparkSession.builder.appName("terrace").getOrCreate()
    try:
        rows = [(json.dumps(part),) for part in parts]
        frame = session.createDataFrame(
            session.sparkContext.parallelize(rows, max(len(rows), 1)), "part string"
        )
        done = frame.mapInArrow(_observing(tenant, bucket), _ANSWER).collect()
    finally:
        session.stop()
    aside = sum(row.quarantined for row in done)
    print(f"observed {len(done)} parts, set {aside} records aside")  # noqa: T201  # the job's log


def _observing(
    tenant: str, bucket: str
) -> Callable[[Iterable[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]:
    """What a task does with its share of the list."""

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            parts = [Part.model_validate_json(row["part"]) for row in batch.to_pylist()]
            yield pyarrow.RecordBatch.from_pydict(
                {
                    "number": [part.number for part in parts],
                    "quarantined": [observe(part, tenant, bucket) for part in parts],
                },
                schema=pyarrow.schema(
                    [("number", pyarrow.int32()), ("quarantined", pyarrow.int32())]
                ),
            )

    return run


if __name__ == "__main__":
    main(*sys.argv[1:])
