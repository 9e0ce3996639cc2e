"""AWS's evaluation of policies, in three values: allowed by whom, if it may be allowed at all.

An explicit denial goes before every allowance; a boundary has to allow too; in one account an
identity's policy or the resource's is enough.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from terrace.isolation import globs
from terrace.isolation.conditions import Context, judged
from terrace.isolation.documents import ANYBODY, Statement


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks.

    Attributes:
        arn: The role's or user's.
        account: Its account's number.
        policies: The statements of its own policies.
        boundary: Those of its permissions boundary; None: it has none.
    """

    arn: str
    account: str
    policies: Sequence[Statement]
    boundary: Sequence[Statement] | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked: an action, in lower case, on what an ARN's pattern names.

    Attributes:
        context: The condition keys that are known.
        known: Whether a key that is not in the context is absent, rather than not known.
    """

    action: str
    resource: str
    context: Context
    known: bool = False


def allowed(
    principal: Principal, request: Request, resource_policy: Sequence[Statement] = ()
) -> Statement | None:
    """The statement by which a request may be allowed; None where it surely is not."""
    theirs = [one for one in resource_policy if _about(one, principal)]
    everything = [*principal.policies, *(principal.boundary or ()), *theirs]
    if any(not one.allows and surely(one, request) for one in everything):
        return None
    public = _first([one for one in theirs if _to_anybody(one)], request)
    if public:
        return public
    if principal.boundary is not None and not _first(principal.boundary, request):
        return None
    to_it = [one for one in theirs if one.principals and principal.arn in one.principals.of_aws]
    return _first(to_it, request) or _first(principal.policies, request)


def _to_anybody(statement: Statement) -> bool:
    """Whether nobody needs a policy of their own; what is for a whole account needs one."""
    told = statement.principals
    return told is not None and (told.all_but_these or ANYBODY in told.of_aws)


def _about(statement: Statement, principal: Principal) -> bool:
    told = statement.principals
    if told is None:
        return True
    ways = (ANYBODY, principal.arn, principal.account, f"arn:aws:iam::{principal.account}:root")
    return any(one in told.of_aws for one in ways) != told.all_but_these


def may(statement: Statement, request: Request) -> bool:
    """Whether a statement may apply to a request."""
    return (
        _acts(statement, request.action)
        and _reaches(statement, request.resource)
        and judged(statement.conditions, request.context, request.known).may
    )


def surely(statement: Statement, request: Request) -> bool:
    """Whether a statement applies to all that a request may be."""
    return (
        _acts(statement, request.action)
        and _reaches_all(statement, request.resource)
        and judged(statement.conditions, request.context, request.known).surely
    )


def _first(statements: Iterable[Statement], request: Request) -> Statement | None:
    return next((one for one in statements if one.allows and may(one, request)), None)


def _acts(statement: Statement, action: str) -> bool:
    named = any(globs.covers(pattern, action) for pattern in statement.actions)
    return named != statement.not_actions


def _reaches(statement: Statement, resource: str) -> bool:
    if statement.not_resources:
        return not any(_covers(pattern, resource) for pattern in statement.resources)
    return any(_meets(pattern, resource) for pattern in statement.resources)


def _reaches_all(statement: Statement, resource: str) -> bool:
    if statement.not_resources:
        return not any(_meets(pattern, resource) for pattern in statement.resources)
    return any(_covers(pattern, resource) for pattern in statement.resources)


# A policy variable may stand for anything.
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def widened(pattern: str) -> str:
    """A policy's pattern without variables, which matches no less."""
    return _VARIABLE.sub("*", pattern)


def _meets(pattern: str, resource: str) -> bool:
    return globs.meet(widened(pattern), resource)


def _covers(pattern: str, resource: str) -> bool:
    return not _VARIABLE.search(pattern) and globs.covers(pattern, resource)
