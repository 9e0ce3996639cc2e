"""AWS's evaluation of policies, in three values: allowed, denied, or either as far as is known.

An explicit denial goes before every allowance; a boundary has to allow too; in one account an
identity's policy or the resource's is enough
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from terrace.assembly.symbols import UNKNOWN
from terrace.isolation import globs
from terrace.isolation.conditions import NO, YES, Context, Verdict, judged
from terrace.isolation.documents import ANYBODY, Statement


class Answer(Enum):
    """What becomes of all the requests that one description stands for."""

    ALLOWS = "allows"
    DENIES = "denies"
    UNKNOWN = "unknown"


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
    """What is asked: an action, in lower case, on what an ARN's pattern names."""

    action: str
    resource: str
    context: Context


def decide(
    principal: Principal, request: Request, resource_policy: Sequence[Statement] = ()
) -> Answer:
    """What becomes of a request, by every way in which what is unknown may turn out."""
    if allowed(principal, request, resource_policy) is None:
        return Answer.DENIES
    return Answer.ALLOWS if _surely(principal, request, resource_policy) else Answer.UNKNOWN


def allowed(
    principal: Principal, request: Request, resource_policy: Sequence[Statement] = ()
) -> Statement | None:
    """The statement by which a request may be allowed; None where it surely is not."""
    everything = [*principal.policies, *(principal.boundary or ()), *resource_policy]
    if any(
        not one.allows and _about(one, principal).surely and applies(one, request).surely
        for one in everything
    ):
        return None
    theirs = [one for one in resource_policy if _about(one, principal).may]
    public = _first([one for one in theirs if _to_anybody(one)], request)
    if public:
        return public
    if principal.boundary is not None and not _first(principal.boundary, request):
        return None
    to_it = [one for one in theirs if _names(one, principal).may]
    return _first(to_it, request) or _first(principal.policies, request)


def _surely(principal: Principal, request: Request, resource_policy: Sequence[Statement]) -> bool:
    """Whether a request is allowed however what is unknown turns out."""
    everything = [*principal.policies, *(principal.boundary or ()), *resource_policy]
    if any(
        not one.allows and _about(one, principal).may and applies(one, request).may
        for one in everything
    ):
        return False
    theirs = [one for one in resource_policy if one.allows and _about(one, principal).surely]
    if any(_to_anybody(one) and applies(one, request).surely for one in theirs):
        return True
    if principal.boundary is not None and not _one_surely(principal.boundary, request):
        return False
    to_it = [one for one in theirs if _names(one, principal).surely]
    return _one_surely([*to_it, *principal.policies], request)


def _one_surely(statements: Iterable[Statement], request: Request) -> bool:
    return any(one.allows and applies(one, request).surely for one in statements)


def applies(statement: Statement, request: Request) -> Verdict:
    """Whether a statement may, and surely does, apply to all that a request stands for."""
    parts = (
        _acts(statement, request.action),
        _reaches(statement, request.resource),
    )
    if not all(part.may for part in parts):
        return NO
    verdicts = (*parts, judged(statement.conditions, request.context))
    return Verdict(may=all(v.may for v in verdicts), surely=all(v.surely for v in verdicts))


def _first(statements: Iterable[Statement], request: Request) -> Statement | None:
    return next((one for one in statements if one.allows and applies(one, request).may), None)


def _to_anybody(statement: Statement) -> bool:
    """Whether nobody needs a policy of their own; what is for a whole account needs one."""
    told = statement.principals
    return told is not None and (told.all_but_these or ANYBODY in told.of_aws)


def _names(statement: Statement, principal: Principal) -> Verdict:
    """Whether a statement is about the principal itself, and not about its whole account."""
    told = statement.principals
    if told is None:
        return NO
    may = any(globs.meet(one, principal.arn) for one in told.of_aws if one != ANYBODY)
    return Verdict(may=may, surely=principal.arn in told.of_aws)


def _about(statement: Statement, principal: Principal) -> Verdict:
    told = statement.principals
    if told is None:
        return YES
    account = principal.account
    ways = (ANYBODY, principal.arn, account, principal.arn.partition("::")[0] + f"::{account}:root")
    surely = any(one in told.of_aws for one in ways)
    may = surely or any(globs.meet(one, way) for one in told.of_aws for way in ways[1:])
    if told.all_but_these:
        return Verdict(may=not surely, surely=not may)
    return Verdict(may=may, surely=surely)


def _acts(statement: Statement, action: str) -> Verdict:
    may = any(globs.meet(pattern, action) for pattern in statement.actions)
    surely = any(globs.covers(pattern, action) for pattern in statement.actions)
    if statement.not_actions:
        return Verdict(may=not surely, surely=not may)
    return Verdict(may=may, surely=surely)


def _reaches(statement: Statement, resource: str) -> Verdict:
    may = any(meets(pattern, resource) for pattern in statement.resources)
    surely = any(_covers(pattern, resource) for pattern in statement.resources)
    if statement.not_resources:
        return Verdict(may=not surely, surely=not may)
    return Verdict(may=may, surely=surely)


_VARIABLE = re.compile(r"\$\{[^}]*\}")  # a policy variable may stand for anything


def widened(pattern: str) -> str:
    """A policy's pattern with its variables as unknown texts."""
    return _VARIABLE.sub(UNKNOWN, pattern)


def meets(pattern: str, resource: str) -> bool:
    """Whether a policy's pattern may match something of what an ARN's pattern names."""
    wide = widened(pattern)
    # AWS completes an ARN with too few parts by wildcards.
    return globs.meet(wide, resource) or (wide.count(":") < 5 and globs.meet(f"{wide}:*", resource))


def _covers(pattern: str, resource: str) -> bool:
    if pattern == ANYBODY:
        return True
    mine, its = widened(pattern).split(":", 5), resource.split(":", 5)
    return len(mine) == len(its) == 6 and all(map(globs.covers, mine, its))
