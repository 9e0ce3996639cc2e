"""The CloudFormation registry's resource schemas, from the data that cfn-lint ships.

cfn-lint's own manager of these files imports a solver of equations (three seconds), so the files
are read here: `providers/<region>.json` names the schema of each type, `resources/` holds them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FALLBACK_REGION = "us-east-1"
_PROPERTIES = "/properties/"


@dataclass(frozen=True, kw_only=True, eq=False)
class Schema:
    """One resource type of the registry. Paths are parts below the properties, `*` for any."""

    type_name: str
    document: Mapping[str, Any]

    @property
    def read_only(self) -> Sequence[tuple[str, ...]]:
        """Properties that only AWS sets."""
        return _paths(self.document, "readOnlyProperties")

    @property
    def write_only(self) -> Sequence[tuple[str, ...]]:
        """Properties that AWS never shows again, for example passwords."""
        return _paths(self.document, "writeOnlyProperties")

    @property
    def create_only(self) -> Sequence[tuple[str, ...]]:
        """Properties whose change replaces the resource."""
        return _paths(self.document, "createOnlyProperties")

    @property
    def conditional_create_only(self) -> Sequence[tuple[str, ...]]:
        """Properties whose change may replace the resource."""
        return _paths(self.document, "conditionalCreateOnlyProperties")

    @property
    def identifiers(self) -> Sequence[Sequence[tuple[str, ...]]]:
        """The primary identifier, then the additional ones."""
        additional = self.document.get("additionalIdentifiers", [])
        every = [self.document.get("primaryIdentifier", []), *additional]
        return [[_parts(path) for path in paths] for paths in every if paths]

    def permissions(self, handler: str) -> Sequence[str]:
        """The actions that a handler (`create`, `read`, `update`, `delete`) may call."""
        handlers = self.document.get("handlers", {})
        return list(handlers.get(handler, {}).get("permissions", []))

    def property_schema(self, name: str) -> Mapping[str, Any]:
        """What the schema says about a top-level property; empty where it has none."""
        found = self.document.get("properties", {}).get(name, {})
        return resolved(self.document, found)


def resolved(document: Mapping[str, Any], schema: Any) -> Mapping[str, Any]:
    """A schema, or what its `$ref` points to within the document."""
    while isinstance(schema, dict) and str(schema.get("$ref", "")).startswith("#/"):
        target: Any = document
        for part in schema["$ref"][2:].split("/"):
            target = target.get(part, {})
        schema = target
    return schema if isinstance(schema, dict) else {}


def schema_of(type_name: str, region: str = FALLBACK_REGION) -> Schema | None:
    """The schema of a type in a region; None where the region does not have the type."""
    digest = types_of(region).get(type_name)
    return _schema(type_name, digest) if digest else None


@cache
def types_of(region: str) -> Mapping[str, str]:
    """The types of a region (of us-east-1 where the region is unknown) and their digests."""
    file = _data() / "providers" / f"{region}.json"
    if not file.exists():
        file = file.with_name(f"{FALLBACK_REGION}.json")
    return dict(json.loads(file.read_text()))


@cache
def _schema(type_name: str, digest: str) -> Schema:
    document = json.loads((_data() / "resources" / f"{digest}.json").read_text())
    return Schema(type_name=type_name, document=document)


@cache
def _data() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("cfn-lint is not installed; install terrace[local]: make setup")
    return Path(spec.origin).parent / "data" / "schemas"


def _paths(document: Mapping[str, Any], member: str) -> Sequence[tuple[str, ...]]:
    return [_parts(path) for path in document.get(member, [])]


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.removeprefix(_PROPERTIES).split("/"))
