import hashlib
from typing import Any

import pytest

from lambdas.common.deployments import ModelNotDeployed
from lambdas.common.objects import ObjectRefused
from lambdas.validate.handler import handler
from lambdas.validate.reading import InvalidTrainingData

from .conftest import BUCKET, IMAGE, KEY, MODEL, ROLE, Cloud, Context

CSV = "speed,tool_condition\n1.5,worn\n2.5,unworn\n"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:terrace--north--training:one"


def asked(**changes: Any) -> dict[str, Any]:
    event = {
        "execution": EXECUTION,
        "model": MODEL,
        "data": None,
        "code_version": "abc123",
        "parameters": {},
    }
    return event | changes


def test_a_good_training_set_is_planned_with_its_exact_bytes(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy(training={"hyperparameters": {"trees": 50, "balanced": True, "rows": "all"}})
    uri = cloud.put("tool-wear/training/data/set.csv", CSV)

    plan = handler(asked(data=uri, parameters={"trees": 7}), context)

    head = cloud.client("s3").head_object(Bucket=BUCKET, Key="tool-wear/training/data/set.csv")
    assert plan["data"] == {
        "uri": uri,
        "version_id": head["VersionId"],
        "sha256": hashlib.sha256(CSV.encode()).hexdigest(),
        "rows": 2,
        "channel_uri": f"s3://{BUCKET}/tool-wear/training/runs/{plan['run']}/",
        "held_out": None,
    }
    assert cloud.get(plan["data"]["channel_uri"] + "set.csv") == CSV.encode()
    assert plan["job"] == {
        "name": f"north--tool-wear--{plan['run']}",
        "image": IMAGE,
        "role_arn": ROLE,
        "instance_type": "ml.m5.large",
        "volume_size_gb": 10,
        "max_runtime_seconds": 3600,
        "hyperparameters": {"trees": "7", "balanced": "true", "rows": "all"},
        "output_uri": f"s3://{BUCKET}/tool-wear/training/jobs/",
        "kms_key_id": KEY,
    }
    assert (plan["model"], plan["code_version"]) == (MODEL, "abc123")


def test_the_run_is_the_executions_own(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    cloud.put("tool-wear/training/data/set.csv", CSV)

    first = handler(asked(), context)["run"]
    again = handler(asked(), context)["run"]
    other = handler(asked(execution=EXECUTION + "-2"), context)["run"]

    assert first == again != other


def test_without_an_address_the_newest_training_set_is_taken(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy()
    cloud.put("tool-wear/training/data/z-older.csv", CSV)
    newest = cloud.put("tool-wear/training/data/a-newer.csv", CSV)
    cloud.put("tool-wear/training/data/README.md", "not a training set")
    cloud.age("tool-wear/training/data/z-older.csv", days=1)

    event = asked()
    del event["data"]

    assert handler(event, context)["data"]["uri"] == newest


def test_no_training_set_at_all_is_told(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    with pytest.raises(InvalidTrainingData, match=r"no training set below s3://.*/training/data/"):
        handler(asked(), context)


@pytest.mark.parametrize(
    "uri", [f"s3://{BUCKET}/other-model/training/data/set.csv", "s3://other/tool-wear/set.csv"]
)
def test_data_outside_of_the_models_folder_is_refused(
    cloud: Cloud, context: Context, uri: str
) -> None:
    cloud.deploy()
    with pytest.raises(InvalidTrainingData, match=uri):
        handler(asked(data=uri), context)


def test_data_that_is_not_there_is_told(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    with pytest.raises(ObjectRefused, match=r"set\.csv does not exist"):
        handler(asked(data=f"s3://{BUCKET}/tool-wear/training/data/set.csv"), context)


def test_a_bad_training_set_is_refused_by_its_address(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    uri = cloud.put("tool-wear/training/data/set.csv", "")
    with pytest.raises(InvalidTrainingData, match=uri):
        handler(asked(data=uri), context)


def test_a_model_that_is_not_deployed_is_told(cloud: Cloud, context: Context) -> None:
    with pytest.raises(ModelNotDeployed, match="/terrace/north/unknown"):
        handler(asked(model="unknown"), context)


def test_the_longest_names_still_fit_a_training_jobs_name(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    cloud.put("tool-wear/training/data/set.csv", CSV)
    run = handler(asked(), context)["run"]
    assert len("t" * 20 + "--" + "m" * 24 + "--" + run) <= 63


LONG = "speed,tool_condition\n" + "".join(
    f"{number},{'worn' if number % 2 else 'unworn'}\n" for number in range(1000)
)


def test_what_is_held_out_is_not_in_the_channel_nor_where_a_training_may_read(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy(holdout={"share": 0.3})
    cloud.put("tool-wear/training/data/set.csv", LONG)

    plan = handler(asked(), context)

    held_out = plan["data"]["held_out"]
    assert held_out["uri"] == f"s3://{BUCKET}/tool-wear/held-out/{plan['run']}.parquet"
    assert held_out["rule"] == "30%: rows at random"
    channel = cloud.get(plan["data"]["channel_uri"] + "set.csv").decode().splitlines()
    assert channel[0] == "speed,tool_condition"
    assert (plan["data"]["rows"], len(channel) - 1 + held_out["rows"]) == (1000, 1000)
    assert 250 < held_out["rows"] < 350
    trained, kept = set(channel[1:]), cloud.get(held_out["uri"])
    assert kept[:4] == b"PAR1"
    assert trained < set(LONG.splitlines())


@pytest.mark.parametrize(
    ("holdout", "told"),
    [
        ({"share": 0.0001}, "0 held-out rows with 0 of the classes"),
        ({"by": "group", "column": "machine"}, "no column 'machine'"),
        ({"by": "time", "column": "tool_condition"}, "1000 rows have no time"),
    ],
)
def test_a_hold_out_that_cannot_be_is_told(
    cloud: Cloud, context: Context, holdout: dict[str, Any], told: str
) -> None:
    cloud.deploy(holdout=holdout)
    cloud.put("tool-wear/training/data/set.csv", LONG)
    with pytest.raises(InvalidTrainingData, match=told):
        handler(asked(), context)
