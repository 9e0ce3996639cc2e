"""The metrics that AWS keeps of what answers for a model."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from terrace.names import VARIANT, ModelNames

_MINUTE = Duration.minutes(1)
Graph = tuple[str, Sequence[cloudwatch.IMetric]]


def endpoint_metric(names: ModelNames, metric: str, statistic: str) -> cloudwatch.Metric:
    """A metric of the endpoint's production variant, minute by minute."""
    dimensions = {"EndpointName": names.endpoint, "VariantName": VARIANT}
    return _metric("AWS/SageMaker", metric, statistic, dimensions)


def graphs(names: ModelNames, *, captured_by_sagemaker: bool) -> Sequence[Graph]:
    """What a dashboard shows of a model: requests, errors and latency, each with its title."""
    if captured_by_sagemaker:
        kinds = [
            ("requests", "Sum", ("Invocations",)),
            ("errors", "Sum", ("Invocation4XXErrors", "Invocation5XXErrors")),
            ("latency in microseconds", "p90", ("ModelLatency", "OverheadLatency")),
        ]
        return [
            (title, [endpoint_metric(names, metric, statistic) for metric in metrics])
            for title, statistic, metrics in kinds
        ]
    function = {"FunctionName": names.serving_function}
    return [
        ("requests", [_metric("AWS/Lambda", "Invocations", "Sum", function)]),
        ("errors", [_metric("AWS/Lambda", "Errors", "Sum", function)]),
        ("latency in milliseconds", [_metric("AWS/Lambda", "Duration", "p90", function)]),
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
