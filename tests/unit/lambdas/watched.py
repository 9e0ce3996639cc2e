"""A model of two features, `speed` and `state`, whose traffic a test captures."""

import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lambdas.baseline.handler import handler as make_baseline

from .conftest import MODEL, Cloud, Context
from .endpoints import evaluation, registered, serve

Heard = list[dict[str, Any]]

NOW = datetime.now(UTC).replace(microsecond=0)
START, END = NOW - timedelta(minutes=10), NOW + timedelta(minutes=1)
YESTERDAY = NOW - timedelta(days=1)
NORMAL = [f"{number % 100}.5,{'on' if number % 3 else 'off'}" for number in range(300)]
DRIFTED = [f"{number % 100 + 60}.5,{'on' if number % 3 else 'off'}" for number in range(300)]


def asked(**changes: Any) -> dict[str, Any]:
    window = {"start": START.isoformat(), "end": END.isoformat()}
    return {"model": MODEL, "monitor": "data-quality", "window": window} | changes


def running(cloud: Cloud, *, since: datetime = YESTERDAY, baseline: bool = True) -> None:
    """An endpoint whose version was trained on normal rows."""
    cloud.deploy()
    if baseline:
        rows = [row.split(",") for row in NORMAL]
        table = pa.table({"speed": [float(a) for a, _ in rows], "state": [b for _, b in rows]})
        packed = io.BytesIO()
        pq.write_table(table, packed)
        uri = cloud.put("tool-wear/baselines/0/features.parquet", packed.getvalue())
        make_baseline({"model": MODEL, "run": "0", "evaluation": evaluation(uri)}, Context())
    serve(cloud, {"ModelPackageName": registered(cloud)}, since=since)


def record(row: str, time: datetime = NOW) -> str:
    captured = {
        "captureData": {
            "endpointInput": {
                "observedContentType": "text/csv",
                "mode": "INPUT",
                "data": row,
                "encoding": "CSV",
            },
            "endpointOutput": {
                "observedContentType": "text/csv",
                "mode": "OUTPUT",
                "data": "worn,0.5",
                "encoding": "CSV",
            },
        },
        "eventMetadata": {"eventId": "1", "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"},
        "eventVersion": "0",
    }
    return json.dumps(captured)


def capture(cloud: Cloud, lines: Iterable[str], name: str = "a", hour: datetime = NOW) -> str:
    folder = f"tool-wear/capture/north--tool-wear/AllTraffic/{hour:%Y/%m/%d/%H}"
    return cloud.put(f"{folder}/{name}.jsonl", "\n".join(lines) + "\n")
