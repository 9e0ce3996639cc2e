"""Whether a text of a template names what is the tenant's own, the platform's, or a stranger's."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from terrace.assembly.symbols import MINE, UNKNOWN, identity_of, is_made_up, theirs
from terrace.isolation import globs
from terrace.isolation.owners import bears_name
from terrace.names import PLATFORM_STACK, PREFIX, RESERVED_TENANTS

_RESERVED = "|".join(sorted(RESERVED_TENANTS))
_PLATFORMS = re.compile(rf"{PREFIX}(?:--|/)(?:{_RESERVED})(?![a-z0-9])")
_FOREIGN = re.compile(
    # Behind `terrace--` another name than the tenant's, or one that may go on; before `--` one.
    rf"{PREFIX}(?:--|/)(?!{MINE}|(?:{_RESERVED})(?![a-z0-9]))"
    rf"|{MINE}-?[a-z0-9*?]"
    rf"|(?<![a-z0-9-{MINE}])(?!{PREFIX}--)[a-z][a-z0-9]*(?:-[a-z0-9]+)*--"
)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts inside of properties, each with its path; a list's members have the list's."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from leaves(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, path)
    elif isinstance(value, str):
        yield path, value


def is_foreign(text: str) -> bool:
    """Whether a text may name something that is neither the tenant's nor the platform's."""
    if _FOREIGN.search(text) or (UNKNOWN in text and not is_bound(text)):
        return True
    identities = [identity_of(one) for one in text if is_made_up(one)]
    return any(not _is_platforms(one) and MINE not in one for one in identities)


def is_bound(text: str) -> bool:
    """Whether the same text, made for another tenant, is another text, or of another resource."""
    if len(text) == 1 and is_made_up(text):
        return MINE in identity_of(text)
    return bears_name(text) and not globs.meet(text, theirs(text))


def is_platforms(text: str) -> bool:
    """Whether a text names something of the platform's."""
    made_up = [identity_of(one) for one in text if is_made_up(one)]
    return bool(_PLATFORMS.search(text)) or any(map(_is_platforms, made_up))


def is_own(text: str) -> bool:
    """Whether a text is bound to the tenant, so that no other tenant's could be the same."""
    return not is_foreign(text) and not is_platforms(text) and is_bound(text)


def _is_platforms(identity: str) -> bool:
    return identity.startswith(f"{PLATFORM_STACK}/")
