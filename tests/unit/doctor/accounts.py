"""An account in memory, and assemblies of a few resources, for the doctor's checks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terrace.cli.doctor.account import CannotAsk
from terrace.cli.doctor.assembly import Assembly
from terrace.settings import Settings

NUMBER = "111122223333"


@dataclass(eq=False)
class FakeAccount:
    """Answers each operation with what a test puts there; an operation of none is denied."""

    region: str | None = "eu-west-1"
    responses: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    arn: str = f"arn:aws:iam::{NUMBER}:user/ada"

    number: str = NUMBER
    partition: str = "aws"

    @property
    def identity(self) -> dict[str, str]:
        if "sts.get_caller_identity" in self.absent:
            raise CannotAsk("sts:GetCallerIdentity: no credentials")
        return {"account": self.number, "arn": self.arn}

    def call(self, service: str, operation: str, /, **_request: Any) -> dict[str, Any]:
        key = f"{service}.{operation}"
        if key not in self.responses:
            raise CannotAsk(f"{key}: AccessDenied")
        return self.responses[key]

    def find(self, service: str, operation: str, /, **request: Any) -> dict[str, Any] | None:
        key = f"{service}.{operation}"
        if key == "iam.get_role":
            return {"Role": {}} if request["RoleName"] in self.roles else None
        return None if key in self.absent else self.call(service, operation, **request)

    def each(self, service: str, operation: str, key: str, /, **request: Any) -> Iterator[Any]:
        yield from self.call(service, operation, **request)[key]


def assembly(
    folder: Path,
    resources: dict[str, tuple[str, dict[str, Any]]],
    *,
    stack: str = "terrace--north",
    settings: dict[str, Any] | None = None,
    images: int = 0,
) -> Assembly:
    """An assembly of one stack, as `cdk synth` writes it.

    Args:
        folder: Where it is written.
        resources: Type and properties by logical id.
        stack: The stack's name.
        settings: Of the file; by default one small tenant.
        images: How many container images it builds.
    """
    template = {
        "Resources": {
            name: {"Type": kind, "Properties": properties}
            for name, (kind, properties) in resources.items()
        }
    }
    (folder / f"{stack}.template.json").write_text(json.dumps(template))
    properties = {
        "templateFile": f"{stack}.template.json",
        "requiresBootstrapStackVersion": 6,
        "bootstrapStackVersionSsmParameter": "/cdk-bootstrap/hnb659fds/version",
        "cloudFormationExecutionRoleArn": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk",
    }
    artifact = {"type": "aws:cloudformation:stack", "properties": properties}
    manifest = {"version": "1", "artifacts": {stack: artifact}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    built = {f"image{place}": {"source": {"directory": "."}} for place in range(images)}
    (folder / f"{stack}.assets.json").write_text(json.dumps({"dockerImages": built}))
    return Assembly(folder, Settings.model_validate(settings or small()))


def small(**tenant: Any) -> dict[str, Any]:
    """Settings of one tenant with one model."""
    model = {"name": "wear", "source": "examples/cnc-mill", "label": "worn"}
    return {"tenants": [{"name": "north", "level": "smb", "models": [model]} | tenant]}
