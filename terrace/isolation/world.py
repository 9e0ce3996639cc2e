"""All that is not a principal's own: what every other owner has, each family once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from terrace.assembly.symbols import (
    has_made_up,
    identity_of,
    is_made_up,
    made_up,
    theirs,
    ways,
)
from terrace.isolation import actions, globs
from terrace.isolation.conditions import Context, Key
from terrace.isolation.evaluation import meets
from terrace.isolation.owners import Owner


@dataclass(frozen=True, kw_only=True)
class Target:
    """A family of ARNs that others have, and whose it is, as an example."""

    pattern: str
    owner: str
    title: str
    tags: tuple[tuple[str, str], ...]

    def is_met_by(self, pattern: str) -> bool:
        """Whether a policy's pattern may match something of the family."""
        return _meet(pattern, self.pattern)

    def context(self, action: str) -> Context:
        """What is known of the keys of a request for an action on it."""
        service = action.partition(":")[0]
        keys = {
            f"{prefix}:resourcetag/{key.lower()}": Key(values=(value,), is_present=True)
            for key, value in self.tags
            for prefix in ("aws", service)
            if actions.has_key(action, self.pattern, f"{prefix}:resourcetag/${{tagkey}}")
        }
        return Context(keys=keys)


@dataclass(frozen=True, kw_only=True)
class World:
    """What everybody else has."""

    targets: tuple[Target, ...]


def everybody(owners: Iterable[Owner]) -> World:
    """What any owner has, as one who is called otherwise sees it.

    Only what stands before the end of an owner's name decides whether a pattern of somebody else's
    can reach a family, so families are cut there; a thousand tenants have as many as two.
    """
    found: dict[str, Target] = {}
    for owner in owners:
        for target in _targets(owner):
            pattern = _head(theirs(target.pattern))
            tags = {(key, theirs(value)) for key, value in target.tags}
            known = found.get(pattern)
            if known:
                tags &= set(known.tags)
            found[pattern] = Target(
                pattern=pattern,
                owner=target.owner,
                title=target.title,
                tags=tuple(sorted(tags)),
            )
    return World(targets=tuple(found.values()))


def owned(owner: Owner) -> World:
    """What one owner has, by its own name."""
    return World(targets=tuple(_targets(owner)))


def _targets(owner: Owner) -> Iterator[Target]:
    # Only tags that are there in every variant count.
    tags: dict[str, set[tuple[str, str]]] = {}
    for one in owner.resources:
        for family in one.families:
            here = set(_tags(one.properties))
            tags[family] = tags[family] & here if family in tags else here
    for family, title in owner.families.items():
        yield Target(
            pattern=family,
            owner=owner.name,
            title=title,
            tags=tuple(sorted(tags.get(family, set()))),
        )


def _tags(properties: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    given = properties.get("Tags", ())
    if isinstance(given, Mapping):
        yield from ((str(key), str(value)) for key, value in given.items())
    elif isinstance(given, list):
        yield from (
            (str(tag["Key"]), str(tag.get("Value")))
            for tag in given
            if isinstance(tag, Mapping) and "Key" in tag
        )


def _head(pattern: str) -> str:
    """A pattern that matches no less, cut behind the owner's name and what shows its end."""
    parts = [made_up(_head(identity_of(one))) if _is_theirs(one) else one for one in pattern]
    before, symbol, behind = "".join(parts).partition(globs.THEIRS)
    kept = 1 if behind.startswith("/") else 2
    if not symbol or len(behind) <= kept:
        return before + symbol + behind
    return f"{before}{symbol}{behind[:kept]}*"


@lru_cache(maxsize=1_000_000)
def _meet(pattern: str, family: str) -> bool:
    if has_made_up(pattern):
        return meets(pattern, family)
    return any(meets(pattern, way) for way in ways(family))


def _is_theirs(symbol: str) -> bool:
    return is_made_up(symbol) and globs.THEIRS in identity_of(symbol)
