"""Audit trails: the type of CloudFormation that MiniStack's stacks lack. Nothing is written."""

from typing import Any

from localcloud import access
from localcloud.config import Config
from localcloud.hooks import cloudformation
from localcloud.hooks.cloudformation import Properties

_Made = tuple[str, dict[str, Any]]
_SPELLED_OTHERWISE = {"KMSKeyId": "KmsKeyId"}
_NOT_OF_THE_CALL = ("EventSelectors", "IsLogging", "Tags", "EnableLogFileValidation")


def install(_config: Config) -> None:
    """Adds the type."""
    cloudformation.add_resource_type(
        "AWS::CloudTrail::Trail", create=_create, update=_update, delete=_delete
    )


def _create(_logical_id: str, properties: Properties, _stack: str) -> _Made:
    client = access.stack_client("cloudtrail")
    return _told(client, client.create_trail(**_asked(properties)), properties)


def _update(_physical_id: str, _old: Properties, new: Properties, _stack: str) -> _Made:
    client = access.stack_client("cloudtrail")
    return _told(client, client.update_trail(**_asked(new)), new)


def _delete(physical_id: str, _properties: Properties) -> None:
    access.stack_client("cloudtrail").delete_trail(Name=physical_id)


def _told(client: Any, answer: dict[str, Any], properties: Properties) -> _Made:
    name = answer["Name"]
    if selectors := properties.get("EventSelectors"):
        client.put_event_selectors(TrailName=name, EventSelectors=selectors)
    if properties.get("IsLogging"):
        client.start_logging(Name=name)
    return name, {"Arn": answer["TrailARN"]}


def _asked(properties: Properties) -> dict[str, Any]:
    given = {k: v for k, v in properties.items() if k not in _NOT_OF_THE_CALL}
    return {
        "Name": given.pop("TrailName"),
        "EnableLogFileValidation": properties.get("EnableLogFileValidation", False),
        **{_SPELLED_OTHERWISE.get(key, key): value for key, value in given.items()},
    }
