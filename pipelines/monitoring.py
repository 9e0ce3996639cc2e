"""The monitoring state machine: a window that outgrows one function, observed in parts.

    Observe (a distributed map: one function a part) -> Check (the monitor adds the parts up)
    ObserveOnSpark (a job of EMR Serverless)         ->

The monitor function divides the window, starts this, and is asked again once all is observed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.states import (
    States,
    caught,
    choice,
    expression,
    failing,
    invoke,
    machine,
    remember,
)
from terrace.events import MonitorFailed

FUNCTIONS = ("observe", "monitor")
LABEL = "Observe"  # of the map run, in the names of its executions

_STEP_SECONDS = 900  # the longest that Lambda lets a function run
_TIMEOUT_SECONDS = 6 * 3600
_EXECUTION = "$states.context.Execution.Id"
# Where `spark/Dockerfile` has our code, and a Python that it runs on.
_JOB = "local:///opt/terrace/spark/observe_parts.py"
_PYTHON = "/usr/bin/python3.11"
_AT_ONCE = 40  # of the 1000 functions that an account may run at once, unless it asked for more


@dataclass(frozen=True, kw_only=True)
class Spark:
    """The application of EMR Serverless that observes the parts of some windows."""

    application_id: str
    role_arn: str
    key_arn: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Monitoring:
    """What the monitoring state machine works with."""

    tenant: str
    event_bus: str
    bucket: str
    functions: Mapping[str, str]  # ARNs by name
    spark: Spark | None = None

    def definition(self) -> dict[str, Any]:
        """The state machine."""
        return machine(
            "Begin",
            self._steps() | self._endings(),
            comment=f"Observes large windows of the models of {self.tenant}, in parts.",
            seconds=_TIMEOUT_SECONDS,
        )

    def _steps(self) -> States:
        asked = {name: expression(f"$states.input.asked.{name}") for name in ("model", "monitor")}
        check = invoke(
            self.functions["monitor"],
            expression("$asked"),
            seconds=_STEP_SECONDS,
            assign="checked",
        )
        # The map itself fails for no other reason than that too many of its parts did.
        why = "$states.errorOutput.Cause & ' Why is told in the map run of ' & " + _EXECUTION
        parts_failed = caught("TellFailed", assign={"cause": expression(why)})
        about = asked | {
            "asked": expression("$states.input.asked"),
            "key": expression("$states.input.key"),
        }
        begin: States = {"Begin": remember(about, "Observe")}
        if self.spark:
            on_spark = about | {"on": expression("$states.input.on")}
            begin = {
                "Begin": remember(on_spark, "Where"),
                "Where": choice("$on = 'spark'", "ObserveOnSpark", "Observe"),
                "ObserveOnSpark": self._observe_on(self.spark),
            }
        return begin | {
            "Observe": self._observe() | {"Catch": [parts_failed], "Next": "Check"},
            "Check": check
            | {
                "Catch": [caught("TellFailed")],
                "Output": expression("$states.result.Payload"),
                "End": True,
            },
        }

    def _observe(self) -> dict[str, Any]:
        part = invoke(
            self.functions["observe"],
            expression("$states.input"),
            seconds=_STEP_SECONDS,
            assign="observed",
        )
        return {
            "Type": "Map",
            "Label": LABEL,
            "MaxConcurrency": _AT_ONCE,
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Arguments": {"Bucket": self.bucket, "Key": expression("$key")},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "ObservePart",
                # What was observed is in the bucket; thousands of answers would be too large.
                "States": {"ObservePart": part | {"Output": {}, "End": True}},
            },
            "Output": {},
        }

    def _observe_on(self, spark: Spark) -> dict[str, Any]:
        arguments = {
            "ApplicationId": spark.application_id,
            "ExecutionRoleArn": spark.role_arn,
            "Name": expression("$states.context.Execution.Name"),
            "JobDriver": {
                "SparkSubmit": {
                    "EntryPoint": _JOB,
                    "EntryPointArguments": [self.tenant, self.bucket, expression("$key")],
                    "SparkSubmitParameters": _submitted(spark.region),
                }
            },
            # Logs are the tenant's data: they go to its bucket, and not to EMR's own storage.
            "ConfigurationOverrides": {
                "MonitoringConfiguration": {
                    "ManagedPersistenceMonitoringConfiguration": {"Enabled": False},
                    "S3MonitoringConfiguration": {
                        "LogUri": expression(
                            f"'s3://{self.bucket}/' & $model & '/monitoring/spark-logs/'"
                        ),
                        "EncryptionKeyArn": spark.key_arn,
                    },
                }
            },
        }
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::emr-serverless:startJobRun.sync",
            "Arguments": arguments,
            "TimeoutSeconds": _TIMEOUT_SECONDS,
            "Catch": [caught("TellFailed")],
            "Next": "Check",
        }

    def _endings(self) -> States:
        failed = {
            "tenant": self.tenant,
            "model": expression("$model"),
            "monitor": expression("$monitor"),
            "error": expression("$error"),
            "cause": expression("$cause"),
        }
        return failing(self.event_bus, MonitorFailed, failed)


def _submitted(region: str) -> str:
    """What spark-submit is given: our Python, and room beside the JVM for DuckDB in each worker."""
    everywhere = {
        "PYSPARK_PYTHON": _PYTHON,
        "PYSPARK_DRIVER_PYTHON": _PYTHON,
        "AWS_DEFAULT_REGION": region,
    }
    settings = {
        f"{where}.{name}": value
        for where in ("spark.emr-serverless.driverEnv", "spark.executorEnv")
        for name, value in everywhere.items()
    } | {"spark.executor.memory": "8g", "spark.executor.memoryOverhead": "4g"}
    return " ".join(f"--conf {name}={value}" for name, value in settings.items())
