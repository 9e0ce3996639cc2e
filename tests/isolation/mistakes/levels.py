"""Mistakes in what only some levels have: networks, functions that serve, their rollouts."""

from .planting import (
    ACCOUNT,
    REGION,
    SOUTH,
    WORKSHOP,
    Templates,
    arn,
    document,
    may,
    mistake,
    of_type,
)


@mistake("a delivery stream into another tenant's bucket")
def _(templates: Templates) -> None:
    stream = of_type(templates, WORKSHOP, "AWS::KinesisFirehose::DeliveryStream")
    bucket = arn(templates, SOUTH, "AWS::S3::Bucket")
    stream["ExtendedS3DestinationConfiguration"]["BucketARN"] = bucket


@mistake("a function in another tenant's network")
def _(templates: Templates) -> None:
    subnet = arn(templates, SOUTH, "AWS::EC2::Subnet")
    may(templates, "ec2:CreateNetworkInterface", subnet)


@mistake("interfaces of every network, and no ceiling")
def _(templates: Templates) -> None:
    every_network(templates)
    del of_type(templates, SOUTH, "AWS::IAM::Role", "Functionsmonitor")["PermissionsBoundary"]


@mistake("a function's code is denied interfaces by another function's name")
def _(templates: Templates) -> None:
    for statement in document(templates, "AWS::IAM::Policy", "Functionsmonitor"):
        if statement["Effect"] == "Deny":
            other = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:terrace--north-mill--*"
            statement["Condition"] = {"ArnLike": {"lambda:SourceFunctionArn": other}}
    del of_type(templates, SOUTH, "AWS::IAM::Role", "Functionsmonitor")["PermissionsBoundary"]


def every_network(templates: Templates) -> None:
    """Lets the code of the south mill's monitor make interfaces wherever it likes."""
    statements = document(templates, "AWS::IAM::Policy", "Functionsmonitor")
    statements[:] = [one for one in statements if one["Effect"] == "Allow"]


@mistake("an API that calls another tenant's function")
def _(templates: Templates) -> None:
    method = of_type(templates, WORKSHOP, "AWS::ApiGateway::Method")
    method["Integration"]["Credentials"] = arn(templates, SOUTH, "AWS::IAM::Role", "verify")


@mistake("a rollout of every tenant's functions")
def _(templates: Templates) -> None:
    resource = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:terrace--*--serve--*"
    for statement in document(templates, "AWS::IAM::Policy", "ServingRolloutRole", WORKSHOP):
        if "lambda:UpdateAlias" in statement["Action"]:
            statement["Resource"] = [resource]
    may(templates, "lambda:UpdateAlias", resource)
