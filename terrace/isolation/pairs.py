"""Each tenant held against each other one by their own names: the argument, checked."""

from collections.abc import Mapping

from terrace.assembly.ownership import PLATFORM
from terrace.assembly.templates import Templates
from terrace.isolation.breaches import Breach
from terrace.isolation.owners import owners
from terrace.isolation.proof import identities
from terrace.isolation.world import owned

Pairs = Mapping[tuple[str, str], tuple[Breach, ...]]


def pairs(templates: Templates) -> Pairs:
    """What principals of the first of two tenants may do to resources of the second.

    The work grows with the square of the tenants.
    """
    found = list(owners(templates, symbolic=False))
    tenants = [owner for owner in found if owner.name != PLATFORM]
    worlds = {owner.name: owned(owner) for owner in tenants}
    return {
        (one.name, other.name): tuple(
            breach for breach in identities(one, worlds[other.name]) if breach.victim == other.name
        )
        for one in tenants
        for other in tenants
        if one is not other
    }
