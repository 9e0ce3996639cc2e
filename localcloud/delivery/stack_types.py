"""Types of CloudFormation around delivery and identity that MiniStack's stacks lack."""

import json
from typing import Any

from localcloud import access
from localcloud.config import Config
from localcloud.hooks import cloudformation
from localcloud.hooks.cloudformation import Properties
from localcloud.hooks.replacing import physical_name

_MAX_ARCHIVE_NAME = 48
_Made = tuple[str, dict[str, Any]]


def install(_config: Config) -> None:
    """Adds the types."""
    cloudformation.add_resource_type(
        "AWS::Events::Archive",
        create=_create_archive,
        update=_update_archive,
        delete=lambda name, _: access.stack_client("events").delete_archive(ArchiveName=name),
    )
    cloudformation.add_resource_type(
        "AWS::IAM::OIDCProvider",
        create=_create_provider,
        update=_update_provider,
        delete=_delete_provider,
    )


def _create_archive(logical_id: str, properties: Properties, stack: str) -> _Made:
    generated = physical_name(stack, logical_id, longest=_MAX_ARCHIVE_NAME)
    name = properties.get("ArchiveName") or generated
    answer = access.stack_client("events").create_archive(
        ArchiveName=name, EventSourceArn=properties["SourceArn"], **_archive(properties)
    )
    return name, {"Arn": answer["ArchiveArn"], "ArchiveName": name}


def _update_archive(name: str, _old: Properties, new: Properties, _stack: str) -> _Made:
    answer = access.stack_client("events").update_archive(ArchiveName=name, **_archive(new))
    return name, {"Arn": answer["ArchiveArn"], "ArchiveName": name}


def _archive(properties: Properties) -> Properties:
    given: Properties = {"Description": properties.get("Description", "")}
    if pattern := properties.get("EventPattern"):
        given["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    if "RetentionDays" in properties:
        given["RetentionDays"] = int(properties["RetentionDays"])
    return given


def _create_provider(_logical_id: str, properties: Properties, _stack: str) -> _Made:
    # CloudFormation's own tags are nothing that the API would take.
    tags = [tag for tag in properties.get("Tags", []) if not tag["Key"].startswith("aws:")]
    answer = access.stack_client("iam").create_open_id_connect_provider(
        Url=properties["Url"],
        ClientIDList=properties.get("ClientIdList", []),
        ThumbprintList=properties.get("ThumbprintList", []),
        Tags=tags,
    )
    arn = answer["OpenIDConnectProviderArn"]
    return arn, {"Arn": arn}


def _update_provider(arn: str, old: Properties, new: Properties, _stack: str) -> _Made:
    iam, before, after = access.stack_client("iam"), _clients(old), _clients(new)
    given = {"OpenIDConnectProviderArn": arn}
    for client in after - before:
        iam.add_client_id_to_open_id_connect_provider(**given, ClientID=client)
    for client in before - after:
        iam.remove_client_id_from_open_id_connect_provider(**given, ClientID=client)
    if thumbprints := new.get("ThumbprintList"):
        iam.update_open_id_connect_provider_thumbprint(**given, ThumbprintList=thumbprints)
    return arn, {"Arn": arn}


def _clients(properties: Properties) -> set[str]:
    return set(properties.get("ClientIdList", []))


def _delete_provider(arn: str, _properties: Properties) -> None:
    access.stack_client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
