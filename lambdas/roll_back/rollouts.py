"""What the rollouts table knows of a model's rollouts."""

import time
from typing import Any

from lambdas.common.aws import client
from terrace.names import TenantNames
from terrace.rollouts import KEY, Rollout, record_key


def rollout_runs(tenant: str, model: str) -> bool:
    """Whether one does, by the lock that the approval state machine holds."""
    item = _item(tenant, {KEY: {"S": model}})
    # A lock that was never taken off has run out.
    return item is not None and float(item["expires"]["N"]) > time.time()


def last_rollout(tenant: str, model_package_arn: str) -> Rollout | None:
    """How a version's last rollout ended; None where it never had one."""
    item = _item(tenant, record_key(model_package_arn))
    return None if item is None else Rollout.of(item)


def _item(tenant: str, key: dict[str, dict[str, str]]) -> dict[str, Any] | None:
    answer: dict[str, Any] = client("dynamodb").get_item(
        TableName=TenantNames(tenant=tenant).rollouts_table, Key=key, ConsistentRead=True
    )
    return answer.get("Item")
