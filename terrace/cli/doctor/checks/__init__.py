"""What `terrace doctor` asks of an account: one module a concern."""

from collections.abc import Callable, Iterator, Mapping

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks import (
    bootstrap,
    images,
    leftovers,
    names,
    prices,
    quotas,
    region,
    service_roles,
    singletons,
    zones,
)
from terrace.cli.doctor.finding import Finding

Check = Callable[[Account, Assembly], Iterator[Finding]]

# In the order in which they are printed; a deployment meets them in about this order.
CHECKS: Mapping[str, Check] = {
    "region": region.check,
    "bootstrap": bootstrap.check,
    "images": images.check,
    "zones": zones.check,
    "singletons": singletons.check,
    "service-roles": service_roles.check,
    "quotas": quotas.check,
    "leftovers": leftovers.check,
    "names": names.check,
    "prices": prices.check,
}
