"""The Embedded Metric Format: log lines that are CloudWatch metrics."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3


def put(log: str) -> None:
    """Puts the metrics that a function's log lines hold."""
    for document in _documents(log):
        for directive in document["_aws"].get("CloudWatchMetrics", []):
            if data := list(_data(document, directive)):
                boto3.client("cloudwatch").put_metric_data(
                    Namespace=directive["Namespace"], MetricData=data
                )


def _documents(log: str) -> Iterator[dict[str, Any]]:
    for line in log.splitlines():
        if '"_aws"' not in line:
            continue
        try:
            document = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(document, dict) and isinstance(document.get("_aws"), dict):
            yield document


def _data(document: dict[str, Any], directive: dict[str, Any]) -> Iterator[dict[str, Any]]:
    at = datetime.fromtimestamp(document["_aws"]["Timestamp"] / 1000, UTC)
    for names in directive.get("Dimensions", [[]]):
        dimensions = [{"Name": name, "Value": str(document[name])} for name in names]
        for metric in directive["Metrics"]:
            value = document[metric["Name"]]
            values = value if isinstance(value, list) else [value]
            yield {
                "MetricName": metric["Name"],
                "Dimensions": dimensions,
                "Timestamp": at,
                "Unit": metric.get("Unit", "None"),
                "Values": [float(item) for item in values],
            }
