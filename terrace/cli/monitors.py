"""`terrace baseline` and `terrace check`: the monitors on files, without AWS."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from terrace import dataset
from terrace.batch import Batch, InvalidData, Layout, Rejected
from terrace.cli import baselines
from terrace.cli.options import parsed, taking
from terrace.monitor import Kind, Monitor, Result
from terrace.monitors import MONITORS
from terrace.page import page

VIOLATED = 2

Data = Annotated[str, typer.Argument(help="A file, a folder or a pattern.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The folder to write to.")]
BaselineFolder = Annotated[Path, typer.Option(help="The folder with the baseline.")]
Features = Annotated[
    str | None,
    typer.Option(help="Columns of captured CSV payloads: a,b,c. Default: the baseline's."),
]
Outputs = Annotated[
    str | None,
    typer.Option(help="Columns of captured CSV responses: a,b. Default: those that are asked for."),
]
GroundTruth = Annotated[
    str | None, typer.Option(help="Labels of captured records: files in SageMaker's format.")
]
MaxBadFraction = Annotated[
    float, typer.Option(help="More records than this that cannot be parsed are an error.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result file instead of a table.")]


def register(app: typer.Typer) -> None:
    """Adds the commands, each with a command of its own for every kind of monitor."""
    making = typer.Typer(
        help="Write what a data set is like: the baseline that later data are compared with.",
        no_args_is_help=True,
    )
    checking = typer.Typer(
        help="Compare a data set with a baseline; exit with 2 where something is violated.",
        no_args_is_help=True,
    )
    for kind in MONITORS.values():
        making.command(kind.name)(taking(kind.options, _baseline(kind)))
        checking.command(kind.name)(taking(kind.options, _check(kind)))
    app.add_typer(making, name="baseline")
    app.add_typer(checking, name="check")


def _baseline(kind: Kind) -> Callable[..., None]:
    def baseline(
        data: Data,
        output: Output,
        features: Features = None,
        outputs: Outputs = None,
        ground_truth: GroundTruth = None,
        max_bad_fraction: MaxBadFraction = 0.01,
        as_json: AsJson = False,
        *,
        options: dict[str, str],
    ) -> None:
        told = parsed(kind.options, options)
        layout = _named(kind.layout(told, ()), features, outputs)
        batch = dataset.whole(told.instead or data, layout, ground_truth)
        files = kind.suggest(batch, told)
        baselines.keep(output, kind, files, told)
        ((rows,),) = batch.relation.aggregate("count(*)").fetchall()
        _set_aside(output, batch.rejected, rows, max_bad_fraction)
        if as_json:
            typer.echo(json.dumps(files[kind.files[-1]], indent=2))
        else:
            typer.echo(f"{output}: {kind.name} baseline of {rows} rows")

    baseline.__doc__ = kind.options.__doc__
    return baseline


def _check(kind: Kind) -> Callable[..., None]:
    def check(
        data: Data,
        baseline: BaselineFolder,
        output: Output,
        features: Features = None,
        outputs: Outputs = None,
        ground_truth: GroundTruth = None,
        max_bad_fraction: MaxBadFraction = 0.01,
        as_json: AsJson = False,
        *,
        options: dict[str, str],
    ) -> None:
        monitor, told = baselines.load(baseline, kind, options)
        rejected: list[Rejected] = []
        layout = _named(monitor.layout, features, outputs)
        batches = dataset.batches(told.instead or data, layout, ground_truth)
        result = _checked(monitor, batches, rejected)
        violations = result.violations_file()
        baselines.write(output, {**result.reports, "constraint_violations": violations})
        told_of = (f"{data}, against {baseline}",)
        text = page(f"Terrace: {kind.name}", told_of, result)
        (output / "report.html").write_text(text, encoding="utf-8")
        _set_aside(output, tuple(rejected), result.records, max_bad_fraction)
        if as_json:
            typer.echo(json.dumps(violations, indent=2))
        else:
            Console().print(_table(result, len(rejected)))
        if result.violations:
            raise typer.Exit(VIOLATED)

    check.__doc__ = kind.options.__doc__
    return check


def _checked(monitor: Monitor[Any], batches: Iterable[Batch], rejected: list[Rejected]) -> Result:
    state = monitor.zero()
    for batch in batches:
        state = state + monitor.observe(batch)
        rejected += batch.rejected
    return monitor.check(state)


def _named(layout: Layout, features: str | None, outputs: str | None) -> Layout:
    """A layout with the columns that the caller names instead."""
    return Layout(
        features=_names(features) or layout.features,
        outputs=_names(outputs) or layout.outputs,
        label=layout.label,
    )


def _names(listed: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in listed.split(",")) if listed else ()


def _set_aside(output: Path, rejected: tuple[Rejected, ...], rows: int, allowed: float) -> None:
    """Keeps what could not be parsed; too much of it is an error."""
    if not rejected:
        return
    path = output / "quarantine.jsonl"
    lines = [json.dumps(record.__dict__) + "\n" for record in rejected]
    path.write_text("".join(lines), encoding="utf-8")
    share = len(rejected) / (rows + len(rejected))
    typer.echo(f"{len(rejected)} records could not be parsed; they are in {path}", err=True)
    if share > allowed:
        raise InvalidData(
            f"{share:.1%} of the records could not be parsed; at most {allowed:.1%} are allowed "
            f"(--max-bad-fraction). First: {rejected[0].path}:{rejected[0].line}: "
            f"{rejected[0].reason}"
        )


def _table(result: Result, rejected: int) -> Table:
    title = f"{result.records} records, {rejected} set aside, {len(result.violations)} violations"
    table = Table(title=title)
    for column in ("feature", "check", "value", "threshold"):
        table.add_column(column)
    for violation in result.violations:
        table.add_row(
            violation.feature,
            violation.check,
            *("" if x is None else f"{x:.4f}" for x in (violation.value, violation.threshold)),
        )
    return table
