"""All that is not a principal's own: what every other owner has, each family once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from terrace.isolation import globs
from terrace.isolation.conditions import Context
from terrace.isolation.owners import Owner


@dataclass(frozen=True, kw_only=True)
class Target:
    """A family of ARNs that others have, and whose it is, as an example."""

    pattern: str
    owner: str
    title: str
    tags: Mapping[str, str]

    @property
    def context(self) -> Context:
        """The condition keys that are known of a request on it."""
        return {f"aws:resourcetag/{key.lower()}": (value,) for key, value in self.tags.items()}


@dataclass(frozen=True, kw_only=True)
class World:
    """What everybody else has."""

    targets: tuple[Target, ...]

    @property
    def patterns(self) -> tuple[str, ...]:
        """The families' ARN patterns."""
        return tuple(target.pattern for target in self.targets)


def everybody(owners: Iterable[Owner]) -> World:
    """What any owner has, as one who is called otherwise sees it.

    Only what stands before the end of an owner's name decides whether a pattern of somebody else's
    can reach a family, so families are cut there; a thousand tenants have as many as two.
    """
    found: dict[str, Target] = {}
    for owner in owners:
        for target in _targets(owner):
            pattern = _head(target.pattern.replace(globs.MINE, globs.THEIRS))
            tags = {k: v.replace(globs.MINE, globs.THEIRS) for k, v in target.tags.items()}
            known = found.get(pattern)
            if known:
                tags = dict(tags.items() & known.tags.items())
            found[pattern] = Target(
                pattern=pattern, owner=target.owner, title=target.title, tags=tags
            )
    return World(targets=tuple(found.values()))


def owned(owner: Owner) -> World:
    """What one owner has, by its own name."""
    return World(targets=tuple(_targets(owner)))


def _targets(owner: Owner) -> Iterator[Target]:
    tags = {family: _tags(one.properties) for one in owner.resources for family in one.families}
    for family, title in owner.families.items():
        yield Target(pattern=family, owner=owner.name, title=title, tags=tags.get(family, {}))


def _tags(properties: Mapping[str, object]) -> dict[str, str]:
    given = properties.get("Tags", ())
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    if not isinstance(given, list):
        return {}
    return {str(tag["Key"]): str(tag["Value"]) for tag in given if "Key" in tag}


def _head(pattern: str) -> str:
    """A pattern that matches no less, cut two characters behind the owner's name."""
    before, symbol, behind = pattern.partition(globs.THEIRS)
    if not symbol or len(behind) <= 2:
        return pattern
    return f"{before}{symbol}{behind[:2]}*"
