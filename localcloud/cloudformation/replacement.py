"""Replacement as the registry's schemas say: a create-only property that changes."""

from collections.abc import Sequence
from typing import Any

from localcloud.cloudformation.schemas import Schema, schema_of

Properties = dict[str, Any]
# A create-only property that names something else places the resource there.
_REFERENCES = ("Arn", "Id", "Name", "Url")


class RegistryRules:
    """Decides by the schemas of a region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def replaces(self, type_name: str, old: Properties, new: Properties) -> bool:
        """Whether a create-only property changed."""
        schema = schema_of(type_name, self._region)
        return schema is not None and bool(_changed(schema, old, new))

    def recreation(self, type_name: str, name: str) -> str:
        """`Always` for create-only properties, `Conditionally` for those that may be."""
        schema = schema_of(type_name, self._region)
        if schema is None:
            return "Conditionally"
        if (name,) in schema.create_only:
            return "Always"
        nested = {path[0] for path in (*schema.create_only, *schema.conditional_create_only)}
        return "Conditionally" if name in nested else "Never"

    def kept_name(self, type_name: str, old: Properties, new: Properties) -> str | None:
        """The resource's name, where the template gives it before and after."""
        schema = schema_of(type_name, self._region)
        if schema is None:
            return None
        name = _name_property(schema)
        if name is None or not old.get(name) or old.get(name) != new.get(name):
            return None
        others = {path[0] for path in _changed(schema, old, new)} - {name}
        # The same name in another place is another resource.
        return None if any(other.endswith(_REFERENCES) for other in others) else str(new[name])

    def same_identity(self, type_name: str, old: Properties, new: Properties) -> bool:
        """Whether no property of the primary identifier changed."""
        schema = schema_of(type_name, self._region)
        paths = schema.identifiers[0] if schema and schema.identifiers else ()
        return all(_at(old, path) == _at(new, path) for path in paths)


def name_property(type_name: str, region: str) -> str | None:
    """The property that names a resource of the type, where a template may choose it."""
    schema = schema_of(type_name, region)
    return _name_property(schema) if schema else None


def _name_property(schema: Schema) -> str | None:
    """A lone identifier that a template may set, or the property that is called the type's name."""
    settable = [path for path in schema.create_only if len(path) == 1]
    for identifier in schema.identifiers:
        if len(identifier) == 1 and identifier[0] in settable:
            return str(identifier[0][0])
    kind = schema.type_name.rpartition("::")[2]
    for (name,) in settable:
        if name == "Name" or (name.endswith("Name") and kind.endswith(name.removesuffix("Name"))):
            return str(name)
    return None


def _changed(schema: Schema, old: Properties, new: Properties) -> Sequence[tuple[str, ...]]:
    return [path for path in schema.create_only if _at(old, path) != _at(new, path)]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """The value at a path; with `*` in it, a list of all."""
    for position, part in enumerate(path):
        if part == "*" and isinstance(value, list):
            return [_at(item, path[position + 1 :]) for item in value]
        value = value.get(part) if isinstance(value, dict) else None
    return value
