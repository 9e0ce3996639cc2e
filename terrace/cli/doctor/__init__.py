"""`terrace doctor`: whether an account is ready for a deployment. It changes nothing."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import boto3
import typer
from rich.console import Console

from terrace.cli.doctor.account import Account, CannotAsk
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks import CHECKS
from terrace.cli.doctor.finding import Finding, Verdict, ok, problem, unknown, warning
from terrace.cli.synthesis import synthesized
from terrace.settings_file import DEFAULT_PATH, load

_EXIT_PROBLEMS = 2
_STYLES = {
    Verdict.OK: "green",
    Verdict.WARNING: "yellow",
    Verdict.PROBLEM: "red",
    Verdict.UNKNOWN: "magenta",
}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(doctor)


def doctor(
    path: Annotated[Path, typer.Argument(help="The settings file.")] = DEFAULT_PATH,
    cdk_out: Annotated[
        Path | None,
        typer.Option(
            help="The folder that `cdk synth` wrote; without it, the file is synthesized."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Examine the account at hand before a deployment; exit with 2 where it would fail."""
    settings = load(path)
    with synthesized(path, cdk_out) as folder:
        findings = list(examine(Account(boto3.session.Session()), Assembly(folder, settings)))
    if as_json:
        typer.echo(json.dumps([finding.as_json() for finding in findings], indent=2))
    else:
        _print(findings)
    if any(finding.verdict is Verdict.PROBLEM for finding in findings):
        raise typer.Exit(_EXIT_PROBLEMS)


def examine(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """The findings of all checks; without credentials or a region, only the one that says so."""
    credentials = _credentials(account)
    yield credentials
    if credentials.verdict is Verdict.PROBLEM:
        return
    for name, check in CHECKS.items():
        try:
            yield from check(account, assembly)
        except CannotAsk as error:
            yield unknown(name, str(error), "allow the call, then ask again")


def _credentials(account: Account) -> Finding:
    check = "credentials"
    if account.region is None:
        return problem(check, "no region is set", "set AWS_REGION, or a region in your profile")
    try:
        identity = account.identity
    except CannotAsk as error:
        return problem(
            check, str(error), "sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE"
        )
    message = f"account {identity['account']}, region {account.region}, as {identity['arn']}"
    if identity["arn"].endswith(":root"):
        return warning(check, message, "deploy as a role or an IAM user, not as the account's root")
    return ok(check, message)


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        console.print(f"{finding.verdict:8}", style=_STYLES[finding.verdict], end="")
        console.print(f"{finding.check:{width}}  {finding.message}", markup=False)
        if finding.remedy:
            console.print(f"{'':8}{'':{width}}  -> {finding.remedy}", markup=False)
    counts = Counter(finding.verdict for finding in findings)
    summary = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    console.print(f"\n{summary}. Nothing was changed.", markup=False)
