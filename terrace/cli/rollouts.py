"""How a version's last rollout ended, as the commands read it."""

import boto3

from terrace.names import TenantNames
from terrace.rollouts import Rollout, record_key


def last_rollout(tenant: str, model_package_arn: str) -> Rollout | None:
    """The record in the tenant's rollouts table; None where there is none."""
    answer = boto3.client("dynamodb").get_item(
        TableName=TenantNames(tenant=tenant).rollouts_table, Key=record_key(model_package_arn)
    )
    return Rollout.of(answer["Item"]) if "Item" in answer else None
