"""Buckets that are private, encrypted, versioned, logged, and refuse plain HTTP."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.emptying import Emptier
from stacks.removal import removal

ACCESS_LOGS_KEPT = Duration.days(365)
_OLD_VERSIONS_KEPT = Duration.days(30)


def bucket(
    scope: Construct,
    name: str,
    *,
    key: kms.IKey | None,
    access_logs: s3.IBucket | None,
    emptier: Emptier | None,
    bucket_name: str | None = None,
) -> s3.Bucket:
    """A bucket that is kept when its stack is deleted, unless there is somebody to empty it."""
    made = s3.Bucket(
        scope,
        name,
        bucket_name=bucket_name,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        versioned=True,
        removal_policy=removal(retain=emptier is None),
    )
    _tidy(made)
    if access_logs:
        _log_access(made, access_logs, prefix=f"{bucket_name or name}/")
    if emptier:
        emptier.take_bucket(made)
    return made


def resource_of(made: s3.Bucket) -> s3.CfnBucket:
    """The CloudFormation resource, for what the CDK's bucket does not offer."""
    return cast(s3.CfnBucket, made.node.default_child)


def _tidy(made: s3.Bucket) -> None:
    made.add_lifecycle_rule(
        id="old-versions-and-broken-uploads",
        noncurrent_version_expiration=_OLD_VERSIONS_KEPT,
        abort_incomplete_multipart_upload_after=Duration.days(7),
        expired_object_delete_marker=True,
    )


def _log_access(made: s3.Bucket, access_logs: s3.IBucket, *, prefix: str) -> None:
    # On the resource itself: the CDK would let each bucket into the log bucket's policy by its
    # ARN, and so make the platform's stack depend on the tenants'. The policy goes by name.
    resource_of(made).logging_configuration = s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=access_logs.bucket_name, log_file_prefix=prefix
    )
