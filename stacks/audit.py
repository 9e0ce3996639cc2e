"""The audit trail: who called which API of AWS, and who read or wrote audited tenants' objects."""

from collections.abc import Sequence

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudtrail as cloudtrail
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks import buckets
from stacks.emptying import Emptier
from stacks.removal import removal
from terrace.names import PLATFORM_TRAIL, PREFIX, TenantNames, joined

_PREFIX = "trail"


class Audit(Construct):
    """One trail for all tenants that want one: an account may have five a region.

    Whatever is done in the account is in it, and every object that is read or written in the
    buckets of these tenants. Its files are signed by CloudTrail, digest by digest.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenants: Sequence[str],
        access_logs: s3.IBucket,
        emptier: Emptier | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._arn = Stack.of(self).format_arn(
            service="cloudtrail", resource="trail", resource_name=PLATFORM_TRAIL
        )
        key = self._key(retain=emptier is None)
        bucket = buckets.bucket(
            self,
            "Files",
            bucket_name=joined(PREFIX, "audit", f"{Aws.ACCOUNT_ID}-{Aws.REGION}"),
            key=key,
            access_logs=access_logs,
            emptier=emptier,
        )
        self._let_in(bucket)
        names = [TenantNames(tenant=tenant) for tenant in tenants]
        audited = [
            f"arn:{Aws.PARTITION}:s3:::{one.bucket(Aws.ACCOUNT_ID, Aws.REGION)}/" for one in names
        ]
        objects = cloudtrail.CfnTrail.DataResourceProperty(type="AWS::S3::Object", values=audited)
        trail = cloudtrail.CfnTrail(
            self,
            "Trail",
            trail_name=PLATFORM_TRAIL,
            is_logging=True,
            s3_bucket_name=bucket.bucket_name,
            s3_key_prefix=_PREFIX,
            kms_key_id=key.key_arn,
            enable_log_file_validation=True,
            include_global_service_events=True,
            is_multi_region_trail=True,
            event_selectors=[
                cloudtrail.CfnTrail.EventSelectorProperty(
                    include_management_events=True,
                    read_write_type="All",
                    data_resources=[objects],
                )
            ],
        )
        # CloudTrail looks whether it may write before it makes the trail, and must have stopped
        # to write before the bucket is emptied.
        trail.node.add_dependency(bucket)

    def _key(self, *, retain: bool) -> kms.Key:
        """A key that CloudTrail alone writes with, for this one trail."""
        key = kms.Key(
            self,
            "Key",
            description="Terrace: the audit trail",
            enable_key_rotation=True,
            removal_policy=removal(retain=retain),
        )
        # CloudTrail decrypts to verify its bucket, which has an S3 Bucket Key.
        key.add_to_resource_policy(
            self._cloudtrail(["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"], ["*"])
        )
        return key

    def _let_in(self, bucket: s3.Bucket) -> None:
        own = bucket.arn_for_objects(f"{_PREFIX}/AWSLogs/{Aws.ACCOUNT_ID}/*")
        bucket.add_to_resource_policy(self._cloudtrail(["s3:GetBucketAcl"], [bucket.bucket_arn]))
        bucket.add_to_resource_policy(self._cloudtrail(["s3:PutObject"], [own]))

    def _cloudtrail(self, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
        """What CloudTrail may do for this trail, and for no other."""
        return iam.PolicyStatement(
            actions=actions,
            principals=[iam.ServicePrincipal("cloudtrail.amazonaws.com")],
            resources=resources,
            conditions={"StringEquals": {"aws:SourceArn": self._arn}},
        )
