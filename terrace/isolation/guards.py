"""What resources' own policies let others do: trust, buckets, keys, topics, queues, functions."""

import re
from collections.abc import Iterator

from terrace.assembly.kinds import ACCOUNT
from terrace.assembly.ownership import PLATFORM
from terrace.isolation import globs
from terrace.isolation.accepted import DEPUTIES, why
from terrace.isolation.actions import ASSUME
from terrace.isolation.breaches import Breach
from terrace.isolation.conditions import Context, judged
from terrace.isolation.documents import ANYBODY, Statement
from terrace.isolation.owners import Guarded, Owner
from terrace.isolation.world import World

_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_ROLES = f"arn:aws:iam::{ACCOUNT}:role/"
# Who may take a role on by a token: one repository at least.
_SUBJECT = re.compile(r"repo:[^/*?]+/[^:*?]+:")


def guards(owner: Owner, world: World) -> Iterator[Breach]:
    """What the policies of an owner's resources let somebody else do."""
    own = {wearer.principal.arn for wearer in owner.wearers}
    # What tenants have stands in the world as what any other tenant has, but the platform is one.
    others = tuple(one.pattern for one in world.targets if not owner.name == one.owner == PLATFORM)
    strangers: Context = {
        "aws:sourceaccount": (ACCOUNT,),
        "aws:sourcearn": others,
        "kms:encryptioncontext:aws:logs:arn": others,
    }
    for guarded in owner.guarded:
        for statement in guarded.policy:
            if statement.allows and statement.principals:
                yield from _let_in(owner, guarded, statement, own, strangers)


def _let_in(
    owner: Owner, guarded: Guarded, statement: Statement, own: set[str], strangers: Context
) -> Iterator[Breach]:
    told = statement.principals
    assert told  # noqa: S101  # asked before
    who = [f"everybody but {', '.join(told.of_aws)}"] if told.all_but_these else []
    who += [one for one in told.of_aws if not _is_own(one, owner, own, guarded)]
    who += [one for one in told.others if not _one_subject(statement)]
    if not judged(statement.conditions, strangers, known=False).may:
        who = []
    who += [one for one in told.services if _deputy(guarded, statement, strangers)]
    for one in who:
        yield Breach(
            owner="anybody" if one in (ANYBODY, _ROOT) or one in told.services else one,
            principal="everybody" if one == ANYBODY else one,
            actions=statement.actions,
            victim=owner.name,
            resource=guarded.title,
            by=statement.where,
        )


def _is_own(principal: str, owner: Owner, own: set[str], guarded: Guarded) -> bool:
    if principal in own:
        return True
    if principal in (_ROOT, ACCOUNT):
        # A key that lets the account in leaves it to policies of principals, proven elsewhere.
        return ":key/" in guarded.arns[0]
    named = globs.MINE in principal and "*" not in principal
    return owner.name != PLATFORM and named and principal.startswith(_ROLES)


def _deputy(guarded: Guarded, statement: Statement, strangers: Context) -> bool:
    """Whether a service may act on the resource for somebody else."""
    if statement.actions == (ASSUME,):
        return False  # a role is handed to a service by iam:PassRole alone, proven elsewhere
    if not judged(statement.conditions, strangers, known=False).may:
        return False
    return not all(
        why(DEPUTIES, action, arn) for action in statement.actions for arn in guarded.arns[:1]
    )


def _one_subject(statement: Statement) -> bool:
    """Whether a token's subject has to be of one repository."""
    return any(
        condition.key.endswith(":sub")
        and condition.operator in ("stringequals", "stringlike")
        and not condition.if_exists
        and all(_SUBJECT.match(value) for value in condition.values)
        for condition in statement.conditions
    )
