"""How old the price list is that `terrace cost` estimates with."""

from collections.abc import Iterator
from datetime import UTC, datetime

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.finding import Finding, ok, warning
from terrace.cost.prices import load

_CHECK = "prices"
_DAYS = 180


def check(account: Account, _assembly: Assembly) -> Iterator[Finding]:
    """Compares the price list's date and region with today and the region at hand."""
    prices = load(None)
    age = (datetime.now(UTC).date() - prices.as_of).days
    listed = f"`terrace cost` has list prices of {prices.region} as of {prices.as_of}"
    remedy = "look up your region's prices and give them by `terrace cost --prices FILE`"
    if age > _DAYS:
        yield warning(_CHECK, f"{listed}, {age} days ago", remedy)
    elif account.region != prices.region:
        yield warning(_CHECK, f"{listed}, and you deploy to {account.region}", remedy)
    else:
        yield ok(_CHECK, listed)
