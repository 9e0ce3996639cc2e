"""A model's stack where a function has the model, or asks the tenant's multi-model endpoint for it.

A new `ModelPackageArn` becomes a new version of the function; CodeDeploy moves the alias over to
it, and back again where an alarm fires.
"""

from pathlib import Path

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from constructs import Construct

from stacks.endpoint_alarm import failing, rollout_alarm, slow
from stacks.serving import Serving
from stacks.serving_function import Figures, ServingFunction
from stacks.tenant import TenantStack
from stacks.version_stack import VersionStack
from terrace.endpoint_settings import Lambda, MultiModel
from terrace.model_settings import Model
from terrace.names import ERRORS, LATENCY, TenantNames, joined
from terrace.rollout_settings import Shift
from terrace.settings import Tenant


class FunctionEndpointStack(VersionStack):
    """One model's function, with capture and alarms."""

    def __init__(
        self,
        scope: Construct,
        *,
        tenant: Tenant,
        model: Model,
        endpoint: Lambda | MultiModel,
        shared: TenantStack,
        serving: Serving,
        root: Path,
    ) -> None:
        super().__init__(scope, tenant=tenant, model=model, shared=shared)
        asked = (
            {"memory_mb": endpoint.memory_mb}
            if isinstance(endpoint, Lambda)
            else {"endpoint": TenantNames(tenant=tenant.name).multi_model_endpoint}
        )
        answering = ServingFunction(self, serving=serving, root=root, **asked)
        self._alarms(endpoint, answering.of_all())
        # All at once nothing is waited for, and nothing watched.
        watched = endpoint.rollout.traffic != "all-at-once"
        alarms = self._rollout_alarms(endpoint, answering) if watched else []
        name = self.names.serving_function
        rollouts = codedeploy.LambdaDeploymentGroup(
            self,
            "Rollouts",
            application=codedeploy.LambdaApplication(self, "Application", application_name=name),
            deployment_group_name=name,
            alias=answering.alias,
            alarms=alarms,
            role=serving.rollout_role.without_policy_updates(),
            deployment_config=self._config(endpoint.rollout, name),
            auto_rollback=codedeploy.AutoRollbackConfig(
                failed_deployment=True, stopped_deployment=True, deployment_in_alarm=watched
            ),
        )
        # The alias moves by what the group watches by then.
        answering.alias.node.add_dependency(rollouts)
        CfnOutput(self, "EndpointName", value=answering.alias.function_arn)

    def _alarms(self, endpoint: Lambda | MultiModel, figures: Figures) -> None:
        """Tell the tenant's people of failing and of slow requests, whichever version answers."""
        errors, milliseconds = endpoint.most_errors, endpoint.most_milliseconds
        self.alarm(ERRORS, figures.failed_share(), errors, failing(errors))
        self.alarm(LATENCY, figures.latency(), milliseconds, slow(milliseconds))

    def _rollout_alarms(
        self, endpoint: Lambda | MultiModel, answering: ServingFunction
    ) -> list[cloudwatch.Alarm]:
        """Undo a rollout, by what the newest version answers."""
        figures = answering.of_newest()
        return [
            rollout_alarm(
                self,
                what,
                metric,
                threshold,
                endpoint=self.names.endpoint,
                version=answering.alias.version.version,
            )
            for what, metric, threshold in (
                (ERRORS, figures.failed_share(), endpoint.most_errors),
                (LATENCY, figures.latency(), endpoint.most_milliseconds),
            )
        ]

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
