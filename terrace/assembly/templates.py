"""The synthesized templates of a cloud assembly, stack by stack."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from terrace.assembly import manifests
from terrace.assembly.manifests import UnreadableTemplates
from terrace.assembly.ownership import PLATFORM, owner_of
from terrace.assembly.resolving import Resolver
from terrace.assembly.resources import Resource

__all__ = ["Resource", "Templates", "UnreadableTemplates"]


class Templates:
    """The templates of a cloud assembly, by the stacks' names."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]]) -> None:
        self.texts: Mapping[str, str] = {
            name: json.dumps(template, ensure_ascii=False) for name, template in templates.items()
        }
        self._resolvers: dict[str, Resolver] = {}

    @classmethod
    def of(cls, folder: Path) -> "Templates":
        """Those in the folder that `cdk synth` wrote.

        Raises:
            UnreadableTemplates: There are none, or something that cannot be read.
        """
        templates = cls({})
        templates.texts = manifests.read(folder)
        return templates

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks' names."""
        return tuple(self.texts)

    def resources(self, stack: str) -> Iterator[Resource]:
        """One variant of each resource of a stack, with the tenants' own names."""
        seen: set[str] = set()
        for resource in self.resolver(owner_of(stack) or stack).resources(stack):
            if resource.logical_id not in seen:
                seen.add(resource.logical_id)
                yield resource

    def resolver(self, owner: str) -> Resolver:
        """An owner's stacks, under their own names; a stack that is nobody's owns itself."""
        if owner not in self._resolvers:
            others = self.resolver(PLATFORM) if owner != PLATFORM else None
            stacks = {
                name: json.loads(text)
                for name, text in self.texts.items()
                if (owner_of(name) or name) == owner
            }
            self._resolvers[owner] = Resolver(stacks, others)
        return self._resolvers[owner]
