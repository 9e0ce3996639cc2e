"""Tags of whatever has an ARN."""

from typing import Any

from localcloud.json_api import Operation
from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import missing


def operations(cloud: Cloud) -> dict[str, Operation]:
    """AddTags, ListTags and DeleteTags."""

    def of(request: dict[str, Any]) -> dict[str, str]:
        arn = request["ResourceArn"]
        if arn not in cloud.tags:
            raise missing(arn)
        return cloud.tags[arn]

    def listed(request: dict[str, Any]) -> dict[str, Any]:
        return {"Tags": [{"Key": key, "Value": value} for key, value in of(request).items()]}

    def add(request: dict[str, Any]) -> dict[str, Any]:
        of(request).update({tag["Key"]: tag["Value"] for tag in request["Tags"]})
        return listed(request)

    def delete(request: dict[str, Any]) -> dict[str, Any]:
        for key in request["TagKeys"]:
            of(request).pop(key, None)
        return {}

    return {"AddTags": add, "ListTags": listed, "DeleteTags": delete}
