"""`terrace isolation`: whether a tenant can reach another's resources, from the templates alone."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from terrace.assembly.templates import Templates
from terrace.isolation.proof import Proof, prove
from terrace.isolation.report import markdown, matrix

BREACHED = 2


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(isolation)


def isolation(
    cdk_out: Annotated[Path, typer.Option(help="The folder that `cdk synth` wrote.")] = Path(
        "cdk.out"
    ),
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file for the report, in Markdown.")
    ] = None,
) -> None:
    """Prove that no tenant reaches another's resources; exit with 2 where one may."""
    templates = Templates.of(cdk_out)
    proof = prove(templates)
    if output:
        output.write_text(markdown(proof), encoding="utf-8")
    Console().print(_table(proof))
    for breach in proof.breaches:
        typer.echo(f"breach: {breach}", err=True)
    if proof.breaches:
        raise typer.Exit(BREACHED)


def _table(proof: Proof) -> Table:
    looked = f"{proof.principals} roles against {proof.targets} families of resources"
    table = Table(title=f"{looked}, {len(proof.accepted)} things accepted")
    header, rows = matrix(proof)
    for column in header:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    return table
