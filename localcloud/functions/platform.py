"""The lines that Lambda itself writes around a handler's output.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
"""

import json
import math
from datetime import UTC, datetime
from typing import Any

from localcloud.functions.function import Function
from localcloud.functions.output import Line
from localcloud.functions.runtime_api import Invocation
from localcloud.functions.worker import Ran


def framed(function: Function, invocation: Invocation, ran: Ran) -> list[Line]:
    """An invocation's output between its START, END and REPORT."""
    if function.log_format == "JSON":
        return _as_json(function, invocation, ran)
    return _as_text(function, invocation, ran)


def _as_text(function: Function, invocation: Invocation, ran: Ran) -> list[Line]:
    identity = f"RequestId: {invocation.request_id}"
    told = [*ran.lines]
    if ran.outcome.status:
        told.append(Line.now(_last_words(invocation, ran)))
    return [
        Line.now(f"START {identity} Version: {function.version}"),
        *told,
        Line.now(f"END {identity}"),
        Line.now(f"REPORT {identity}\t{_report(function, ran)}"),
    ]


def _last_words(invocation: Invocation, ran: Ran) -> str:
    message = json.loads(ran.outcome.body)["errorMessage"]
    if ran.outcome.status != "timeout":
        return str(message)
    now = datetime.now(UTC)
    told = message.rpartition("Error: ")[2]
    return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z {invocation.request_id} {told}"


def _report(function: Function, ran: Ran) -> str:
    milliseconds = ran.seconds * 1000
    figures = [
        f"Duration: {milliseconds:.2f} ms",
        f"Billed Duration: {math.ceil(milliseconds)} ms",
        f"Memory Size: {function.memory_megabytes} MB",
        f"Max Memory Used: {ran.memory_megabytes} MB",
    ]
    if ran.init_seconds is not None:
        figures.append(f"Init Duration: {ran.init_seconds * 1000:.2f} ms")
    if ran.outcome.status:
        figures.append(f"Status: {ran.outcome.status}")
    if ran.outcome.status == "error":
        figures.append(f"Error Type: {json.loads(ran.outcome.body)['errorType']}")
    return "\t".join(figures)


def _as_json(function: Function, invocation: Invocation, ran: Ran) -> list[Line]:
    identity = {"requestId": invocation.request_id}
    metrics: dict[str, Any] = {
        "durationMs": round(ran.seconds * 1000, 3),
        "billedDurationMs": math.ceil(ran.seconds * 1000),
        "memorySizeMB": function.memory_megabytes,
        "maxMemoryUsedMB": ran.memory_megabytes,
    }
    if ran.init_seconds is not None:
        metrics["initDurationMs"] = round(ran.init_seconds * 1000, 3)
    status = ran.outcome.status or ("error" if ran.outcome.is_error else "success")
    return [
        _event("platform.start", identity | {"version": function.version}),
        *ran.lines,
        _event("platform.report", identity | {"metrics": metrics, "status": status}),
    ]


def _event(kind: str, record: dict[str, Any]) -> Line:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Line.now(json.dumps({"time": time, "type": kind, "record": record}))
