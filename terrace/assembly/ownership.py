"""Whose a stack is, by its name."""

from terrace.names import PLATFORM_STACK, PREFIX, SEPARATOR

PLATFORM = "the platform"


def owner_of(stack: str) -> str:
    """The tenant whose a stack is, by its name; every stack that has none is the platform's."""
    prefix, _, rest = stack.partition(SEPARATOR)
    if stack == PLATFORM_STACK or prefix != PREFIX or not rest:
        return PLATFORM
    return rest.partition(SEPARATOR)[0]


def model_of(stack: str) -> str | None:
    """The model whose endpoint's stack it is; None where it is a tenant's or the platform's."""
    parts = stack.split(SEPARATOR)
    return parts[2] if len(parts) > 2 and owner_of(stack) != PLATFORM else None
