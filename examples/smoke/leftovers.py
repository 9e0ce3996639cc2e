"""What of some tenants still exists in an account."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from terrace.names import PLATFORM_STACK, PREFIX, SEPARATOR

# (client, operation, the list's key, the name's key; without one, the item itself)
_LISTINGS = (
    ("cloudformation", "describe_stacks", "Stacks", "StackName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("events", "list_event_buses", "EventBuses", "Name"),
    ("firehose", "list_delivery_streams", "DeliveryStreamNames", ""),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("sagemaker", "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    ("sagemaker", "list_endpoints", "Endpoints", "EndpointName"),
    ("sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList",
     "ModelPackageGroupName"),
    ("sagemaker", "list_models", "Models", "ModelName"),
    ("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
)  # fmt: skip


def find_leftovers(client: Callable[[str], Any], tenants: Sequence[str]) -> Iterator[str]:
    """The names of what exists of these tenants or of the platform stack, with their service.

    Args:
        client: Makes a boto3 client of a service.
        tenants: The tenants' names.
    """
    marks = tuple(f"{tenant}{SEPARATOR}" for tenant in tenants)
    exact = {f"{PREFIX}{SEPARATOR}{tenant}" for tenant in tenants} | {PLATFORM_STACK}
    for service, operation, items, key in _LISTINGS:
        for name in _names(client(service), operation, items, key):
            last = name.rpartition("/" if "/" in name else ":")[2]
            if name in exact or last in exact or any(mark in name for mark in marks):
                yield f"{service} {name}"


def _names(service: Any, operation: str, items: str, key: str) -> Iterator[str]:
    if service.can_paginate(operation):
        pages = service.get_paginator(operation).paginate()
    else:
        pages = [getattr(service, operation)()]
    for page in pages:
        for item in page.get(items, ()):
            yield str(item[key] if key else item)
