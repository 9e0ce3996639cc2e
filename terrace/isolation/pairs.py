"""Each tenant held against each other one by their own names: the argument, checked."""

from collections.abc import Iterable, Mapping

from terrace.assembly.templates import Templates
from terrace.isolation.breaches import Breach
from terrace.isolation.identities import identities
from terrace.isolation.owners import owner
from terrace.isolation.world import owned

Pairs = Mapping[tuple[str, str], tuple[Breach, ...]]
MOST_TENANTS = 8  # the work grows with the square of the tenants


def pairs(templates: Templates, tenants: Iterable[str]) -> Pairs:
    """What principals of the first of two tenants may do to resources of the second."""
    owners = {name: owner(name, templates) for name in tenants}
    worlds = {name: owned(one) for name, one in owners.items()}
    return {
        (one, other): tuple(breach.named(one) for breach in identities(owners[one], worlds[other]))
        for one in owners
        for other in owners
        if one != other
    }
