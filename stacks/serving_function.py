"""The function that answers a model's requests and captures them, and the alias that is called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.endpoint_metrics import capture_lost
from stacks.fixed_names import digest
from stacks.functions import FunctionSpec, code, log_group_of, packages, put_into
from stacks.serving import Serving
from stacks.version_stack import VersionStack
from terrace.endpoint_settings import FRONT_MB, MultiModel
from terrace.environment import ServingEnvironment
from terrace.names import ALIAS, joined

_ANSWER_SECONDS = 29  # what API Gateway waits
_MINUTE = Duration.minutes(1)
_LAYERS = {"requirements.lock": "Packages", "explaining.lock": "Running"}
# All that a function is in CloudFormation but its tags, which say nothing to those who call it.
_PROPERTIES = sorted(set(signature(lambda_.CfnFunctionProps).parameters) - {"tags"})


class ServingFunction(Construct):
    """It is there from the first deployment on, and says so while no version is approved."""

    def __init__(
        self,
        stack: VersionStack,
        *,
        serving: Serving,
        root: Path,
        memory_mb: int = FRONT_MB,
        endpoint: str = "",
    ) -> None:
        super().__init__(stack, "Serving")
        self._stack = stack
        locks = ("requirements.lock",) if endpoint else ("requirements.lock", "explaining.lock")
        layers = [self._packages(lock, root) for lock in locks]
        environment = self._environment(endpoint).dump()
        self.function = self._function(serving, root, memory_mb, environment, layers)
        version = self._version(environment, layers)
        self.alias = lambda_.Alias(self, "Live", alias_name=ALIAS, version=version)
        stack.alarm(
            "capture", capture_lost(stack.names), 0, "Requests are answered and not captured"
        )

    def _packages(self, lock: str, root: Path) -> lambda_.LayerVersion:
        kind = _LAYERS[lock]
        name = joined(self._stack.names.serving_function, kind.lower())
        return packages(self, kind, root, lock, name=name)

    def _version(
        self, environment: Mapping[str, str], layers: Sequence[lambda_.LayerVersion]
    ) -> lambda_.Version:
        """Another version wherever anything of the function changes, the approved one too."""
        resource = cast(lambda_.CfnFunction, self.function.node.default_child)
        contents = [cast(lambda_.CfnLayerVersion, one.node.default_child).content for one in layers]
        properties = {name: getattr(resource, name) for name in _PROPERTIES}
        # Beside the properties: they are empty where the CDK makes them up in the end.
        told = digest(self, self._stack.tenant.name, [properties, contents, dict(environment)])
        return lambda_.Version(
            self,
            f"Version-{told}",
            lambda_=self.function,
            # The description changes with the approved version.
            description=f"Model package {self._stack.version}",
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _environment(self, endpoint: str) -> ServingEnvironment:
        stack = self._stack
        return ServingEnvironment(
            tenant=stack.tenant.name,
            model=stack.model.name,
            bucket=stack.shared.isolation.bucket.bucket_name,
            model_package_arn=stack.version,
            endpoint=endpoint,
            endpoint_is_shared=isinstance(stack.model.endpoint, MultiModel),
            delivery_stream=stack.names.stack,
            sampling_percentage=stack.model.capture.sampling_percentage,
        )

    def _function(
        self,
        serving: Serving,
        root: Path,
        memory_mb: int,
        environment: Mapping[str, str],
        layers: Sequence[lambda_.LayerVersion],
    ) -> lambda_.Function:
        stack, names = self._stack, self._stack.names
        name = names.serving_function
        spec = FunctionSpec(name="serve", seconds=_ANSWER_SECONDS, memory_mb=memory_mb)
        made = lambda_.Function(
            self,
            "Function",
            function_name=name,
            code=code(root),
            layers=list(layers),
            role=serving.role.without_policy_updates(),
            environment=environment,
            log_group=log_group_of(
                stack.tenant, self, f"/aws/lambda/{name}", stack.shared.isolation.key
            ),
            **spec.properties(),
        )
        put_into(made, stack.shared.place)
        return made

    def of_all(self) -> "Figures":
        """Of all requests, whichever version answers them."""
        return Figures({"FunctionName": self.function.function_name})

    def of_newest(self) -> "Figures":
        """Of those that the newest version answers while it shares the alias with another."""
        name = self.function.function_name
        return Figures(
            {
                "FunctionName": name,
                "Resource": f"{name}:{ALIAS}",
                "ExecutedVersion": self.alias.version.version,
            }
        )


@dataclass(frozen=True)
class Figures:
    """Lambda's own figures of some requests, minute by minute."""

    dimensions: Mapping[str, str]

    def failed_share(self) -> cloudwatch.IMetric:
        """How many of the requests fail, 0 to 1; those that are refused do not."""
        return cloudwatch.MathExpression(
            expression="errors / invocations",
            label="Share of failed requests",
            using_metrics={
                "errors": self._metric("Errors", "Sum"),
                "invocations": self._metric("Invocations", "Sum"),
            },
            period=_MINUTE,
        )

    def latency(self) -> cloudwatch.IMetric:
        """What nine of ten requests take at most, in milliseconds."""
        return self._metric("Duration", "p90")

    def _metric(self, name: str, statistic: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            statistic=statistic,
            period=_MINUTE,
            dimensions_map=dict(self.dimensions),
        )
