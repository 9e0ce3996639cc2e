"""The event "CloudWatch Alarm State Change", and the message that a topic gets.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session

from localcloud.delivery.alarms.datapoints import queries, statistic
from localcloud.delivery.alarms.verdict import timestamp

Alarm = Mapping[str, Any]
_COMPOSITE_MEMBERS = {
    "AlarmRule": "alarmRule",
    "ActionsSuppressor": "actionsSuppressor",
    "ActionsSuppressorWaitPeriod": "actionsSuppressorWaitPeriod",
    "ActionsSuppressorExtensionPeriod": "actionsSuppressorExtensionPeriod",
}


def state(alarm: Alarm) -> dict[str, Any]:
    """The state that an alarm is in, as an event tells it."""
    told = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": timestamp(datetime.fromtimestamp(alarm["StateUpdatedTimestamp"], UTC)),
    }
    data = alarm.get("StateReasonData")
    return told | ({"reasonData": data} if data else {})


def detail(alarm: Alarm, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What the event tells of a change of state."""
    return {
        "alarmName": alarm["AlarmName"],
        "state": state(alarm),
        "previousState": dict(previous),
        "configuration": configuration(alarm),
    }


def configuration(alarm: Alarm) -> dict[str, Any]:
    """How the alarm is set up."""
    description = alarm.get("AlarmDescription")
    told: dict[str, Any] = {"description": description} if description else {}
    if "AlarmRule" in alarm:
        return told | {name: alarm[key] for key, name in _COMPOSITE_MEMBERS.items() if key in alarm}
    if found := queries(alarm):
        return told | {"metrics": [_query(query) for query in found]}
    given = {"Metric": alarm, "Period": alarm["Period"], "Stat": statistic(alarm)}
    # CloudWatch makes an id up for the one metric.
    only = {"Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])), "MetricStat": given}
    return told | {"metrics": [_query(only)]}


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions") or ()}
        told["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": dimensions,
            },
            "period": stat["Period"],
            "stat": stat["Stat"],
        }
    named = {"Expression": "expression", "Label": "label", "Period": "period"}
    return told | {name: query[key] for key, name in named.items() if key in query}


def subject(alarm: Alarm) -> str:
    """The subject of the message to a topic."""
    region = alarm["AlarmArn"].split(":")[3]
    return f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region_name(region)}'[:100]


def message(alarm: Alarm, old: str) -> str:
    """The message to a topic."""
    _arn, _aws, _cloudwatch, region, account, *_ = alarm["AlarmArn"].split(":")
    told = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": _time(alarm["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        "OKActions": alarm.get("OKActions", []),
        "AlarmActions": alarm.get("AlarmActions", []),
        "InsufficientDataActions": alarm.get("InsufficientDataActions", []),
    }
    if "AlarmRule" in alarm:
        return json.dumps(told | {"AlarmRule": alarm["AlarmRule"]})
    return json.dumps(told | {"Trigger": _trigger(alarm)})


def _trigger(alarm: Alarm) -> dict[str, Any]:
    told = {
        name: alarm.get(name)
        for name in ("Period", "EvaluationPeriods", "DatapointsToAlarm", "ComparisonOperator")
        if alarm.get(name) is not None
    }
    told |= {
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile", ""),
    }
    if found := queries(alarm):
        return told | {"Metrics": found}
    kind = "ExtendedStatistic" if alarm.get("ExtendedStatistic") else "Statistic"
    name = statistic(alarm)
    return told | {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": kind,
        kind: name if kind == "ExtendedStatistic" else name.upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": [
            {"value": one["Value"], "name": one["Name"]} for one in alarm.get("Dimensions") or ()
        ],
    }


def _time(epoch: float) -> str:
    return timestamp(datetime.fromtimestamp(epoch, UTC))


@cache
def region_name(region: str) -> str:
    """A region as people call it, for example `US East (N. Virginia)`."""
    loader: Any = botocore.session.get_session().get_component("data_loader")
    regions = loader.load_data("endpoints")["partitions"][0]["regions"]
    return str(regions.get(region, {}).get("description", region))
