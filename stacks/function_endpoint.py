"""A model's stack where a function answers: the function, its versions, and what shifts traffic.

The function is there from the first deployment on, and says so while no version is approved. A
new `ModelPackageArn` becomes a new version of the function; CodeDeploy moves the alias over to it
and back again where an alarm fires.
"""

from pathlib import Path

from aws_cdk import CfnOutput, Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.functions import FunctionSpec, code, log_group_of, packages
from stacks.serving import Serving
from stacks.tenant import TenantStack
from stacks.version_stack import MOST_ERRORS, VersionStack
from terrace.endpoint_settings import Lambda, Shift
from terrace.environment import ServingEnvironment
from terrace.model_settings import Model
from terrace.names import ALIAS, joined
from terrace.settings import Tenant

_MOST_MILLISECONDS = 1_000
_ANSWER_SECONDS = 29  # what API Gateway waits


class FunctionEndpointStack(VersionStack):
    """One model's function, with capture and alarms."""

    def __init__(
        self,
        scope: Construct,
        *,
        tenant: Tenant,
        model: Model,
        endpoint: Lambda,
        shared: TenantStack,
        serving: Serving,
        root: Path,
    ) -> None:
        super().__init__(scope, tenant=tenant, model=model, shared=shared)
        self._serving = serving
        function = self._function(endpoint, root)
        # Another version wherever anything of the function changes, the approved one too.
        version = function.current_version
        alias = lambda_.Alias(self, "Live", alias_name=ALIAS, version=version)
        self._shifted(alias, endpoint.rollout, self._alarms(function))
        CfnOutput(self, "EndpointName", value=alias.function_arn)

    def _function(self, endpoint: Lambda, root: Path) -> lambda_.Function:
        spec = FunctionSpec(name="serve", seconds=_ANSWER_SECONDS, memory_mb=endpoint.memory_mb)
        environment = ServingEnvironment(
            tenant=self.tenant.name,
            model=self.model.name,
            bucket=self.shared.isolation.bucket.bucket_name,
            model_package_arn=self.version,
            endpoint="",
            delivery_stream=self.names.stack,
            sampling_percentage=self.model.capture.sampling_percentage,
        )
        name = self.names.serving_function
        return lambda_.Function(
            self,
            "Function",
            function_name=name,
            code=code(root),
            layers=[
                packages(self, kind, root, lock, name=joined(name, kind.lower()))
                for kind, lock in (
                    ("Packages", "requirements.lock"),
                    ("Running", "explaining.lock"),
                )
            ],
            role=self._serving.role.without_policy_updates(),
            environment=environment.dump(),
            log_group=log_group_of(
                self.tenant, self, f"/aws/lambda/{name}", self.shared.isolation.key
            ),
            current_version_options=lambda_.VersionOptions(
                # The description changes with the approved version, and so the version does.
                description=f"Model package {self.version}",
                removal_policy=RemovalPolicy.DESTROY,
            ),
            **spec.properties(),
        )

    def _alarms(self, function: lambda_.Function) -> list[cloudwatch.Alarm]:
        minute = Duration.minutes(1)
        errors = cloudwatch.MathExpression(
            expression="errors / invocations",
            label="Share of failed requests",
            using_metrics={
                "errors": function.metric_errors(period=minute, statistic="Sum"),
                "invocations": function.metric_invocations(period=minute, statistic="Sum"),
            },
            period=minute,
        )
        duration = function.metric_duration(period=minute, statistic="p90")
        lost = cloudwatch.Metric(
            namespace="Terrace",
            metric_name="CaptureLost",
            dimensions_map={"Tenant": self.tenant.name, "Model": self.model.name},
            statistic="Sum",
            period=minute,
        )
        self.alarm("capture", lost, 0, "Requests are answered and not captured")
        return [
            self.alarm("errors", errors, MOST_ERRORS, "More than 5 % of the requests fail"),
            self.alarm("latency", duration, _MOST_MILLISECONDS, "A tenth takes over a second"),
        ]

    def _shifted(self, alias: lambda_.Alias, shift: Shift, alarms: list[cloudwatch.Alarm]) -> None:
        """Lets CodeDeploy move the alias, with the alarms as its guard."""
        name = self.names.serving_function
        codedeploy.LambdaDeploymentGroup(
            self,
            "Rollouts",
            application=codedeploy.LambdaApplication(self, "Application", application_name=name),
            deployment_group_name=name,
            alias=alias,
            alarms=alarms,
            role=self._serving.rollout_role.without_policy_updates(),
            deployment_config=self._config(shift, name),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=True
            ),
        )

    def _config(self, shift: Shift, name: str) -> codedeploy.ILambdaDeploymentConfig:
        wait = Duration.minutes(shift.wait_minutes)
        match shift.traffic:
            case "all-at-once":
                return codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE
            case "canary":
                routing = codedeploy.TrafficRouting.time_based_canary(
                    interval=wait, percentage=shift.percent
                )
            case "linear":
                routing = codedeploy.TrafficRouting.time_based_linear(
                    interval=wait, percentage=shift.percent
                )
        # A configuration cannot be changed, so its name says what is in it.
        told = f"{shift.traffic}-{shift.percent}-{shift.wait_minutes}"
        return codedeploy.LambdaDeploymentConfig(
            self,
            "Shift",
            deployment_config_name=joined(name, told),
            traffic_routing=routing,
        )
