"""Whose a stack is, by its name."""

import re

from terrace.names import NAME_PATTERN, PLATFORM_STACK, PREFIX, RESERVED_TENANTS, SEPARATOR

PLATFORM = "the platform"
_NAME = re.compile(NAME_PATTERN)


def owner_of(stack: str) -> str | None:
    """The tenant whose a stack is, or the platform; None where it is neither's by its name."""
    if stack == PLATFORM_STACK:
        return PLATFORM
    prefix, *names = stack.split(SEPARATOR)
    known = prefix == PREFIX and len(names) in (1, 2)
    if not known or names[0] in RESERVED_TENANTS or not all(map(_NAME.fullmatch, names)):
        return None
    return names[0]


def model_of(stack: str) -> str | None:
    """The model whose endpoint's stack it is; None where it is a tenant's or the platform's."""
    parts = stack.split(SEPARATOR)
    return parts[2] if len(parts) > 2 and owner_of(stack) not in (PLATFORM, None) else None
