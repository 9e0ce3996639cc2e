"""`terrace baseline` and `terrace check`: the monitors on files, without AWS."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from terrace import dataset
from terrace.batch import InvalidData, Rejected
from terrace.monitor import Result
from terrace.monitors import MONITORS
from terrace.monitors.data_quality import Baseline, DataQuality, suggest
from terrace.monitors.data_quality.baseline import InvalidBaseline

VIOLATED = 2


class Kind(StrEnum):
    """The monitors."""

    DATA_QUALITY = "data-quality"


Data = Annotated[str, typer.Argument(help="A file, a folder or a pattern.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The folder to write to.")]
Features = Annotated[
    str | None,
    typer.Option(help="Columns of captured CSV payloads: a,b,c. Default: the baseline's."),
]
MaxBadFraction = Annotated[
    float, typer.Option(help="More records than this that cannot be parsed are an error.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result file instead of a table.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command()(baseline)
    app.command()(check)


def baseline(
    kind: Kind,
    data: Data,
    output: Output,
    features: Features = None,
    max_bad_fraction: MaxBadFraction = 0.01,
    threshold: Annotated[
        float, typer.Option(help="Largest distance from the baseline that is no violation.")
    ] = 0.1,
    as_json: AsJson = False,
) -> None:
    """Write what a data set is like: the baseline that later data are compared with."""
    del kind  # one so far
    batch = dataset.whole(data, _names(features))
    statistics, constraints = suggest(batch, threshold)
    output.mkdir(parents=True, exist_ok=True)
    _written(output / "statistics.json", statistics)
    _written(output / "constraints.json", constraints)
    rows = statistics["dataset"]["item_count"]
    _set_aside(output, batch.rejected, rows, max_bad_fraction)
    if as_json:
        typer.echo(json.dumps(constraints, indent=2))
    else:
        typer.echo(f"{output}: baseline of {rows} rows, {len(statistics['features'])} features")


def check(
    kind: Kind,
    data: Data,
    baseline: Annotated[Path, typer.Option(help="The folder with the baseline.")],
    output: Output,
    features: Features = None,
    max_bad_fraction: MaxBadFraction = 0.01,
    as_json: AsJson = False,
) -> None:
    """Compare a data set with a baseline; exit with 2 where something is violated."""
    monitor = MONITORS[kind](baseline=_loaded(baseline))
    rejected: list[Rejected] = []
    result = _checked(monitor, data, _names(features) or monitor.features, rejected)
    output.mkdir(parents=True, exist_ok=True)
    _written(output / "statistics.json", result.statistics)
    _written(output / "constraint_violations.json", result.violations_file())
    _set_aside(output, tuple(rejected), result.records, max_bad_fraction)
    if as_json:
        typer.echo(json.dumps(result.violations_file(), indent=2))
    else:
        Console().print(_table(result, len(rejected)))
    if result.violations:
        raise typer.Exit(VIOLATED)


def _checked(
    monitor: DataQuality, data: str, features: tuple[str, ...], rejected: list[Rejected]
) -> Result:
    state = monitor.zero()
    for batch in dataset.batches(data, features):
        state = state + monitor.observe(batch)
        rejected += batch.rejected
    return monitor.check(state)


def _names(features: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in features.split(",")) if features else ()


def _loaded(folder: Path) -> Baseline:
    files: dict[str, Any] = {}
    for name in ("statistics", "constraints"):
        path = folder / f"{name}.json"
        try:
            files[name] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InvalidBaseline(f"{path}: cannot be read: {error}") from error
    return Baseline.load(files["statistics"], files["constraints"])


def _written(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


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
