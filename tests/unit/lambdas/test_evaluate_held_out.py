"""Evaluate, where Terrace held rows back: what the model itself says, beside the one that runs."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from lambdas.common.artifact import NoModelFile
from lambdas.evaluate.handler import handler

from .conftest import BUCKET, MODEL, Cloud, Context
from .endpoints import registered, serve
from .test_evaluate import FILES, JOB, PLAN, packed, trained

HELD_OUT = "tool-wear/held-out/0123456789ab.parquet"
RULE = "20%: rows at random"
SHARES = {"facet": "machine", "facet_values": "1", "positive": "worn", "predicted": "predicted"}


def model(*, worn_above: float, column: str = "speed") -> bytes:
    """An artifact whose model says `worn` above a speed."""
    speed = np.linspace(worn_above - 1, worn_above + 1, 200)[:, None]
    fitted = LogisticRegression(C=1e5).fit(speed, np.where(speed[:, 0] > worn_above, "worn", "new"))
    inputs = [(column, FloatTensorType([None, 1]))]
    made = to_onnx(fitted, initial_types=inputs, options={"zipmap": False})
    return packed({"model.onnx": made.SerializeToString()})


@pytest.fixture
def event(cloud: Cloud, tmp_path: Path) -> dict[str, Any]:
    """A training whose model is wrong for 2 of 100 held-out rows; worn is above 0.5."""
    duckdb.execute(
        "COPY (SELECT i / 100.0 AS speed, CASE WHEN i > 50 THEN 'worn' ELSE 'new' END AS "
        f"tool_condition, i % 2 AS machine FROM range(100) t(i)) TO '{tmp_path}/h.parquet'"
    )
    duckdb.execute(f"COPY (SELECT 0.1 AS speed) TO '{tmp_path}/features.parquet'")
    features = (tmp_path / "features.parquet").read_bytes()
    found = trained(cloud, FILES | {"baseline/features.parquet": features})
    cloud.put(f"{JOB}/model.tar.gz", model(worn_above=0.525))
    uri = cloud.put(HELD_OUT, (tmp_path / "h.parquet").read_bytes())
    held_out = {"uri": uri, "rows": 100, "rule": RULE}
    return found | {"plan": PLAN | {"data": PLAN["data"] | {"held_out": held_out}}}


def running(cloud: Cloud, artifact: bytes, **noted: str) -> None:
    """Another version runs."""
    cloud.put("model.tar.gz", artifact)
    serve(cloud, {"ModelPackageName": registered(cloud, **noted)})


def test_the_models_own_words_about_rows_that_it_never_saw(
    cloud: Cloud, context: Context, event: dict[str, Any], tmp_path: Path
) -> None:
    gate = [
        {"metric": "recall", "minimum": 0.5, "slice": "machine"},
        {"metric": "DPPL", "maximum": 0.5},
    ]
    cloud.deploy(holdout={}, gate=gate, monitors={"bias-drift": SHARES})
    answer = handler(event, context)
    assert set(answer["metrics"]) == {"random", "by_experiment", "held_out"}
    assert answer["metrics"]["held_out"]["accuracy"] == pytest.approx(0.98)
    assert [(one["value"], one["rows"]) for one in answer["slices"]] == [("0", 50), ("1", 50)]
    assert set(answer["bias"]) == {"machine=1"}
    assert abs(answer["bias"]["machine=1"]["DPPL"]) <= 0.05
    (tmp_path / "p.parquet").write_bytes(cloud.get(answer["predictions_uri"]))
    together = duckdb.read_parquet(str(tmp_path / "p.parquet"))
    assert together.columns == ["speed", "tool_condition", "machine", "predicted", "score"]


def test_the_version_that_runs_is_asked_about_the_same_rows(
    cloud: Cloud, context: Context, event: dict[str, Any]
) -> None:
    cloud.deploy(holdout={}, champion={})
    running(cloud, model(worn_above=0.705))
    duel = handler(event, context)["duel"]
    assert (duel["version"], duel["challenger"], duel["champion"]) == (1, 18, 0)
    assert duel["seen"]  # it does not tell what was held out when it was trained


def test_a_champion_with_the_same_holdout_has_not_seen_the_rows(
    cloud: Cloud, context: Context, event: dict[str, Any]
) -> None:
    cloud.deploy(holdout={}, champion={})
    running(cloud, model(worn_above=0.705), holdout="20_: rows at random")  # as AWS takes it
    assert not handler(event, context)["duel"]["seen"]


def test_a_champion_that_takes_other_columns_is_told_and_no_crash(
    cloud: Cloud, context: Context, event: dict[str, Any]
) -> None:
    cloud.deploy(holdout={}, champion={})
    running(cloud, packed({"model.onnx": b"no model"}))
    answer = handler(event, context)
    assert answer["duel"] is None
    assert "version 1, which runs, cannot predict" in answer["incomparable"]


def test_without_a_champion_to_ask_there_is_no_duel(
    cloud: Cloud, context: Context, event: dict[str, Any]
) -> None:
    cloud.deploy(holdout={}, champion={})
    answer = handler(event, context)
    assert (answer["duel"], answer["incomparable"]) == (None, None)


def test_a_model_that_functions_cannot_run_is_told(
    cloud: Cloud, context: Context, event: dict[str, Any]
) -> None:
    cloud.deploy(holdout={})
    cloud.put(f"{JOB}/model.tar.gz", packed({"model.pkl": b"x"}))
    with pytest.raises(NoModelFile, match=rf"{BUCKET}.*holds no file of \.onnx"):
        handler(event | {"model": MODEL}, context)
