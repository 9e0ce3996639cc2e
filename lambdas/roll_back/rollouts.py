"""Whether a rollout of a model runs, by the lock that the approval state machine holds."""

import time

from lambdas.common.aws import client
from terrace.names import TenantNames


def rollout_runs(tenant: str, model: str) -> bool:
    """Whether one does."""
    answer = client("dynamodb").get_item(
        TableName=TenantNames(tenant=tenant).rollouts_table,
        Key={"model": {"S": model}},
        ConsistentRead=True,
    )
    # A lock that was never taken off has run out.
    return "Item" in answer and float(answer["Item"]["expires"]["N"]) > time.time()
