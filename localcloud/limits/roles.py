"""Services that try a role before they keep it: Lambda in a network, API Gateway for its logs."""

import os
from collections.abc import Mapping, Sequence

from localcloud import access
from localcloud.hooks import functions, identity
from localcloud.limits.exceeded import Check, Exceeded, Parameters

_LAMBDA, _API_GATEWAY = "lambda.amazonaws.com", "apigateway.amazonaws.com"
# Lambda's guide wants the first on all resources of EC2; the others take no resource.
_INTERFACES = (
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "AssignPrivateIpAddresses",
    "UnassignPrivateIpAddresses",
)
_DESCRIBED = ("DescribeNetworkInterfaces", "DescribeSubnets")
# What the managed policy AmazonAPIGatewayPushToCloudWatchLogs allows; the last takes no resource.
_LOGS = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents", "GetLogEvents",
         "FilterLogEvents")  # fmt: skip
_WELCOME = "/aws/apigateway/welcome"


def _function(parameters: Parameters) -> None:
    if not (parameters.get("VpcConfig") or {}).get("SubnetIds"):
        return
    role = parameters.get("Role") or functions.role_of(parameters.get("FunctionName", ""))
    everything = f"arn:aws:ec2:{os.environ['AWS_REGION']}:{identity.caller_account()}:*/*"
    wanted = [(action, everything) for action in _INTERFACES]
    wanted += [(action, "*") for action in _DESCRIBED]
    for action, resource in wanted:
        if access.role_denial(role, _LAMBDA, f"ec2:{action}", resource):
            raise Exceeded(
                "InvalidParameterValueException",
                f"The provided execution role does not have permissions to call {action} on EC2",
            )


def _account(parameters: Parameters) -> None:
    role = parameters.get("CloudWatchRoleArn") or _patched(parameters)
    if not role:
        return
    region, account = os.environ["AWS_REGION"], identity.caller_account()
    group = f"arn:aws:logs:{region}:{account}:log-group:{_WELCOME}:log-stream:welcome"
    wanted = [(f"logs:{action}", group) for action in _LOGS] + [("logs:DescribeLogGroups", "*")]
    if any(access.role_denial(role, _API_GATEWAY, action, on) for action, on in wanted):
        raise Exceeded(
            "BadRequestException",
            "The role ARN does not have required permissions configured. Please grant trust "
            "permission for API Gateway and add the required role policy.",
        )


def _patched(parameters: Parameters) -> str | None:
    for operation in parameters.get("patchOperations", []):
        if operation.get("path") == "/cloudwatchRoleArn" and operation.get("op") != "remove":
            return str(operation.get("value"))
    return None


OPERATIONS: Mapping[tuple[str, str], Sequence[Check]] = {
    ("apigateway", "UpdateAccount"): [_account],
    ("lambda", "CreateFunction"): [_function],
    ("lambda", "UpdateFunctionConfiguration"): [_function],
}
TYPES: Mapping[str, Sequence[Check]] = {
    "AWS::ApiGateway::Account": [_account],
    "AWS::Lambda::Function": [_function],
}
