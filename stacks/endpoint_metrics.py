"""The metrics that SageMaker keeps of an endpoint."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from terrace.names import VARIANT, ModelNames


def endpoint_metric(names: ModelNames, metric: str, statistic: str) -> cloudwatch.Metric:
    """A metric of the endpoint's production variant, minute by minute."""
    return cloudwatch.Metric(
        namespace="AWS/SageMaker",
        metric_name=metric,
        statistic=statistic,
        period=Duration.minutes(1),
        dimensions_map={"EndpointName": names.endpoint, "VariantName": VARIANT},
    )
