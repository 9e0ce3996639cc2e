"""The proof that no tenant reaches another's resources, or the breaches that were found.

Every tenant's name is a symbol, and everybody else's another one. So each tenant is held against
what anybody who is called otherwise may have, once: the work grows with the tenants, not with
their square, and tenants that differ only in their names are proven together. What holds for the
symbols holds for all names (see `globs`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from terrace.assembly.ownership import PLATFORM
from terrace.assembly.templates import Templates
from terrace.errors import TerraceError
from terrace.isolation import actions
from terrace.isolation.accepted import ACCEPTED, Accepted
from terrace.isolation.breaches import Breach
from terrace.isolation.closed import refused, unknown_parts, unknown_stacks
from terrace.isolation.escalation import escalation
from terrace.isolation.guards import guards
from terrace.isolation.identities import actions_of, identities, patterns_of
from terrace.isolation.owners import Owner, bears_name, owner, shapes, tenant_of
from terrace.isolation.pairs import MOST_TENANTS, Pairs, pairs
from terrace.isolation.strangers import strangers
from terrace.isolation.world import World, everybody

_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class Breached(TerraceError):
    """Isolation that could not be proven."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What came of it.

    Attributes:
        tenants: Their names.
        principals: How many roles and users were looked at.
        targets: How many families of ARNs each was held against.
        breaches: What could not be shown to be impossible.
        accepted: What is known and accepted, as far as it is used.
        pairs: The ways between each two tenants by name; None: there are too many tenants.
        digest: Of the templates, SHA-256.
    """

    tenants: tuple[str, ...]
    principals: int
    targets: int
    breaches: tuple[Breach, ...]
    accepted: tuple[Accepted, ...]
    pairs: Pairs | None
    digest: str


def prove(templates: Templates, repository: str | None = None) -> Proof:
    """Looks at every principal, policy and reference of every tenant and of the platform.

    Args:
        templates: All of the cloud assembly.
        repository: From which the platform's deploy role may be taken on; None: any one.

    Raises:
        NoLists: The authorization lists are not installed.
    """
    try:
        return _prove(templates, repository)
    except _MALFORMED as error:
        # Not what CloudFormation documents: nobody knows what it would make of it.
        what = f"a template that cannot be read: {type(error).__name__}: {error}"
        return Proof(
            tenants=tuple(sorted(n for shape in shapes(templates) for n in shape.names)),
            principals=0,
            targets=0,
            breaches=(*unknown_stacks(templates), refused("anybody", "a template", what)),
            accepted=(),
            pairs=None,
            digest=_digest(templates),
        )


def _prove(templates: Templates, repository: str | None) -> Proof:
    kinds = shapes(templates)
    tenants = [tenant_of(shape, templates) for shape in kinds]
    platform = owner(PLATFORM, templates)
    world = everybody([*tenants, platform])
    breaches = [*unknown_stacks(templates), *_of_owner(platform, world, repository)]
    for shape, tenant in zip(kinds, tenants, strict=True):
        found = list(_of_tenant(tenant, world))
        breaches += [
            _renamed(one, tenant.name, name).named(name) for name in shape.names for one in found
        ]
    names = tuple(sorted(name for shape in kinds for name in shape.names))
    by_name = pairs(templates, names) if len(names) <= MOST_TENANTS else None
    breaches += [one for ways in (by_name or {}).values() for one in ways]
    return Proof(
        tenants=names,
        principals=sum(
            len(tenant.wearers) * len(shape.names)
            for shape, tenant in zip(kinds, tenants, strict=True)
        ),
        targets=len(world.targets),
        breaches=tuple(dict.fromkeys(breaches)),
        accepted=_used(tenants),
        pairs=by_name,
        digest=_digest(templates),
    )


def refuse_breaches(templates: Templates, repository: str | None = None) -> None:
    """What every synth asks for.

    Raises:
        Breached: Somebody may reach what is not theirs.
    """
    breaches = prove(templates, repository).breaches
    if breaches:
        listed = "\n".join(f"- {breach}" for breach in breaches)
        raise Breached(f"isolation: {len(breaches)} breaches; expected none\n{listed}")


def _of_tenant(tenant: Owner, world: World) -> Iterator[Breach]:
    yield from identities(tenant, world)
    yield from escalation(tenant)
    yield from _of_owner(tenant, world)


def _of_owner(one: Owner, world: World, repository: str | None = None) -> Iterator[Breach]:
    yield from unknown_parts(one.name, one.templates)
    yield from guards(one, world, repository)
    yield from strangers(one)


def _renamed(breach: Breach, shape: str, name: str) -> Breach:
    """The same breach of another tenant of the shape."""
    if shape == name:
        return breach
    owner = name if breach.owner == shape else breach.owner
    victim = name if breach.victim == shape else breach.victim
    return replace(breach, owner=owner, victim=victim)


def _digest(templates: Templates) -> str:
    content = "".join(f"{name}\0{text}\0" for name, text in sorted(templates.texts.items()))
    return hashlib.sha256(content.encode()).hexdigest()


def _used(tenants: Iterable[Owner]) -> tuple[Accepted, ...]:
    used = {
        one
        for owner in tenants
        for wearer in owner.wearers
        for statement in wearer.principal.policies
        if statement.allows
        for pattern in patterns_of(statement)
        if not bears_name(pattern)
        for named in actions_of(statement)
        for action in actions.named_by(named)
        for one in range(len(ACCEPTED))
        if ACCEPTED[one].covers(action, pattern) and ACCEPTED[one].is_worn_right(wearer, statement)
    }
    return tuple(ACCEPTED[one] for one in sorted(used))
