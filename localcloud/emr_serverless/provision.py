"""EMR Serverless's CloudFormation type."""

from typing import Any

from localcloud import access
from localcloud.hooks import cloudformation
from localcloud.hooks.cloudformation import Properties
from localcloud.properties import typed

_Made = tuple[str, dict[str, Any]]
_REPLACED_WITH = ("Name", "Type")


def install() -> None:
    """Adds the type."""
    cloudformation.add_resource_type(
        "AWS::EMRServerless::Application",
        create=_create,
        update=_update,
        delete=lambda made, _: _client().delete_application(applicationId=made),
    )


def _client() -> Any:
    return access.stack_client("emr-serverless")


def _create(_logical_id: str, properties: Properties, _stack: str) -> _Made:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
    given = {k: v for k, v in properties.items() if k != "Tags"}
    made = _client().create_application(
        **typed("emr-serverless", "CreateApplication", given), tags=tags
    )
    return made["applicationId"], _attributes(made)


def _update(made: str, old: Properties, new: Properties, stack: str) -> _Made:
    if any(old.get(name) != new.get(name) for name in _REPLACED_WITH):
        return _create("Application", new, stack)
    told = typed("emr-serverless", "UpdateApplication", new)
    updated = _client().update_application(**(told | {"applicationId": made}))["application"]
    return made, _attributes(updated)


def _attributes(made: dict[str, Any]) -> dict[str, Any]:
    return {"ApplicationId": made["applicationId"], "Arn": made["arn"]}
