"""The function that answers a model's requests and captures them, and the alias that is called."""

from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.functions import FunctionSpec, code, log_group_of, packages, put_into
from stacks.serving import Serving
from stacks.version_stack import VersionStack
from terrace.endpoint_settings import FRONT_MB
from terrace.environment import ServingEnvironment
from terrace.names import ALIAS, joined

_ANSWER_SECONDS = 29  # what API Gateway waits
_MINUTE = Duration.minutes(1)


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
        self.function = self._function(serving, root, memory_mb, endpoint)
        # Another version wherever anything of the function changes, the approved one too.
        self.alias = lambda_.Alias(
            self, "Live", alias_name=ALIAS, version=self.function.current_version
        )
        lost = cloudwatch.Metric(
            namespace="Terrace",
            metric_name="CaptureLost",
            dimensions_map={"Tenant": stack.tenant.name, "Model": stack.model.name},
            statistic="Sum",
            period=_MINUTE,
        )
        stack.alarm("capture", lost, 0, "Requests are answered and not captured")

    def _function(
        self, serving: Serving, root: Path, memory_mb: int, endpoint: str
    ) -> lambda_.Function:
        stack, names = self._stack, self._stack.names
        locks = {"Packages": "requirements.lock"}
        if not endpoint:
            locks["Running"] = "explaining.lock"
        environment = ServingEnvironment(
            tenant=stack.tenant.name,
            model=stack.model.name,
            bucket=stack.shared.isolation.bucket.bucket_name,
            model_package_arn=stack.version,
            endpoint=endpoint,
            delivery_stream=names.stack,
            sampling_percentage=stack.model.capture.sampling_percentage,
        )
        name = names.serving_function
        spec = FunctionSpec(name="serve", seconds=_ANSWER_SECONDS, memory_mb=memory_mb)
        made = lambda_.Function(
            self,
            "Function",
            function_name=name,
            code=code(root),
            layers=[
                packages(self, kind, root, lock, name=joined(name, kind.lower()))
                for kind, lock in locks.items()
            ],
            role=serving.role.without_policy_updates(),
            environment=environment.dump(),
            log_group=log_group_of(
                stack.tenant, self, f"/aws/lambda/{name}", stack.shared.isolation.key
            ),
            current_version_options=lambda_.VersionOptions(
                # The description changes with the approved version, and so the version does.
                description=f"Model package {stack.version}",
                removal_policy=RemovalPolicy.DESTROY,
            ),
            **spec.properties(),
        )
        put_into(made, stack.shared.place)
        return made

    def failed_share(self) -> cloudwatch.IMetric:
        """How many of the requests fail, 0 to 1; those that are refused do not."""
        return cloudwatch.MathExpression(
            expression="errors / invocations",
            label="Share of failed requests",
            using_metrics={
                "errors": self.function.metric_errors(period=_MINUTE, statistic="Sum"),
                "invocations": self.function.metric_invocations(period=_MINUTE, statistic="Sum"),
            },
            period=_MINUTE,
        )

    def latency(self) -> cloudwatch.IMetric:
        """What nine of ten requests take at most, in milliseconds."""
        return self.function.metric_duration(period=_MINUTE, statistic="p90")
