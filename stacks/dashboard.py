"""The tenant's dashboard: a row for each model, one for what the monitors found, one for work."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.endpoint_metrics import graphs
from stacks.functions import Function
from stacks.pipelines import Pipelines
from terrace.model_settings import Model
from terrace.names import ModelNames, TenantNames
from terrace.settings import Tenant

_METRICS_NAMESPACE = "Terrace"  # of what the monitor function measures
_THIRD = 8  # of a row's 24 columns


class Dashboard(Construct):
    """What an operator opens first."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        pipelines: Pipelines,
        functions: Mapping[str, Function],
    ) -> None:
        super().__init__(scope, construct_id)
        board = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=TenantNames(tenant=tenant.name).base
        )
        for model in tenant.models:
            board.add_widgets(*_model(tenant, model))
        board.add_widgets(*_monitors(tenant.name))
        board.add_widgets(*_work(pipelines, functions))


def _model(tenant: Tenant, model: Model) -> list[cloudwatch.IWidget]:
    names = ModelNames(tenant=tenant.name, model=model.name)
    shown = graphs(names, model.endpoint.asked_through)
    return [
        cloudwatch.GraphWidget(title=f"{model.name}: {title}", width=_THIRD, left=list(metrics))
        for title, metrics in shown
    ]


def _monitors(tenant: str) -> list[cloudwatch.IWidget]:
    def graph(metric: str) -> cloudwatch.IWidget:
        # A search, since the metrics' dimensions name models and features.
        found = (
            f'SEARCH(\'Namespace="{_METRICS_NAMESPACE}" MetricName="{metric}" "{tenant}"\', '
            "'Sum', 3600)"
        )
        return cloudwatch.GraphWidget(
            title=f"Monitors: {metric.lower()}",
            width=12,
            left=[
                cloudwatch.MathExpression(
                    expression=found, label="", using_metrics={}, period=Duration.hours(1)
                )
            ],
        )

    return [graph("Records"), graph("Violations")]


def _work(pipelines: Pipelines, functions: Mapping[str, Function]) -> list[cloudwatch.IWidget]:
    machines = (pipelines.training, pipelines.approval, pipelines.monitoring)
    return [
        cloudwatch.GraphWidget(
            title="Executions that succeeded",
            width=_THIRD,
            left=[machine.metric_succeeded() for machine in machines],
        ),
        cloudwatch.GraphWidget(
            title="Executions that failed",
            width=_THIRD,
            left=[machine.metric_failed() for machine in machines],
        ),
        cloudwatch.GraphWidget(
            title="Functions' errors",
            width=_THIRD,
            left=[function.function.metric_errors() for function in functions.values()],
        ),
    ]
