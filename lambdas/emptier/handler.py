"""Emptier: a CloudFormation custom resource that takes along what a resource holds.

The stacks put this file as it is into the template, so it imports nothing of ours and stays
short. Only what has the tag is emptied: a resource that was told to be kept has lost the tag by
the time that CloudFormation removes its emptier.
"""

import json
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

TAG = {"Key": "terrace:emptied-with-stack", "Value": "true"}
GONE = ("NoSuchBucket", "NoSuchTagSet", "ResourceNotFound", "ValidationException")


def handler(event: dict[str, Any], context: Any) -> None:
    """Empties the resource when its stack goes, and tells CloudFormation how it went."""
    arn = event["ResourceProperties"]["Arn"]
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": f"empty-{arn}",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    try:
        if event["RequestType"] == "Delete":
            empty(arn)
    except Exception as error:  # CloudFormation waits an hour for an answer that never comes
        where = f"log stream {context.log_stream_name}"
        answer |= {"Status": "FAILED", "Reason": f"{arn}: {error} ({where})"}
    request = urllib.request.Request(  # noqa: S310  # CloudFormation's own https address
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310


def empty(arn: str, client: Any = boto3.client) -> int:
    """Deletes all that a tagged bucket or model package group holds; how many."""
    if arn.split(":")[2] == "s3":
        return _empty_bucket(client("s3"), arn.split(":::")[1])
    return _empty_group(client("sagemaker"), arn)


def _empty_bucket(s3: Any, bucket: str) -> int:
    if TAG not in _tags(lambda: s3.get_bucket_tagging(Bucket=bucket)["TagSet"]):
        return 0
    deleted = 0
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        versions = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        if versions:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
            if answer.get("Errors"):
                raise RuntimeError(f"{len(answer['Errors'])} left, first: {answer['Errors'][0]}")
            deleted += len(versions)
    return deleted


def _empty_group(sagemaker: Any, arn: str) -> int:
    if TAG not in _tags(lambda: sagemaker.list_tags(ResourceArn=arn)["Tags"]):
        return 0
    pages = sagemaker.get_paginator("list_model_packages")
    found = pages.paginate(ModelPackageGroupName=arn.rpartition("/")[2])
    arns = [item["ModelPackageArn"] for page in found for item in page["ModelPackageSummaryList"]]
    for package in arns:
        sagemaker.delete_model_package(ModelPackageName=package)
    return len(arns)


def _tags(ask: Any) -> list[dict[str, str]]:
    try:
        return list(ask())
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            return []
        raise
