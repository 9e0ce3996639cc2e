"""Tenants that differ by their names and subscribers alone are synthesized once, for all of them.

A stand-in is synthesized under a name that is nowhere else; what the CDK wrote of it is then
written for each tenant, with the tenant's own name in its place. That is what the CDK would have
written, which a test demands, a hundred times as fast.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from terrace.names import ModelNames, TenantNames, subscription_id
from terrace.settings import Subscription, Tenant

_DIGITS = 15
_MANIFEST = "manifest.json"
_TEMPLATE, _ASSETS, _METADATA = ".template.json", ".assets.json", ".metadata.json"
# What is told of constructs; one tenant may stand for the others there.
_TOLD = ("tree.json", "validation-report.json")


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Some tenants, and the one that is synthesized: a stand-in, or the only one itself."""

    synthesized: Tenant
    tenants: tuple[Tenant, ...]

    def __str__(self) -> str:
        """Which name in what the CDK says is whose."""
        names = ", ".join(tenant.name for tenant in self.tenants)
        return f"{self.synthesized.name} is {names}"

    def names_of(self, tenant: Tenant) -> dict[str, str]:
        """What stands in the stand-in's templates, and what is to stand in this tenant's."""
        found = {self.synthesized.name: tenant.name}
        pairs = zip(self.synthesized.subscriptions, tenant.subscriptions, strict=True)
        for stand_in, own in pairs:
            found[stand_in.endpoint] = json.dumps(own.endpoint)[1:-1]
            found[_id(stand_in)] = _id(own)
        return found


def _id(subscription: Subscription) -> str:
    return subscription_id(subscription.protocol, subscription.endpoint)


def alike(tenants: Sequence[Tenant]) -> tuple[Alike, ...]:
    """The tenants, those together that are alike; in the order of the first of each."""
    groups: dict[str, list[Tenant]] = {}
    for tenant in tenants:
        groups.setdefault(_likeness(tenant), []).append(tenant)
    return tuple(
        Alike(
            synthesized=group[0] if len(group) == 1 else _stand_in(group[0], likeness),
            tenants=tuple(group),
        )
        for likeness, group in groups.items()
    )


def _likeness(tenant: Tenant) -> str:
    """All that makes a tenant's stacks but its name and its subscribers'."""
    protocols = [subscription.protocol for subscription in tenant.subscriptions]
    return tenant.model_dump_json(exclude={"name", "subscriptions"}) + json.dumps(protocols)


def _stand_in(tenant: Tenant, likeness: str) -> Tenant:
    # A digest: no word of any template, and the same whatever other tenants there are.
    digest = hashlib.sha256(likeness.encode()).hexdigest()[:_DIGITS]
    subscriptions = tuple(
        subscription.model_copy(update={"endpoint": f"subscriber-{place}-of-{digest}"})
        for place, subscription in enumerate(tenant.subscriptions)
    )
    return tenant.model_copy(update={"name": f"x{digest}", "subscriptions": subscriptions})


def in_own_words(told: str, groups: Sequence[Alike]) -> str:
    """What was said of stand-ins, said of the first tenant that each stands for."""
    for group in groups:
        told = _replaced(told, group.names_of(group.tenants[0]))
    return told


def write_each(folder: Path, groups: Sequence[Alike]) -> None:
    """Puts each tenant's own stacks into a cloud assembly where a stand-in's are."""
    path = folder / _MANIFEST
    manifest = json.loads(path.read_bytes())
    for group in groups:
        if group.synthesized in group.tenants:
            continue
        artifacts = manifest["artifacts"]
        stacks = set(_stacks(group.synthesized))
        of_stand_in = {
            name: artifacts.pop(name)
            for name in list(artifacts)
            if name.removesuffix(".assets") in stacks
        }
        for tenant in group.tenants:
            artifacts |= _written(folder, group, tenant, of_stand_in)
        for stack in stacks:
            for ending in (_TEMPLATE, _ASSETS, _METADATA):
                (folder / f"{stack}{ending}").unlink(missing_ok=True)
    path.write_text(json.dumps(manifest, indent=2))
    for told in (folder / name for name in _TOLD):
        if told.exists():
            told.write_text(in_own_words(told.read_text(), groups))


def _stacks(tenant: Tenant) -> Iterator[str]:
    yield TenantNames(tenant=tenant.name).stack
    for model in tenant.models:
        yield ModelNames(tenant=tenant.name, model=model.name).stack


def _written(
    folder: Path, group: Alike, tenant: Tenant, artifacts: Mapping[str, Any]
) -> dict[str, Any]:
    """Writes one tenant's files; what the manifest says of them."""
    names, told = group.names_of(tenant), json.dumps(artifacts)
    for stand_in, own in zip(_stacks(group.synthesized), _stacks(tenant), strict=True):
        template = (folder / f"{stand_in}{_TEMPLATE}").read_text()
        mine = _replaced(template, names)
        (folder / f"{own}{_TEMPLATE}").write_text(mine)
        # An asset's name is the digest of its content.
        digests = {_digest(template): _digest(mine)}
        assets = (folder / f"{stand_in}{_ASSETS}").read_text()
        (folder / f"{own}{_ASSETS}").write_text(_replaced(assets, names | digests))
        metadata = folder / f"{stand_in}{_METADATA}"
        if metadata.exists():
            (folder / f"{own}{_METADATA}").write_text(_replaced(metadata.read_text(), names))
        told = _replaced(told, digests)
    found: dict[str, Any] = json.loads(_replaced(told, names))
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _replaced(text: str, names: Mapping[str, str]) -> str:
    for name, own in names.items():
        text = text.replace(name, own)
    return text
