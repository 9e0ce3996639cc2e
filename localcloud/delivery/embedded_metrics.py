"""The Embedded Metric Format: log events that are CloudWatch metrics.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from localcloud.config import Config

_LONGEST = 1024


def install(_config: Config) -> None:
    """Takes the metrics out of whatever is written to any log."""
    from localcloud.hooks import logs

    logs.notice_with(put)


def put(messages: Iterable[str]) -> None:
    """Puts the metrics that log events hold."""
    from localcloud.hooks import figures

    for metric in (found for message in messages for found in metrics(message)):
        figures.put(**metric)


def metrics(message: str) -> Iterator[dict[str, Any]]:
    """The values that a log event holds; none where it is something else.

    A directive that lacks something is passed over, as CloudWatch does.
    """
    if '"_aws"' not in message:
        return
    try:
        document = json.loads(message)
        seconds = document["_aws"]["Timestamp"] / 1000
        directives = document["_aws"]["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    for directive in directives:
        try:
            found = list(_values(document, directive))
        except (KeyError, TypeError, ValueError):
            continue
        yield from (value | {"timestamp": seconds} for value in found)


def _values(document: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for names in directive.get("Dimensions") or [[]]:
        dimensions = {name: _dimension(str(document[name])) for name in names}
        for metric in directive["Metrics"]:
            given = document[metric["Name"]]
            for value in given if isinstance(given, list) else [given]:
                yield {
                    "namespace": directive["Namespace"],
                    "name": metric["Name"],
                    "value": float(value),
                    "dimensions": dimensions,
                    "unit": metric.get("Unit", "None"),
                }


def _dimension(value: str) -> str:
    """A dimension's value.

    Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html

    Raises:
        ValueError: CloudWatch does not take it.
    """
    if not (value.isascii() and value.isprintable() and value.strip() and len(value) <= _LONGEST):
        raise ValueError(f"dimension value got {value!r}; expected printable ASCII")
    return value
