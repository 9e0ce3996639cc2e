"""Counts answers of which there is no captured record, in a metric with an alarm."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE, LOST = "Terrace", "CaptureLost"


def count_lost(tenant: str, model: str) -> None:
    """Counts one."""
    metrics = EphemeralMetrics(namespace=NAMESPACE)
    metrics.add_dimension("Tenant", tenant)
    metrics.add_dimension("Model", model)
    metrics.add_metric(LOST, MetricUnit.Count, 1)
    metrics.flush_metrics()
