"""The metrics that AWS keeps of what answers for a model."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from terrace.endpoint_settings import AskedThrough
from terrace.names import VARIANT, ModelNames

_MINUTE = Duration.minutes(1)
Graph = tuple[str, Sequence[cloudwatch.IMetric]]


def endpoint_metric(
    endpoint: str, metric: str, statistic: str, variant: str = VARIANT, config: str = ""
) -> cloudwatch.Metric:
    """A metric of a production variant of an endpoint, minute by minute.

    Args:
        endpoint: Its name.
        metric: SageMaker's name of it.
        statistic: For example `p90`.
        variant: The variant's name.
        config: The endpoint configuration of the fleet that answers; by default any.
    """
    dimensions = {"EndpointName": endpoint, "VariantName": variant}
    if config:
        dimensions["EndpointConfigName"] = config
    return _metric("AWS/SageMaker", metric, statistic, dimensions)


def queue_metric(endpoint: str, metric: str) -> cloudwatch.Metric:
    """The largest value, minute by minute, of a metric of what waits for an endpoint."""
    return _metric("AWS/SageMaker", metric, "Maximum", {"EndpointName": endpoint})


def capture_lost(names: ModelNames) -> cloudwatch.Metric:
    """How many answers were given of which there is no captured record."""
    dimensions = {"Tenant": names.tenant, "Model": names.model}
    return _metric("Terrace", "CaptureLost", "Sum", dimensions)


def graphs(names: ModelNames, asked_through: AskedThrough) -> Sequence[Graph]:
    """What a dashboard shows of a model: requests, errors and latency, each with its title."""
    match asked_through:
        case "endpoint":
            return _of_variant(
                names.endpoint,
                ("requests", "Sum", ("Invocations",)),
                ("errors", "Sum", ("Invocation4XXErrors", "Invocation5XXErrors")),
                ("latency in microseconds", "p90", ("ModelLatency", "OverheadLatency")),
            )
        case "bucket":
            return _of_variant(
                names.endpoint,
                ("requests", "Sum", ("InvocationsProcesssed",)),  # AWS spells it so
                ("errors", "Sum", ("InvocationFailures", "ExpiredRequests")),
                ("latency in microseconds", "p90", ("ModelLatency", "TimeInBacklog")),
            )
        case "function":
            function = {"FunctionName": names.serving_function}
            return [
                ("requests", [_metric("AWS/Lambda", "Invocations", "Sum", function)]),
                ("errors", [_metric("AWS/Lambda", "Errors", "Sum", function)]),
                ("latency in milliseconds", [_metric("AWS/Lambda", "Duration", "p90", function)]),
            ]


def _of_variant(endpoint: str, *kinds: tuple[str, str, Sequence[str]]) -> Sequence[Graph]:
    return [
        (title, [endpoint_metric(endpoint, metric, statistic) for metric in metrics])
        for title, statistic, metrics in kinds
    ]


def _metric(
    namespace: str, metric: str, statistic: str, dimensions: dict[str, str]
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=metric,
        statistic=statistic,
        period=_MINUTE,
        dimensions_map=dimensions,
    )
