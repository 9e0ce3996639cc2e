"""Rules on the account's default bus, where the events of all tenants are.

A pattern has to name the tenant, up to the separator, in a field that AWS itself fills in; only
AWS's own services send events whose source begins with `aws.`
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from terrace.assembly.symbols import theirs
from terrace.isolation import globs
from terrace.isolation.conditions import as_text
from terrace.isolation.owners import bears_name

# The fields that say whose an event is, by the event's source.
_FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "aws.s3": (("detail", "bucket", "name"),),
    "aws.sagemaker": (
        ("detail", "ModelPackageGroupName"),
        ("detail", "EndpointName"),
        ("detail", "TrainingJobName"),
        ("detail", "HyperParameterTuningJobName"),
    ),
    "aws.cloudwatch": (("detail", "alarmName"), ("resources",)),
    "aws.states": (("detail", "stateMachineArn"),),
    "aws.codedeploy": (("detail", "application"),),
    "aws.cloudformation": (("detail", "stack-id"),),
}


def names_tenant(pattern: Any) -> bool:
    """Whether only the tenant's own events match a pattern of a rule on the default bus."""
    if not isinstance(pattern, Mapping):
        return False
    if any("$or" in part for part in _parts(pattern)):
        return False
    sources = pattern.get("source")
    if not isinstance(sources, list) or not sources:
        return False
    return all(
        isinstance(source, str)
        and source in _FIELDS
        and any(_is_bound(_at(pattern, path)) for path in _FIELDS[source])
        for source in sources
    )


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for part in value.values():
            yield from _parts(part)


def _at(pattern: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        pattern = pattern.get(step) if isinstance(pattern, Mapping) else None
    return pattern


def _is_bound(values: Any) -> bool:
    """Whether each value that a field may have is bound to the tenant's name."""
    return isinstance(values, list) and bool(values) and all(map(_names_own, values))


def _names_own(value: Any) -> bool:
    if isinstance(value, Mapping) and list(value) == ["prefix"]:
        value = value["prefix"]
        text = f"{as_text(value)}*" if isinstance(value, str) else ""
    else:
        text = as_text(value) if isinstance(value, str) else ""
    return bears_name(text) and not globs.meet(text, theirs(text))
