import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lambdas.baseline.handler import handler
from lambdas.common.objects import ObjectRefused

from .conftest import BUCKET, MODEL, Cloud, Context
from .endpoints import evaluation


def features(cloud: Cloud) -> str:
    table = pa.table({"speed": [1.5, 2.5, 3.5, None], "state": ["on", "off", "on", "on"]})
    packed = io.BytesIO()
    pq.write_table(table, packed)
    return cloud.put("tool-wear/baselines/0/features.parquet", packed.getvalue())


@pytest.mark.parametrize(
    ("monitors", "threshold"),
    [
        ({}, 0.1),
        ({"data-quality": {"drift_threshold": 0.25}}, 0.25),
        ({"data-quality": None}, 0.1),
    ],
)
def test_the_baseline_holds_the_models_own_threshold(
    cloud: Cloud, context: Context, monitors: dict[str, object], threshold: float
) -> None:
    cloud.deploy(monitors=monitors)
    event = {"model": MODEL, "run": "0", "evaluation": evaluation(features(cloud))}

    answer = handler(event, context)

    folder = f"s3://{BUCKET}/tool-wear/baselines/0"
    names = ("statistics", "constraints", "options")
    files = {name: f"{folder}/data-quality/{name}.json" for name in names}
    told = ("no version runs yet whose data these could be compared with",)
    assert answer == {"folder_uri": folder, "files": {"data-quality": files}, "data": told}
    constraints = json.loads(cloud.get(files["constraints"]))
    comparison = constraints["monitoring_config"]["distribution_constraints"]
    assert comparison["comparison_threshold"] == threshold
    statistics = json.loads(cloud.get(files["statistics"]))
    assert [feature["name"] for feature in statistics["features"]] == ["speed", "state"]
    assert statistics["dataset"]["item_count"] == 4


def test_features_that_are_not_there_are_told(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    event = {"model": MODEL, "run": "0", "evaluation": evaluation(f"s3://{BUCKET}/nothing.parquet")}
    with pytest.raises(ObjectRefused, match="does not exist"):
        handler(event, context)
