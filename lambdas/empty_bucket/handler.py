"""Empty bucket: a CloudFormation custom resource that takes a bucket's objects along.

The stacks put this file as it is into the template, so it imports nothing of ours and stays
short. Only a bucket with the tag is emptied: one that was told to be kept has lost it by the time
that CloudFormation removes this resource.
"""

import json
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

TAG = "terrace:emptied-with-stack"


def handler(event: dict[str, Any], context: Any) -> None:
    """Empties the bucket when its stack goes, and tells CloudFormation how it went."""
    bucket = event["ResourceProperties"]["BucketName"]
    answer = {
        "Status": "SUCCESS",
        "PhysicalResourceId": f"empty-{bucket}",
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
    }
    try:
        if event["RequestType"] == "Delete":
            empty(boto3.client("s3"), bucket)
    except Exception as error:  # CloudFormation waits an hour for an answer that never comes
        where = f"log stream {context.log_stream_name}"
        answer |= {"Status": "FAILED", "Reason": f"bucket {bucket}: {error} ({where})"}
    request = urllib.request.Request(  # noqa: S310  # CloudFormation's own https address
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()  # noqa: S310


def empty(s3: Any, bucket: str) -> int:
    """Deletes every version of every object in a bucket that has the tag; how many."""
    if not _tagged(s3, bucket):
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


def _tagged(s3: Any, bucket: str) -> bool:
    try:
        tags = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchBucket", "NoSuchTagSet"):
            return False
        raise
    return {"Key": TAG, "Value": "true"} in tags
