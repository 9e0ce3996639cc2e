"""The proof that no tenant reaches another's resources, or the breaches that were found.

Every tenant's name is a symbol, and everybody else's another one. So each tenant is held against
what anybody who is called otherwise may have, once: the work grows with the tenants, not with
their square. What holds for the symbols holds for all names (see `globs`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from terrace.assembly.ownership import PLATFORM
from terrace.assembly.templates import Templates
from terrace.errors import TerraceError
from terrace.isolation import actions, globs
from terrace.isolation.accepted import ACCEPTED, Accepted, why
from terrace.isolation.breaches import Breach
from terrace.isolation.documents import Statement
from terrace.isolation.evaluation import Request, allowed, widened
from terrace.isolation.guards import guards
from terrace.isolation.owners import Owner, Wearer, owners
from terrace.isolation.strangers import strangers
from terrace.isolation.world import Target, World, everybody
from terrace.names import TENANT_TAG

# What is not the principal's own is not tagged as its own.
_SOMEBODY_ELSES = {f"aws:resourcetag/{TENANT_TAG}": (globs.THEIRS,)}


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
    """

    tenants: tuple[str, ...]
    principals: int
    targets: int
    breaches: tuple[Breach, ...]
    accepted: tuple[Accepted, ...]


def prove(templates: Templates) -> Proof:
    """Looks at every principal of every tenant.

    Raises:
        NoLists: The authorization lists are not installed.
    """
    found = list(owners(templates, symbolic=True))
    world = everybody(found)
    tenants = [owner for owner in found if owner.name != PLATFORM]
    breaches = [breach for owner in tenants for breach in identities(owner, world)]
    breaches += [breach for owner in found for breach in guards(owner, world)]
    breaches += [breach for owner in found for breach in strangers(owner, world)]
    return Proof(
        tenants=tuple(owner.name for owner in tenants),
        principals=sum(len(owner.wearers) for owner in tenants),
        targets=len(world.targets),
        breaches=tuple(dict.fromkeys(breaches)),
        accepted=_used(tenants),
    )


def refuse_breaches(templates: Templates) -> None:
    """What every synth asks for.

    Raises:
        Breached: Somebody may reach what is not theirs.
    """
    breaches = prove(templates).breaches
    if breaches:
        told = "\n".join(f"- {breach}" for breach in breaches)
        raise Breached(f"isolation: {len(breaches)} breaches; expected none\n{told}")


def identities(owner: Owner, world: World) -> Iterator[Breach]:
    """What an owner's principals may do by their own policies beyond what is theirs."""
    for wearer in owner.wearers:
        for statement in wearer.principal.policies:
            if statement.allows:
                yield from _beyond(owner, wearer, statement, world)


def _beyond(owner: Owner, wearer: Wearer, statement: Statement, world: World) -> Iterator[Breach]:
    patterns = ("*",) if statement.not_resources else tuple(map(widened, statement.resources))
    named = ("*",) if statement.not_actions else statement.actions
    for pattern in patterns:
        yield from _of_nobody(owner, wearer, statement, pattern, named)
        for target in world.targets:
            if globs.meet(pattern, target.pattern):
                may = _may(wearer, named, target, pattern)
                if may:
                    yield _breach(owner, wearer, statement, may, target.owner, target.title)


def _may(wearer: Wearer, named: tuple[str, ...], target: Target, pattern: str) -> tuple[str, ...]:
    """The actions on a target that are not surely refused, and not accepted."""
    return tuple(
        action
        for action in actions.on_service(named, target.pattern)
        if not why(ACCEPTED, action, pattern)
        and allowed(
            wearer.principal,
            Request(
                action=action, resource=target.pattern, context={**target.context, **_code(wearer)}
            ),
        )
    )


def _code(wearer: Wearer) -> dict[str, tuple[str, ...]]:
    """What AWS says of a request by a function's code; Lambda's own requests are not tenants'."""
    return {"lambda:sourcefunctionarn": wearer.functions} if wearer.functions else {}


def _of_nobody(
    owner: Owner, wearer: Wearer, statement: Statement, pattern: str, named: tuple[str, ...]
) -> Iterator[Breach]:
    """Actions that take no resource, and resources that bear no tenant's name."""
    if globs.MINE in pattern:
        return
    found = [
        action
        for name in named
        for service in actions.services_of(name)
        for action in actions.matching(name, service)
        if not why(ACCEPTED, action, pattern)
        and allowed(
            wearer.principal,
            Request(action=action, resource=pattern, context=_SOMEBODY_ELSES | _code(wearer)),
        )
    ]
    if found:
        whose = "any resource" if pattern == "*" else f"{pattern}, which bears no tenant's name"
        yield _breach(owner, wearer, statement, tuple(dict.fromkeys(found)), "anybody", whose)


def _breach(
    owner: Owner,
    wearer: Wearer,
    statement: Statement,
    may: tuple[str, ...],
    victim: str,
    resource: str,
) -> Breach:
    return Breach(
        owner=owner.name,
        principal=wearer.title,
        worn_by=wearer.worn_by,
        actions=may,
        victim=victim,
        resource=resource,
        by=statement.where,
    )


def _used(tenants: Iterable[Owner]) -> tuple[Accepted, ...]:
    patterns = {
        (action, pattern)
        for owner in tenants
        for wearer in owner.wearers
        for statement in wearer.principal.policies
        if statement.allows
        for action in statement.actions
        for pattern in statement.resources
        if globs.MINE not in pattern
    }
    return tuple(one for one in ACCEPTED if any(one.covers(*told) for told in patterns))
