"""What a deployment needs, as `cdk synth` wrote it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from terrace.assembly.kinds import KINDS
from terrace.assembly.symbols import ACCOUNT, PARTITION, REGION
from terrace.assembly.templates import Resource, Templates
from terrace.settings import Settings

_IMAGE = "dockerImages"


@dataclass(frozen=True, eq=False)
class Assembly:
    """A synthesized cloud assembly, and the settings that it was synthesized from."""

    folder: Path
    settings: Settings

    @cached_property
    def resources(self) -> Sequence[Resource]:
        """The resources of all stacks."""
        templates = Templates.of(self.folder)
        return [resource for stack in templates.stacks for resource in templates.resources(stack)]

    @cached_property
    def stacks(self) -> Sequence[str]:
        """The names of all stacks."""
        return Templates.of(self.folder).stacks

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of these CloudFormation types."""
        return (resource for resource in self.resources if resource.type in types)

    @property
    def bootstrap_version(self) -> int:
        """The version of the CDK's bootstrap stack that the assembly requires, at least."""
        artifacts = self._manifest["artifacts"].values()
        required = (
            artifact.get("properties", {}).get("requiresBootstrapStackVersion", 0)
            for artifact in artifacts
        )
        return max(required, default=0)

    @property
    def bootstrap_parameters(self) -> Sequence[str]:
        """The SSM parameters that hold the version of the CDK's bootstrap stack."""
        artifacts = self._manifest["artifacts"].values()
        properties = [artifact.get("properties", {}) for artifact in artifacts]
        return sorted(
            {
                described["bootstrapStackVersionSsmParameter"]
                for described in properties
                if "bootstrapStackVersionSsmParameter" in described
            }
        )

    @property
    def execution_roles(self) -> Sequence[str]:
        """The roles that CloudFormation deploys with: ARNs with pseudo-parameters in them."""
        artifacts = self._manifest["artifacts"].values()
        properties = [artifact.get("properties", {}) for artifact in artifacts]
        key = "cloudFormationExecutionRoleArn"
        return sorted({str(described[key]) for described in properties if key in described})

    @property
    def images(self) -> Sequence[dict[str, Any]]:
        """The container images that the deployment builds and pushes, each once."""
        files = sorted(self.folder.glob("*.assets.json"))
        manifests = [json.loads(file.read_bytes()) for file in files]
        by_hash: dict[str, dict[str, Any]] = {}
        for manifest in manifests:
            by_hash |= manifest.get(_IMAGE, {})
        return list(by_hash.values())

    @property
    def subnets(self) -> Sequence[dict[str, Any]]:
        """The properties of all subnets, unresolved: their zones are known in the account only."""
        return [
            resource["Properties"]
            for file in sorted(self.folder.glob("*.template.json"))
            for resource in json.loads(file.read_bytes()).get("Resources", {}).values()
            if resource["Type"] == "AWS::EC2::Subnet"
        ]

    def fixed_name(self, resource: Resource) -> str | None:
        """The physical name that the template sets; None where CloudFormation makes one up."""
        kind = KINDS.get(resource.type)
        name = resource.properties.get(kind.name) if kind and kind.name else None
        return name if isinstance(name, str) and _is_known(name) else None

    @cached_property
    def _manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        return manifest


def in_account(text: str, account: str, region: str, partition: str) -> str:
    """A resolved text of a template with the account, region and partition at hand in it."""
    return text.replace(ACCOUNT, account).replace(REGION, region).replace(PARTITION, partition)


def _is_known(text: str) -> bool:
    """Whether the templates say all of a text but for the account and the region."""
    return in_account(text, "", "", "").isascii()
