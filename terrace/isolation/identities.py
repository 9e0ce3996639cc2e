"""What a tenant's principals may do, by their own policies, beyond what is theirs."""

from collections.abc import Iterator
from dataclasses import replace

from terrace.assembly.symbols import has_made_up, made_up, theirs
from terrace.isolation import actions, globs
from terrace.isolation.accepted import why
from terrace.isolation.breaches import Breach
from terrace.isolation.conditions import Context, Key
from terrace.isolation.documents import Statement
from terrace.isolation.evaluation import Request, allowed, widened
from terrace.isolation.owners import Owner, Wearer, bears_name, is_inside
from terrace.isolation.world import Target, World
from terrace.names import TENANT_TAG

_SOURCE_FUNCTION = "lambda:sourcefunctionarn"
_ANOTHER_NETWORK = made_up("somebody else/Network#")


def identities(owner: Owner, world: World) -> Iterator[Breach]:
    """Everything that may be done to what others have, and to what bears nobody's name."""
    for wearer in owner.wearers:
        for statement in wearer.principal.policies:
            if statement.allows:
                yield from _beyond(owner, wearer, statement, world)


def patterns_of(statement: Statement) -> tuple[str, ...]:
    """The patterns of ARNs that a statement may be about."""
    return ("*",) if statement.not_resources else tuple(map(widened, statement.resources))


def actions_of(statement: Statement) -> tuple[str, ...]:
    """The patterns of actions that a statement may be about."""
    return ("*",) if statement.not_actions else statement.actions


def _beyond(owner: Owner, wearer: Wearer, statement: Statement, world: World) -> Iterator[Breach]:
    named = actions_of(statement)
    for pattern in patterns_of(statement):
        if owner.symbol:
            yield from _of_nobody(owner, wearer, statement, pattern)
        if is_inside(pattern, owner.made_up):
            continue  # nobody else's resource has the name
        is_own = is_inside(pattern, owner.exact)
        for target in world.targets:
            # Names are unique: what AWS makes up is never the name that a resource has.
            if is_own and has_made_up(target.pattern):
                continue
            if target.is_met_by(pattern):
                may = _may(wearer, statement, named, target, pattern)
                if may:
                    yield breach(owner, wearer, statement, may, target.owner, target.title)


def _may(
    wearer: Wearer, statement: Statement, named: tuple[str, ...], target: Target, pattern: str
) -> tuple[str, ...]:
    """The actions on a target that are not surely refused, and not accepted."""
    return tuple(
        action
        for action in actions.on_service(named, target.pattern)
        if not why(action, pattern, wearer, statement)
        and allowed(
            wearer.principal,
            Request(
                action=action,
                resource=target.pattern,
                context=_by_code(wearer, target.context(action)),
            ),
        )
    )


def _of_nobody(
    owner: Owner, wearer: Wearer, statement: Statement, pattern: str
) -> Iterator[Breach]:
    """Actions that take no resource, and resources that are not bound to the tenant's name."""
    if bears_name(pattern) and not globs.meet(pattern, theirs(pattern)):
        return
    found = [
        action
        for name in actions_of(statement)
        for action in actions.named_by(name)
        if not why(action, pattern, wearer, statement)
        and allowed(
            wearer.principal,
            Request(
                action=action,
                resource=pattern,
                context=_by_code(wearer, somebody_elses(action, pattern)),
            ),
        )
    ]
    if found:
        whose = "any resource" if pattern == "*" else f"{pattern}, which no tenant's name bounds"
        yield breach(owner, wearer, statement, tuple(dict.fromkeys(found)), "anybody", whose)


def somebody_elses(action: str, pattern: str) -> Context:
    """A request on what is not the principal's own: not tagged as its own, if it is tagged at all.

    And in another network, where AWS has the key for it: an interface always is in some network.
    """
    keys = {
        f"aws:resourcetag/{TENANT_TAG}": ("aws:resourcetag/${tagkey}", globs.THEIRS),
        "ec2:vpc": ("ec2:vpc", f"arn:*:ec2:*:*:vpc/{_ANOTHER_NETWORK}"),
    }
    return Context(
        keys={
            key: Key(values=(value,), is_present=True if key == "ec2:vpc" else None)
            for key, (listed, value) in keys.items()
            if actions.has_key(action, pattern, listed)
        }
    )


def _by_code(wearer: Wearer, context: Context) -> Context:
    """A request by the code of a role's functions, which AWS marks with the function's ARN.

    What Lambda itself asks by such a role, to place a function in its network, has no such mark and
    is not a tenant's to ask.
    """
    if not wearer.functions:
        return context
    source = {_SOURCE_FUNCTION: Key(values=wearer.functions, is_present=True)}
    return replace(context, keys={**context.keys, **source})


def breach(
    owner: Owner,
    wearer: Wearer,
    statement: Statement,
    may: tuple[str, ...],
    victim: str,
    resource: str,
) -> Breach:
    """A breach by one of a role's statements."""
    return Breach(
        owner=owner.name,
        principal=wearer.title,
        worn_by=wearer.worn_by,
        actions=may,
        victim=victim,
        resource=resource,
        by=statement.where,
    )
