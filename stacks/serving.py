"""What a tenant's functions that serve models share: their roles, their capture, and the API."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from constructs import Construct

from stacks import arns
from stacks.fixed_names import fix_path
from stacks.isolation import Isolation
from stacks.network import Network
from stacks.policies import allow, use_key
from stacks.rest_api import RestApi
from stacks.roles import tenant_role
from terrace.model_settings import Model
from terrace.names import ALIAS, PREFIX, SEPARATOR, SERVE, VARIANT, ModelNames, TenantNames, joined
from terrace.settings import Tenant

_BUFFERED = firehose.CfnDeliveryStream.BufferingHintsProperty(
    interval_in_seconds=60, size_in_m_bs=5
)


class Serving(Construct):
    """For the models that SageMaker does not capture."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        network: Network | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant, self._isolation = tenant, isolation
        self._names = TenantNames(tenant=tenant.name)
        models = [m for m in tenant.models if m.endpoint.asked_through == "function"]
        self.role = self._function_role()
        for statement in network.function_statements() if network else ():
            self.role.add_to_policy(statement)
        self.rollout_role = self._rollout_role()
        self._streams(models)
        self.api_url, self.api_key_id = self._api(models)

    def _function_role(self) -> iam.Role:
        """Reads the approved model, hands captured records on, logs."""
        tenant = self._tenant.name
        role = tenant_role(self, "FunctionRole", tenant=tenant, service="lambda")
        logs = joined(f"/aws/lambda/{PREFIX}", tenant, SERVE, "*")
        streams = arns.arn("firehose", f"deliverystream/{joined(PREFIX, tenant, '*')}")
        for statement in (
            allow(["sagemaker:DescribeModelPackage"], arns.model_packages(tenant)),
            allow(["s3:GetObject"], self._isolation.objects("*/training/jobs/*")),
            use_key(self._isolation.key),
            allow(["firehose:PutRecord"], [streams]),
            # A record that is too large for the stream is an object of its own.
            allow(["s3:PutObject"], self._isolation.objects("*/capture/*")),
            allow(["sagemaker:InvokeEndpoint"], arns.sagemaker(tenant, "endpoint")),
            allow(
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [arns.arn("logs", f"log-group:{logs}:*")],
            ),
            allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
        ):
            role.add_to_policy(statement)
        return role

    def _rollout_role(self) -> iam.Role:
        """Lets CodeDeploy move an alias from one version to the next."""
        tenant = self._tenant.name
        role = tenant_role(self, "RolloutRole", tenant=tenant, service="codedeploy")
        role.add_to_policy(
            allow(
                ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
                [*arns.serving_functions(tenant), *arns.serving_functions(tenant, f":{ALIAS}")],
            )
        )
        alarms = arns.arn("cloudwatch", f"alarm:{tenant}{SEPARATOR}*")
        role.add_to_policy(allow(["cloudwatch:DescribeAlarms"], [alarms]))
        return role

    def _streams(self, models: list[Model]) -> None:
        role = tenant_role(self, "CaptureRole", tenant=self._tenant.name, service="firehose")
        bucket, key = self._isolation.bucket, self._isolation.key
        for statement in (
            allow(
                ["s3:AbortMultipartUpload", "s3:PutObject"], self._isolation.objects("*/capture/*")
            ),
            allow(
                ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                [bucket.bucket_arn],
            ),
            use_key(key),
        ):  # fmt: skip
            role.add_to_policy(statement)
        for model in models:
            names = ModelNames(tenant=self._tenant.name, model=model.name)
            folder = f"{model.name}/capture/{names.endpoint}/{VARIANT}"
            kind = firehose.CfnDeliveryStream
            kind(
                self,
                f"Capture-{model.name}",
                delivery_stream_name=names.stack,
                delivery_stream_type="DirectPut",
                delivery_stream_encryption_configuration_input=(
                    kind.DeliveryStreamEncryptionConfigurationInputProperty(
                        key_type="CUSTOMER_MANAGED_CMK", key_arn=key.key_arn
                    )
                ),
                extended_s3_destination_configuration=kind.ExtendedS3DestinationConfigurationProperty(
                    bucket_arn=bucket.bucket_arn,
                    role_arn=role.role_arn,
                    # SageMaker's own layout, so that every monitor finds it.
                    prefix=f"{folder}/!{{timestamp:yyyy/MM/dd/HH}}/",
                    error_output_prefix=f"{model.name}/capture/undelivered/"
                    "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/",
                    file_extension=".jsonl",
                    buffering_hints=_BUFFERED,
                ),
            )

    def _api(self, models: list[Model]) -> tuple[str, str]:
        """One API with one key, their address and id: `POST /<model>/invocations`."""
        settings = self._tenant.api
        rest = RestApi(
            self,
            tenant=self._tenant,
            name=self._names.base,
            description=f"Terrace: the models of {self._tenant.name}",
            calls=arns.serving_functions(self._tenant.name, f":{ALIAS}"),
            logs=joined(self._names.base, "access"),
            key=self._isolation.key,
        )
        for model in models:
            names = ModelNames(tenant=self._tenant.name, model=model.name)
            function = arns.arn("lambda", f"function:{names.serving_function}:{ALIAS}")
            rest.method("POST", f"{model.name}/invocations", function, api_key=True)
        stage = rest.staged(rate=settings.requests_per_second, burst=settings.burst, traced=True)
        api = rest.api
        plan = api.add_usage_plan(
            "Plan",
            name=self._names.base,
            throttle=apigateway.ThrottleSettings(
                rate_limit=settings.requests_per_second, burst_limit=settings.burst
            ),
            quota=apigateway.QuotaSettings(
                limit=settings.requests_per_month, period=apigateway.Period.MONTH
            ),
            api_stages=[apigateway.UsagePlanPerApiStage(api=api, stage=stage)],
        )
        key = api.add_api_key("Key", api_key_name=self._names.base)
        plan.add_api_key(key, override_logical_id="ServingApiPlanKey")
        for child in plan.node.children:
            if isinstance(child, apigateway.CfnUsagePlanKey):
                fix_path(child, f"{plan.node.path}/Key")
        return api.url, key.key_id
