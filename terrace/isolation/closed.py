"""A closed world: what is not known of a template is refused by its name."""

from collections.abc import Iterator, Mapping
from typing import Any

from terrace.assembly.ownership import owner_of
from terrace.assembly.templates import Templates
from terrace.isolation.breaches import Breach

_SECTIONS = frozenset(
    ("AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs",
     "Parameters", "Resources", "Rules")
)  # fmt: skip
_ATTRIBUTES = frozenset(
    ("Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties",
     "Type", "UpdatePolicy", "UpdateReplacePolicy")
)  # fmt: skip


def unknown_stacks(templates: Templates) -> Iterator[Breach]:
    """Stacks that are neither a tenant's nor the platform's, by their names."""
    for stack in templates.stacks:
        if owner_of(stack) is None:
            yield refused(stack, stack, "a stack whose name is no tenant's and not the platform's")


def unknown_parts(owner: str, templates: Mapping[str, Mapping[str, Any]]) -> Iterator[Breach]:
    """Macros, transforms, and whatever else a template holds that nobody here reads."""
    for stack, template in templates.items():
        for section in template:
            if section not in _SECTIONS:
                yield refused(owner, stack, f"the template's section {section}")
        resources = template.get("Resources", {})
        if not isinstance(resources, Mapping):
            yield refused(owner, stack, "resources that are no mapping")
            continue
        for logical_id, resource in resources.items():
            yield from _resource(owner, f"{stack}/{logical_id}", logical_id, resource)


def _resource(owner: str, title: str, logical_id: str, resource: Any) -> Iterator[Breach]:
    if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
        yield refused(owner, title, f"{logical_id}, which has no type")
        return
    for attribute in resource:
        if attribute not in _ATTRIBUTES:
            yield refused(owner, title, f"the resource's attribute {attribute}")
    for function in sorted(set(_macros(resource))):
        yield refused(owner, title, f"{function}, whose result nobody knows")


def _macros(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if key == "Fn::Transform" or str(key).startswith("Fn::ForEach"):
                yield str(key)
            yield from _macros(part)
    elif isinstance(value, list):
        for part in value:
            yield from _macros(part)


def refused(owner: str, title: str, what: str) -> Breach:
    """A breach by something that is not known."""
    return Breach(
        owner=owner,
        principal=title,
        actions=("is not known",),
        victim="anybody",
        resource=what,
        by="the template",
    )
