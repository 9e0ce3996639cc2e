"""Networks: the type of CloudFormation that MiniStack's stacks lack. Nothing runs inside one."""

from typing import Any

from localcloud import access
from localcloud.config import Config
from localcloud.hooks import cloudformation
from localcloud.hooks.cloudformation import Properties

_Made = tuple[str, dict[str, Any]]


def install(_config: Config) -> None:
    """Adds the type."""
    cloudformation.add_resource_type(
        "AWS::EC2::FlowLog",
        create=_create,
        update=lambda _, _old, new, stack: _create("FlowLog", new, stack),
        delete=lambda made, _: access.stack_client("ec2").delete_flow_logs(FlowLogIds=[made]),
    )


def _create(_logical_id: str, properties: Properties, _stack: str) -> _Made:
    names = ("TrafficType", "LogDestinationType", "LogDestination", "LogGroupName",
             "DeliverLogsPermissionArn")  # fmt: skip
    given = {name: properties[name] for name in names if name in properties}
    answer = access.stack_client("ec2").create_flow_logs(
        ResourceIds=[properties["ResourceId"]], ResourceType=properties["ResourceType"], **given
    )
    (made,) = answer["FlowLogIds"]
    return made, {"Id": made}
