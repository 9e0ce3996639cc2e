"""REST APIs whose methods call functions: one way to make each of them."""

from collections.abc import Sequence
from typing import Any, cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.fixed_names import digest
from stacks.functions import log_group_of
from stacks.policies import allow
from stacks.roles import tenant_role
from terrace.settings import Tenant

_LONGEST_SECONDS = 29  # that API Gateway waits


class RestApi(Construct):
    """An API of a tenant's, without its stage, which comes once it has all of its methods."""

    def __init__(
        self,
        scope: Construct,
        *,
        tenant: Tenant,
        name: str,
        description: str,
        calls: Sequence[str],
        logs: str,
        key: kms.IKey,
    ) -> None:
        """`calls` are the ARNs of what it may call; `logs` is the name of its access logs."""
        super().__init__(scope, "Rest")
        self._tenant, self._owner = tenant, scope.node.id
        self._access = log_group_of(tenant, self, f"/aws/apigateway/{logs}", key)
        self.api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=name,
            description=description,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=False,  # the account has one alone, which is the platform's
            deploy=False,  # by ourselves, below
        )
        self.api.node.try_remove_child("Endpoint")  # the tenant has its address as an output
        self._role = tenant_role(self, "Role", tenant=tenant.name, service="apigateway")
        self._role.add_to_policy(allow(["lambda:InvokeFunction"], calls))
        self._methods: list[tuple[str, apigateway.Method]] = []

    def method(self, verb: str, path: str, function_arn: str, *, api_key: bool) -> None:
        """Calls a function for a path below the root."""
        uri = f"arn:{Aws.PARTITION}:apigateway:{Aws.REGION}:lambda:path/2015-03-31/functions/"
        made = self.api.root.resource_for_path(path).add_method(
            verb,
            apigateway.Integration(
                type=apigateway.IntegrationType.AWS_PROXY,
                integration_http_method="POST",
                uri=f"{uri}{function_arn}/invocations",
                options=apigateway.IntegrationOptions(
                    credentials_role=self._role.without_policy_updates(),
                    timeout=Duration.seconds(_LONGEST_SECONDS),
                ),
            ),
            api_key_required=api_key,
        )
        self._methods.append((path, made))

    def staged(self, *, rate: float, burst: int, traced: bool) -> apigateway.Stage:
        """Deploys it as it is by now.

        Args:
            rate: Requests a second that all callers together may make.
            burst: How many at once.
            traced: Whether X-Ray is told of requests, with their addresses.
        """
        self.api.deployment_stage = apigateway.Stage(
            self,
            "Stage",
            deployment=self._deployment(),
            stage_name="v1",
            tracing_enabled=traced,
            throttling_rate_limit=rate,
            throttling_burst_limit=burst,
            access_log_destination=apigateway.LogGroupLogDestination(self._access),
            # Without the parameters of an address.
            access_log_format=apigateway.AccessLogFormat.clf(),
            logging_level=apigateway.MethodLoggingLevel.ERROR,
        )
        return self.api.deployment_stage

    def _deployment(self) -> apigateway.Deployment:
        """What the stage answers by: another one wherever a method changes."""
        told: list[list[Any]] = []
        for path, method in self._methods:
            one = cast(apigateway.CfnMethod, method.node.default_child)
            parts = (one.http_method, one.integration, one.authorization_type)
            told.append([path, *parts, one.api_key_required])
        made = apigateway.Deployment(self, "Deployment", api=self.api)
        resource = cast(apigateway.CfnDeployment, made.node.default_child)
        told_by = digest(self, self._tenant.name, told)
        resource.override_logical_id(f"{self._owner}Deployment{told_by}")
        for _, method in self._methods:
            made.node.add_dependency(method)
        return made
