"""Alarms in stacks: `AWS::CloudWatch::Alarm` with metric math too, and composite alarms."""

from typing import Any

from localcloud import access
from localcloud.hooks import cloudformation, identity
from localcloud.hooks.cloudformation import Properties
from localcloud.hooks.replacing import physical_name
from localcloud.properties import typed

_OPERATIONS = {
    "AWS::CloudWatch::Alarm": "PutMetricAlarm",
    "AWS::CloudWatch::CompositeAlarm": "PutCompositeAlarm",
}
_MAX_NAME = 255
_Made = tuple[str, dict[str, Any]]


def install() -> None:
    """Adds the types."""
    for kind, operation in _OPERATIONS.items():
        cloudformation.add_resource_type(
            kind, create=_creator(operation), update=_updater(operation), delete=_delete
        )


def _creator(operation: str) -> cloudformation.Create:
    def create(logical_id: str, properties: Properties, stack: str) -> _Made:
        generated = physical_name(stack, logical_id, longest=_MAX_NAME)
        return _put(operation, properties.get("AlarmName") or generated, properties)

    return create


def _updater(operation: str) -> cloudformation.Update:
    def update(physical_id: str, _old: Properties, new: Properties, _stack: str) -> _Made:
        return _put(operation, physical_id, new)

    return update


def _put(operation: str, name: str, properties: Properties) -> _Made:
    client = access.stack_client("cloudwatch")
    # CloudFormation's own tags are nothing that the API would take.
    tags = [tag for tag in properties.get("Tags", []) if not tag["Key"].startswith("aws:")]
    request = typed("cloudwatch", operation, properties | {"Tags": tags}) | {"AlarmName": name}
    put = client.put_metric_alarm if operation == "PutMetricAlarm" else client.put_composite_alarm
    put(**request)
    region, account = client.meta.region_name, identity.caller_account()
    return name, {"Arn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}"}


def _delete(physical_id: str, _properties: Properties) -> None:
    access.stack_client("cloudwatch").delete_alarms(AlarmNames=[physical_id])
