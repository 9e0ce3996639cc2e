"""`terrace cost`: what a month comes to, by the templates, before anything is deployed."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from terrace.assembly.templates import Templates
from terrace.cli.revisions import templates_of
from terrace.cost.estimate import EVERYTHING, LEFT_OUT, Estimate, estimate
from terrace.cost.prices import Prices, load

Totals = dict[tuple[str, str], float]


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(cost)


def cost(
    cdk_out: Annotated[Path, typer.Option(help="The folder that `cdk synth` wrote.")] = Path(
        "cdk.out"
    ),
    against: Annotated[
        str | None,
        typer.Option(help="Another such folder, or a revision of this repository: main."),
    ] = None,
    prices: Annotated[Path | None, typer.Option(help="Another price list, in YAML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Estimate a month of each tenant and model, in US dollars."""
    listed = load(prices)
    found = estimate(Templates.of(cdk_out), listed)
    before = None if against is None else _before(against, listed)
    if as_json:
        typer.echo(json.dumps(_as_json(found, before, listed), indent=2))
        return
    console = Console()
    console.print(_table(found, before, listed))
    for line in found.unknown:
        console.print(f"not in the price list, so left out: {line}", markup=False)
    console.print(f"Left out: {'; '.join(LEFT_OUT)}.", markup=False)


def _before(against: str, prices: Prices) -> Totals:
    if Path(against).is_dir():
        return estimate(Templates.of(Path(against)), prices).totals()
    with templates_of(against) as folder:
        return estimate(Templates.of(folder), prices).totals()


def _table(found: Estimate, before: Totals | None, prices: Prices) -> Table:
    table = Table(
        title=f"A month in US dollars, list prices of {prices.region} as of {prices.as_of}",
        caption="An estimate: of what runs all the time, and of the traffic that the file says.",
        show_footer=True,
    )
    totals = found.totals()
    keys = sorted(totals.keys() | (before or {}).keys())
    table.add_column("tenant", footer="all")
    table.add_column("model")
    table.add_column("what")
    table.add_column("dollars", justify="right", footer=f"{sum(totals.values()):.2f}")
    if before is not None:
        change = sum(totals.values()) - sum(before.values())
        table.add_column("change", justify="right", footer=f"{change:+.2f}")
    for key in keys:
        now = totals.get(key, 0.0)
        cells = [key[0], key[1] or "(shared)", _largest(found, key), f"{now:.2f}"]
        if before is not None:
            cells.append(f"{now - before.get(key, 0.0):+.2f}")
        table.add_row(*cells)
    return table


def _largest(found: Estimate, key: tuple[str, str]) -> str:
    """What costs most, each kind of thing once."""
    by_what: dict[str, float] = {}
    counts: dict[str, int] = {}
    for item in found.items:
        if (item.tenant, item.model) == key:
            by_what[item.what] = by_what.get(item.what, 0.0) + item.dollars
            counts[item.what] = counts.get(item.what, 0) + 1
    largest = sorted(by_what.items(), key=lambda told: -told[1])
    return "\n".join(
        f"{dollars:.2f}  {f'{counts[what]} x ' if counts[what] > 1 else ''}{what}"
        for what, dollars in largest
    )


def _as_json(found: Estimate, before: Totals | None, prices: Prices) -> dict[str, object]:
    told: dict[str, object] = {
        "as_of": str(prices.as_of),
        "region": prices.region,
        "items": [
            {
                "tenant": item.tenant,
                "model": None if item.model == EVERYTHING else item.model,
                "what": item.what,
                "dollars": round(item.dollars, 4),
            }
            for item in found.items
        ],
        "total": round(sum(found.totals().values()), 4),
        "without_price": list(found.unknown),
        "left_out": list(LEFT_OUT),
    }
    if before is not None:
        told["total_before"] = round(sum(before.values()), 4)
    return told
