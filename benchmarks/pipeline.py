"""What the pipeline adds to a training, a rollout and a request, on the embedded cloud."""

import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from json import dumps
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, RUNS, Row, seconds
from examples.demo import data
from examples.demo.operator import Operator, waited_for
from examples.demo.stage import Stage
from localcloud import lifecycle
from localcloud.config import Config

_TENANT = "north-mill"
_PARAMETERS = {"trees": 30, "explain_rows": 50}
_REQUESTS = 300
_FAST = 600.0  # so that the waits that a level asks for take a tenth of a second


def rows(folder: Path) -> Iterator[Row]:
    """A line of trainings, one of rollouts, and two of requests."""
    mill = data.write(folder / "mills")[_TENANT]
    cloud = folder / "cloud"
    lifecycle.up(Config(port=lifecycle.free_port(), folder=cloud, clock_speed=_FAST))
    try:
        stage = Stage(root=ROOT, folder=cloud, environment=lifecycle.environment(cloud))
        stage.bootstrap()
        stage.cdk("deploy", f"terrace--{_TENANT}--tool-wear", "--require-approval", "never")
        operator = stage.operator(_TENANT)
        yield from _versions(operator, mill, folder)
        yield from _requests(operator, mill)
    finally:
        lifecycle.down(cloud)


def _versions(operator: Operator, mill: Path, folder: Path) -> Iterator[Row]:
    training = mill / "training.parquet"
    bare = seconds(lambda: _bare(training, folder / "bare"))
    ours = seconds(lambda: operator.succeeded(operator.train(training, **_PARAMETERS)))
    yield Row(
        work="a version registered by the training state machine",
        ours=f"{ours:.1f} s",
        peer="the bare training script",
        theirs=f"{bare:.1f} s",
        ratio=f"{ours - bare:.1f} s more",
    )
    versions = operator.client("sagemaker").list_model_packages(
        ModelPackageGroupName=operator.names.model_package_group, SortOrder="Ascending"
    )["ModelPackageSummaryList"]
    left = [one["ModelPackageArn"] for one in versions][-RUNS:]
    rollout = seconds(lambda: operator.decide(left.pop(0), "Approved"))
    yield Row(work="a rollout, without the waits of its level", ours=f"{rollout:.1f} s")


def _bare(training: Path, folder: Path) -> None:
    """The image's `train` as its container would run it."""
    shutil.rmtree(folder, ignore_errors=True)
    channel, config = folder / "input/data/training", folder / "input/config"
    for made in (channel, config):
        made.mkdir(parents=True)
    shutil.copy(training, channel)
    told = {name: str(value) for name, value in _PARAMETERS.items()}
    (config / "hyperparameters.json").write_text(dumps(told))
    environ = {
        "SM_INPUT_DIR": str(folder / "input"),
        "SM_MODEL_DIR": str(folder / "model"),
        "SM_OUTPUT_DIR": str(folder / "output"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = [ROOT / "examples/cnc-mill/train"]
    subprocess.run(command, env={**os.environ, **environ}, check=True, capture_output=True)


def _requests(operator: Operator, mill: Path) -> Iterator[Row]:
    """Endpoints of the model that serves, asked in turns: plain, captured, and with a shadow."""
    sagemaker = operator.client("sagemaker")
    described = sagemaker.describe_endpoint(EndpointName=operator.names.endpoint)
    config = sagemaker.describe_endpoint_config(EndpointConfigName=described["EndpointConfigName"])
    kept = ("VariantName", "ModelName", "InitialInstanceCount", "InstanceType")
    variant = {name: config["ProductionVariants"][0][name] for name in kept}
    captured = {"DataCaptureConfig": config["DataCaptureConfig"]}
    shadow = {"ShadowProductionVariants": [variant | {"VariantName": "Shadow"}]}
    asked: dict[str, dict[str, Any]] = {
        "plain": {}, "captured": captured, "shadowed": captured | shadow,
    }  # fmt: skip
    for name, more in asked.items():
        _endpoint(sagemaker, f"{_TENANT}--bench-{name}", [variant], more)
    row = next(data.requests(mill, "normal", rows_each=1))
    runtime = operator.client("sagemaker-runtime")

    def ask(name: str) -> Callable[[], object]:
        endpoint = f"{_TENANT}--bench-{name}"
        return lambda: runtime.invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=row
        )["Body"].read()

    taken: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(_REQUESTS):
        for name, times in taken.items():
            times.append(seconds(ask(name), runs=1))
    medians = {name: statistics.median(times) * 1000 for name, times in taken.items()}
    for name in ("captured", "shadowed"):
        yield Row(
            work=f"p50 of a request, {name}",
            ours=f"{medians[name]:.2f} ms",
            peer="neither",
            theirs=f"{medians['plain']:.2f} ms",
            ratio=f"{medians[name] - medians['plain']:+.2f} ms",
        )


def _endpoint(sagemaker: Any, name: str, variants: list[Any], more: dict[str, Any]) -> None:
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **more)
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    def in_service() -> bool | None:
        status = sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]
        return True if status == "InService" else None

    waited_for(f"endpoint {name}", in_service)
