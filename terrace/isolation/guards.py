"""What resources' own policies let others do: trust, buckets, keys, topics, queues, functions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from terrace.assembly.ownership import PLATFORM
from terrace.assembly.symbols import ACCOUNT, OTHER_ACCOUNT, PARTITION
from terrace.isolation.accepted import DEPUTIES
from terrace.isolation.breaches import Breach
from terrace.isolation.conditions import Context, Key, judged
from terrace.isolation.documents import ANYBODY, Principals, Statement
from terrace.isolation.guarded import Guarded
from terrace.isolation.owners import Owner
from terrace.isolation.world import World

_ROOT = f"arn:{PARTITION}:iam::{ACCOUNT}:root"
# Who may take a role on by a token: one environment of one repository.
_SUBJECT = re.compile(r"repo:([^/*?:]+/[^/*?:]+):environment:[^*?]+")
_ISSUER = "token.actions.githubusercontent.com"
_SOURCES = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths",
            "aws:sourceowner")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Strangers:
    """Requests that somebody else may make: by their own principals, and by services for them."""

    principals: Context
    services: tuple[Context, ...]


def guards(owner: Owner, world: World, repository: str | None = None) -> Iterator[Breach]:
    """What the policies of an owner's resources let somebody else do."""
    own = {wearer.principal.arn for wearer in owner.wearers}
    strangers = _strangers(owner, world)
    for guarded in owner.guarded:
        if guarded.type == "AWS::EC2::VPCEndpoint":
            continue  # an endpoint's policy can only take rights away
        for statement in guarded.policy:
            if statement.allows and statement.principals:
                for one in _let_in(guarded, statement, own, strangers, repository):
                    yield _breach(owner, guarded, statement, one)
            elif statement.allows and guarded.type != "AWS::IAM::Role":
                yield _breach(owner, guarded, statement, ANYBODY)


def _strangers(owner: Owner, world: World) -> _Strangers:
    # What tenants have stands in the world as what any other tenant has, but the platform is one.
    others = tuple(one.pattern for one in world.targets if not owner.name == one.owner == PLATFORM)
    elsewhere = (f"arn:*:*:*:{OTHER_ACCOUNT}:*", f"arn:{PARTITION}:s3:::*")
    logs = "kms:encryptioncontext:aws:logs:arn"
    here = {
        "aws:sourceaccount": Key(values=(ACCOUNT,)),
        "aws:sourcearn": Key(values=others),
        logs: Key(values=others),
    }
    there = {
        "aws:sourceaccount": Key(values=(OTHER_ACCOUNT,)),
        "aws:sourcearn": Key(values=elsewhere),
        logs: Key(values=elsewhere),
    }
    # A principal of its own sends no source; what else its request holds, nobody knows.
    absent = {key: Key(values=(), is_present=False) for key in _SOURCES}
    return _Strangers(
        principals=Context(keys=absent),
        services=(Context(keys=here), Context(keys=there)),
    )


def _breach(owner: Owner, guarded: Guarded, statement: Statement, who: str) -> Breach:
    whose = statement.principals or Principals()
    return Breach(
        owner="anybody" if who in (ANYBODY, _ROOT) or who in whose.services else who,
        principal="everybody" if who == ANYBODY else who,
        actions=statement.actions,
        victim=owner.name,
        resource=guarded.title,
        by=statement.where,
    )


def _let_in(
    guarded: Guarded,
    statement: Statement,
    own: set[str],
    strangers: _Strangers,
    repository: str | None,
) -> Iterator[str]:
    whom = statement.principals or Principals()
    by_service = any(judged(statement.conditions, one).may for one in strangers.services)
    by_principal = judged(statement.conditions, strangers.principals).may
    if whom.all_but_these:
        yield f"everybody but {', '.join((*whom.of_aws, *whom.services, *whom.others))}"
    for one in whom.of_aws:
        # Everybody is also every service.
        open_to = by_principal or (one == ANYBODY and by_service)
        if open_to and not _is_own(one, own, guarded):
            yield one
    for one in whom.others:
        if by_principal and not _one_subject(statement, repository):
            yield one
    for one in whom.services:
        if by_service and not _is_deputy(guarded, statement, one):
            yield one


def _is_own(principal: str, own: set[str], guarded: Guarded) -> bool:
    if principal in own:
        return True
    # A key that lets the account in leaves it to policies of principals, proven elsewhere.
    return principal in (_ROOT, ACCOUNT) and guarded.type == "AWS::KMS::Key"


def _is_deputy(guarded: Guarded, statement: Statement, service: str) -> bool:
    """Whether a service is known to act on the resource for whoever asks it to."""
    if guarded.type == "AWS::IAM::Role" and all(a.startswith("sts:") for a in statement.actions):
        return True  # a role is handed to a service only by iam:PassRole, proven elsewhere
    return any(one.covers(service, statement, guarded.arns[0]) for one in DEPUTIES)


def _one_subject(statement: Statement, repository: str | None) -> bool:
    """Whether a token has to be GitHub's, for AWS, of one environment of one repository.

    The keys have the issuer in their names, so no other issuer's token has them. Where the file's
    repository is known, it has to be that one.
    """
    asked = {
        condition.key: condition.values
        for condition in statement.conditions
        if condition.operator == "stringequals" and condition.demands_presence
    }
    subjects = [_SUBJECT.fullmatch(value) for value in asked.get(f"{_ISSUER}:sub", ())]
    named = {match[1] for match in subjects if match}
    return (
        bool(subjects)
        and all(subjects)
        and len(named) == 1
        and (repository is None or named == {repository})
        and asked.get(f"{_ISSUER}:aud") == ("sts.amazonaws.com",)
    )
