"""Whose a stack is, and its resources with the owner's name as a symbol."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from terrace.assembly.ownership import PLATFORM, owner_of
from terrace.assembly.resolving import Resolver
from terrace.assembly.resources import Resource
from terrace.assembly.symbols import (
    ACCOUNT,
    DIGITS,
    UNKNOWN,
    WORDS,
    has_made_up,
    identity_of,
    is_made_up,
)
from terrace.assembly.templates import Templates
from terrace.isolation import globs
from terrace.isolation.documents import Statement, listed, statements
from terrace.isolation.evaluation import Principal
from terrace.isolation.guarded import Guarded, guarded

_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::UserPolicy",
             "AWS::IAM::RolePolicy")  # fmt: skip
_LOOSE = frozenset(("*", "?", UNKNOWN, DIGITS, WORDS))
_LAMBDA = "lambda.amazonaws.com"
_WEARERS = ("AWS::IAM::Role", "AWS::IAM::User")


@dataclass(frozen=True, kw_only=True)
class Wearer:
    """A role or a user, its policies, which resources take it on, and whom it trusts."""

    title: str
    principal: Principal
    worn_by: tuple[str, ...]
    trusts: frozenset[str] = frozenset()
    functions: tuple[str, ...] = ()  # ARNs, of a role that only functions have


@dataclass(frozen=True, kw_only=True)
class Owner:
    """A tenant, or the platform: what it has, as far as isolation goes."""

    name: str
    templates: Mapping[str, Mapping[str, object]]
    resources: tuple[Resource, ...]
    wearers: tuple[Wearer, ...]
    guarded: tuple[Guarded, ...]
    symbol: str = ""  # in place of its name

    @cached_property
    def exact(self) -> frozenset[str]:
        """The ARNs of its resources that have names of their own, which no other can have."""
        return frozenset(
            one.arn
            for one in self.resources
            if one.arn and not one.conditional and _is_exact(one.arn)
        )

    @cached_property
    def made_up(self) -> frozenset[str]:
        """The ARNs of its resources whose names AWS makes up, which no other has either."""
        return frozenset(one.arn for one in self.resources if one.arn and has_made_up(one.arn))

    @property
    def families(self) -> Mapping[str, str]:
        """The ARN patterns of all that it has, each with a title.

        What its own roles may make, jobs say, is its own too, as far as its name is in the ARN.
        """
        found = {
            family: str(resource) for resource in self.resources for family in resource.families
        }
        for wearer in self.wearers:
            for statement in wearer.principal.policies:
                for pattern in statement.resources if statement.allows else ():
                    if globs.MINE in pattern:
                        found.setdefault(pattern, f"what {wearer.title} reaches")
        return found


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The stacks of owners that differ in nothing but their names."""

    texts: Mapping[str, str]
    names: list[str] = field(default_factory=list)


def shapes(templates: Templates) -> tuple[Shape, ...]:
    """The tenants by what their templates say with their names as a symbol, each shape once."""
    stacks: dict[str, dict[str, str]] = {}
    for stack, text in templates.texts.items():
        owner = owner_of(stack)
        if owner not in (None, PLATFORM):
            named = globs.named(stack, str(owner), globs.MINE)
            stacks.setdefault(str(owner), {})[named] = globs.named(text, str(owner), globs.MINE)
    found: dict[tuple[tuple[str, str], ...], Shape] = {}
    for name, texts in stacks.items():
        key = tuple(sorted(texts.items()))
        found.setdefault(key, Shape(texts=texts)).names.append(name)
    return tuple(found.values())


def tenant_of(shape: Shape, templates: Templates) -> Owner:
    """The first tenant of a shape, its name as a symbol."""
    parsed = {stack: json.loads(text) for stack, text in shape.texts.items()}
    return _owner(
        shape.names[0], parsed, Resolver(parsed, templates.resolver(PLATFORM)), globs.MINE
    )


def owner(name: str, templates: Templates) -> Owner:
    """An owner under its own name."""
    resolver = templates.resolver(name)
    return _owner(name, resolver.stacks, resolver)


def _owner(
    name: str, parsed: Mapping[str, Mapping[str, object]], resolver: Resolver, symbol: str = ""
) -> Owner:
    found = [resource for stack in parsed for resource in resolver.resources(stack)]
    mentions = _mentions(found)
    return Owner(
        name=name,
        templates=parsed,
        resources=tuple(found),
        wearers=tuple(_wearer(one, found, mentions) for one in found if one.type in _WEARERS),
        guarded=tuple(guarded(found)),
        symbol=symbol,
    )


def is_inside(pattern: str, arns: frozenset[str]) -> bool:
    """Whether a pattern reaches only one of some resources, and what is in it."""
    ends = [place for place, one in enumerate(pattern) if one in "/:"]
    return any(pattern[:end] in arns for end in (*ends, len(pattern)))


def _is_exact(arn: str) -> bool:
    return not has_made_up(arn) and not _LOOSE & set(arn)


def bears_name(text: str) -> bool:
    """Whether the tenant's name is in a text, or in what is known of a text that AWS makes up."""
    return any(
        one == globs.MINE or (is_made_up(one) and globs.MINE in identity_of(one)) for one in text
    )


def _wearer(
    role: Resource, found: list[Resource], mentions: Mapping[str, list[Resource]]
) -> Wearer:
    arn = str(role.arn)
    name = arn.rpartition("/")[2]
    policies = [
        statement
        for one in _by_identity(
            [one for one in mentions.get(name, ()) if one.type in _POLICIES], found
        )
        if any(name in _attached(variant) for variant in one)
        for statement in _surest(one)
    ]
    for inline in listed(role.properties.get("Policies", [])):
        document = inline.get("PolicyDocument") if isinstance(inline, Mapping) else inline
        policies += statements(document, f"{role}, inline policy")
    for managed in listed(role.properties.get("ManagedPolicyArns", [])):
        policies += _managed(str(managed), found, str(role))
    boundary = role.properties.get("PermissionsBoundary")
    return Wearer(
        title=str(role),
        principal=Principal(
            arn=arn,
            account=ACCOUNT,
            policies=policies,
            boundary=_managed(str(boundary), found, str(role)) if boundary else None,
        ),
        worn_by=tuple(str(one) for one in mentions.get(arn, ()) if one is not role),
        trusts=frozenset(_trusted(role)),
        functions=_functions(role, mentions.get(arn, ())),
    )


def _functions(role: Resource, mentioning: Iterable[Resource]) -> tuple[str, ...]:
    """The ARNs of a role's functions, where Lambda is the only one that the role trusts."""
    if frozenset(_trusted(role)) != {_LAMBDA}:
        return ()
    return tuple(
        str(one.arn)
        for one in mentioning
        if one.type == "AWS::Lambda::Function" and one.properties.get("Role") == role.arn
    )


def _by_identity(some: list[Resource], found: list[Resource]) -> list[list[Resource]]:
    """All variants of each of some resources."""
    titles = dict.fromkeys(map(str, some))
    by_title: dict[str, list[Resource]] = {title: [] for title in titles}
    for one in found if titles else ():
        if str(one) in titles:
            by_title[str(one)].append(one)
    return list(by_title.values())


def _attached(policy: Resource) -> tuple[str, ...]:
    names = (
        *listed(policy.properties.get("Roles", [])),
        *listed(policy.properties.get("Users", [])),
    )
    single = [policy.properties.get(key) for key in ("RoleName", "UserName")]
    return tuple(str(one).rpartition("/")[2] for one in (*names, *single) if one)


def _surest(variants: list[Resource]) -> list[Statement]:
    """What any variant of a policy allows, and what every one of them surely denies."""
    each = [list(statements(one.properties.get("PolicyDocument"), str(one))) for one in variants]
    sure = not any(one.conditional for one in variants)
    kept: dict[tuple[object, ...], Statement] = {}
    for statement in (statement for of_variant in each for statement in of_variant):
        everywhere = all(any(s.content == statement.content for s in them) for them in each)
        if statement.allows or (sure and everywhere):
            kept.setdefault(statement.content, statement)
    return list(kept.values())


def _managed(arn: str, found: list[Resource], where: str) -> list[Statement]:
    """A managed policy's statements; one that is in no template may allow everything."""
    managed = [one for one in found if one.type == "AWS::IAM::ManagedPolicy"]
    for variants in _by_identity(managed, found):
        if all(one.arn == arn for one in variants):
            return _surest(variants)
    return [Statement(where=f"{where}, managed policy {arn}", allows=True, actions=("*",))]


def _trusted(role: Resource) -> Iterator[str]:
    """Who may take a role on, a user itself left out."""
    for statement in statements(role.properties.get("AssumeRolePolicyDocument", {}), str(role)):
        whom = statement.principals
        if statement.allows and whom:
            yield from (*whom.of_aws, *whom.services, *whom.others)
            yield from ("*",) if whom.all_but_these else ()


def _mentions(resources: list[Resource]) -> dict[str, list[Resource]]:
    """The resources whose properties hold a text, by the text."""
    found: dict[str, list[Resource]] = {}
    for one in resources:
        for text in set(_texts(one.properties)):
            found.setdefault(text, []).append(one)
    return found


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
