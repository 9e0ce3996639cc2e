"""The proof as a report that an auditor can read, in Markdown."""

from collections import Counter
from collections.abc import Iterator, Sequence

from terrace.assembly.symbols import readable
from terrace.isolation.accepted import DEPUTIES, Accepted
from terrace.isolation.assumptions import ASSUMPTIONS, RULES
from terrace.isolation.proof import Proof

_METHOD = """
Each role and user of each tenant was taken out of the synthesized CloudFormation templates, with
its policies, boundary and trust, and held against every family of resources that anybody called
otherwise may have, and against the platform's. Both tenants' names are symbols, so that what holds,
holds for all names that Terrace allows. Policies are evaluated in three values: what a parameter, a
mapping or a condition of the template may turn out to be is unknown, may meet everything, and
covers nothing. Where a role could get more rights than it has, by a stack, a function's code, a
passed role or a policy, that is a breach of its own. Policies of resources count: whom they let in,
and for whom an AWS service may act on them. Every other property is a reference that has to be
bound to the tenant, unless it is known to be none. What is not known is refused by its name: a
type of resource, a section of a template, a macro, a stack, an action.
"""
_PAIRS = """
Each tenant was also held against each other one by their own names, and both had to come to the
same.
"""


def markdown(proof: Proof) -> str:
    """The whole report; with each pair of tenants, where these were looked at one by one."""
    parts = [
        "# Isolation",
        _verdict(proof),
        "## Who reaches whom",
        _table(*matrix(proof)),
        *_breaches(proof),
        "## Known and accepted",
        "Not a tenant's own, used all the same, since AWS offers nothing narrower:",
        _reasons(proof.accepted),
        "Services that act on such a resource for whoever asks them to:",
        _deputies(),
        "## What was proven, and how",
        _METHOD.strip(),
        *([_PAIRS.strip()] if proof.pairs is not None else []),
        "## Under which assumptions",
        _table(
            ("assumption", "what would break it"),
            [(one.what, one.broken_by) for one in ASSUMPTIONS],
        ),
        "## On which rules of AWS",
        _table(("rule", "documented at"), [(one.what, one.source) for one in RULES]),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(proof: Proof) -> str:
    looked = (
        f"{len(proof.tenants)} tenants, {proof.principals} roles and users, each against "
        f"{proof.targets} families of resources.\n\nSHA-256 of the templates: `{proof.digest}`"
    )
    if not proof.breaches:
        verdict = "No tenant reaches another's resources, and none gets more rights than it has."
        return f"**{verdict}** {looked}"
    return f"**{len(proof.breaches)} breaches.** {looked}"


def matrix(proof: Proof) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Who reaches whom: the header, and a row a tenant."""
    found = proof.pairs
    if found is None:
        counts = Counter(breach.owner for breach in proof.breaches)
        owners = dict.fromkeys([*proof.tenants, *counts])
        return ("", "anybody else's"), [(name, _cell(counts[name])) for name in owners]
    tenants = proof.tenants
    table = [
        (one, *("own" if one == other else _cell(len(found[one, other])) for other in tenants))
        for one in tenants
    ]
    return ("", *(f"{name}'s" for name in tenants)), table


def _reasons(accepted: Sequence[Accepted]) -> str:
    rows = [
        (", ".join(one.actions), f"`{readable(one.resource)}`", one.terms, one.reason)
        for one in accepted
    ]
    return _table(("actions", "on", "worn by, under", "why"), rows)


def _deputies() -> str:
    rows = [
        (
            ", ".join(one.services),
            ", ".join(one.actions),
            f"`{readable(one.resource)}`",
            readable(one.terms),
            one.reason,
        )
        for one in DEPUTIES
    ]
    return _table(("services", "actions", "on", "under", "why"), rows)


def _cell(breaches: int) -> str:
    return f"{breaches} ways" if breaches else "no way"


def _breaches(proof: Proof) -> Iterator[str]:
    if proof.breaches:
        yield "## Breaches"
        yield _table(
            ("who", "by which role", "may", "on", "of", "by"),
            [
                (b.owner, b.principal, ", ".join(b.actions[:8]), b.resource, b.victim, b.by)
                for b in proof.breaches
            ],
        )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
