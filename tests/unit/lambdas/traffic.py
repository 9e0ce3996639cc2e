"""A model of three features with all monitors, whose traffic and labels a test makes."""

import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

from lambdas.baseline.handler import handler as make_baseline

from .conftest import MODEL, Cloud, Context
from .endpoints import evaluation, registered, serve

NOW = datetime.now(UTC).replace(microsecond=0)
WINDOW = {
    "start": (NOW - timedelta(minutes=10)).isoformat(),
    "end": (NOW + timedelta(minutes=1)).isoformat(),
}
MONITORS: dict[str, Any] = {
    "model-quality": {"problem": "binary", "positive": "worn", "score": "score"},
    "bias-drift": {
        "positive": "worn",
        "facet": "speed",
        "threshold": 0,
        "predicted": "predicted",
        "tolerance": 4.0,
    },
    "attribution-drift": {"sample": 50},
}
CLASSES = np.array(["unworn", "worn"])


def rows(seed: int, count: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(count, 3)), columns=["speed", "heat", "load"])
    frame["tool_condition"] = CLASSES[
        (frame["speed"] + 0.3 * rng.normal(size=count) > 0).astype(int)
    ]
    frame["predicted"] = CLASSES[(frame["speed"] > 0).astype(int)]
    frame["score"] = 1 / (1 + np.exp(-3 * frame["speed"]))
    return frame


def deployed(cloud: Cloud, **changes: Any) -> None:
    """The model, with all its monitors."""
    monitors = {name: told | changes for name, told in MONITORS.items()}
    cloud.deploy(monitors=monitors, outputs=("predicted", "score"))


def trained(cloud: Cloud, *, suffix: str = "onnx", predictions: bool = True) -> None:
    """A version with every baseline, whose endpoint runs."""
    deployed(cloud)
    measured(cloud, suffix=suffix, predictions=predictions)
    since = NOW - timedelta(days=1)
    serve(cloud, {"ModelPackageName": registered(cloud)}, since=since)


def measured(cloud: Cloud, *, suffix: str = "onnx", predictions: bool = True) -> None:
    """A model's artifact, and every baseline of it."""
    frame = rows(0)
    features = frame[["speed", "heat", "load"]]
    model = LogisticRegression().fit(features.to_numpy(np.float32), frame["tool_condition"])
    made = to_onnx(model, features.to_numpy(np.float32)[:1], options={"zipmap": False})
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        content = made.SerializeToString()
        told = tarfile.TarInfo(f"folder/model.{suffix}")
        told.size = len(content)
        tar.addfile(told, io.BytesIO(content))
    cloud.put("model.tar.gz", packed.getvalue())
    uris = [
        cloud.put(f"tool-wear/baselines/0/{name}.parquet", part.to_parquet(index=False))
        for name, part in (("features", features), ("predictions", frame))
    ]
    event = evaluation(uris[0], uris[1] if predictions else None)
    make_baseline({"model": MODEL, "run": "0", "evaluation": event}, Context())


def captured(
    cloud: Cloud, frame: pd.DataFrame, name: str = "a", variant: str = "AllTraffic"
) -> None:
    sides = [
        {
            "endpointInput": {"data": f"{row.speed},{row.heat},{row.load}", "encoding": "CSV"},
            "endpointOutput": {"data": f"{row.predicted},{row.score}\n", "encoding": "CSV"},
        }
        for row in frame.itertuples()
    ]
    _captured(cloud, frame, sides, name, variant)


def captured_in_json(cloud: Cloud, frame: pd.DataFrame) -> None:
    """The same as nested JSON, of no usual shape."""
    sides = []
    for row in frame.itertuples():
        request = {"meta": [1], "body": {"x": [row.speed, row.heat, row.load], "y": "z"}}
        response = {"id": 7, "out": {"label": row.predicted, "p": row.score}}
        sides.append(
            {
                "endpointInput": {"data": json.dumps(request), "encoding": "JSON"},
                "endpointOutput": {"data": json.dumps(response), "encoding": "JSON"},
            }
        )
    _captured(cloud, frame, sides, "a", "AllTraffic")


def _captured(
    cloud: Cloud,
    frame: pd.DataFrame,
    sides: list[dict[str, dict[str, str]]],
    name: str,
    variant: str,
) -> None:
    lines = []
    for place, both in zip(frame.index, sides, strict=True):
        metadata = {
            "eventId": f"event-{place}",
            "inferenceId": str(place),
            "inferenceTime": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        }
        lines.append(json.dumps({"captureData": both, "eventMetadata": metadata}))
    folder = f"tool-wear/capture/north--tool-wear/{variant}/{NOW:%Y/%m/%d/%H}"
    cloud.put(f"{folder}/{name}.jsonl", "\n".join(lines) + "\n")


def labelled(cloud: Cloud, labels: pd.Series, name: str = "a") -> None:
    lines = [
        json.dumps({"groundTruthData": {"data": label, "encoding": "CSV"},
                    "eventMetadata": {"eventId": str(place)}})
        for place, label in enumerate(labels)
    ]  # fmt: skip
    cloud.put(f"tool-wear/ground-truth/{NOW:%Y/%m/%d/%H}/{name}.jsonl", "\n".join(lines) + "\n")
