"""`terrace baseline` and `terrace check`: the monitors on files, without AWS."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from terrace import dataset
from terrace.attributes import Attributes
from terrace.batch import InvalidData, Layout
from terrace.cli import baselines
from terrace.cli.options import parsed, taking
from terrace.cli.quarantine import Quarantine
from terrace.engines import ENGINES, Asked
from terrace.monitor import Kind, Options, Result, listed
from terrace.monitors import MONITORS
from terrace.page import page

VIOLATED = 2
_MOST_LINES = 20
_LARGEST_IN_FULL = 1e9

Data = Annotated[str, typer.Argument(help="A file, a folder or a pattern.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The folder to write to.")]
BaselineFolder = Annotated[Path, typer.Option(help="The folder with the baseline.")]
Features = Annotated[
    str | None,
    typer.Option(
        help='Columns of captured CSV payloads: a,b,c, or as JSON ["a", "b, c"]. '
        "Default: the baseline's."
    ),
]
Outputs = Annotated[
    str | None,
    typer.Option(help="Columns of captured CSV responses: a,b. Default: those that are asked for."),
]
FeaturesAttribute = Annotated[
    str | None, typer.Option(help="JMESPath to the rows in captured requests of JSON.")
]
InferenceAttribute = Annotated[
    str | None, typer.Option(help="JMESPath to the prediction in captured responses of JSON.")
]
ProbabilityAttribute = Annotated[
    str | None,
    typer.Option(
        help="JMESPath to the score, or the list of probabilities, in captured responses of JSON."
    ),
]
GroundTruth = Annotated[
    str | None, typer.Option(help="Labels of captured records: files in SageMaker's format.")
]
MaxBadFraction = Annotated[
    float, typer.Option(help="More records than this that cannot be parsed are an error.")
]
EngineName = Annotated[Literal["local", "spark"], typer.Option(help="Where the data are observed.")]
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
        features_attribute: FeaturesAttribute = None,
        inference_attribute: InferenceAttribute = None,
        probability_attribute: ProbabilityAttribute = None,
        ground_truth: GroundTruth = None,
        max_bad_fraction: MaxBadFraction = 0.01,
        as_json: AsJson = False,
        *,
        options: dict[str, str],
    ) -> None:
        told = parsed(kind.options, options)
        layout = _placed(
            _named(kind.layout(told, ()), features, outputs),
            told,
            features=features_attribute,
            inference=inference_attribute,
            probability=probability_attribute,
        )
        batch = dataset.whole(told.instead or data, layout, ground_truth)
        files = kind.suggest(batch, told)
        baselines.keep(output, kind, files, told)
        ((rows,),) = batch.relation.aggregate("count(*)").fetchall()
        quarantine = Quarantine(output)
        quarantine.take(batch.rejected)
        quarantine.refuse_more_than(max_bad_fraction, rows)
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
        features_attribute: FeaturesAttribute = None,
        inference_attribute: InferenceAttribute = None,
        probability_attribute: ProbabilityAttribute = None,
        ground_truth: GroundTruth = None,
        max_bad_fraction: MaxBadFraction = 0.01,
        engine: EngineName = "local",
        as_json: AsJson = False,
        *,
        options: dict[str, str],
    ) -> None:
        files, told = baselines.load(baseline, kind, options)
        monitor = kind.load(files, told)
        quarantine = Quarantine(output)
        layout = _placed(
            _named(monitor.layout, features, outputs),
            told,
            features=features_attribute,
            inference=inference_attribute,
            probability=probability_attribute,
        )
        asked = Asked(
            data=told.instead or data,
            layout=layout,
            labels=ground_truth,
            kind=kind,
            files=files,
            options=told,
        )
        state = monitor.zero()
        for part in ENGINES[engine](asked):
            state = state + part.state
            quarantine.take(part.rejected)
        result = monitor.check(state)
        violations = result.violations_file()
        baselines.write(output, {**result.reports, "constraint_violations": violations})
        told_of = (f"{data}, against {baseline}",)
        text = page(f"Terrace: {kind.name}", told_of, result)
        (output / "report.html").write_text(text, encoding="utf-8")
        quarantine.refuse_more_than(max_bad_fraction, result.records)
        if as_json:
            typer.echo(json.dumps(violations, indent=2))
        else:
            console = Console()
            console.print(_table(result, quarantine.count))
            for line in _lines(result):
                console.print(line, highlight=False, markup=False)
        if result.violations:
            raise typer.Exit(VIOLATED)

    check.__doc__ = kind.options.__doc__
    return check


def _named(layout: Layout, features: str | None, outputs: str | None) -> Layout:
    """A layout with the columns that the caller names instead."""
    return Layout(
        features=_names(features) or layout.features,
        outputs=_names(outputs) or layout.outputs,
        label=layout.label,
    )


def _placed(layout: Layout, options: Options, **places: str | None) -> Layout:
    """A layout that says where nested JSON has what it reads.

    Raises:
        InvalidData: A place is no JMESPath, or is of what the monitor does not read.
    """
    try:
        attributes = Attributes(**places)
    except ValidationError as errors:
        reasons = [str(error["msg"]).removeprefix("Value error, ") for error in errors.errors()]
        raise InvalidData("; ".join(reasons)) from errors
    attributes.refuse_unread(layout, options)
    return attributes.within(layout, options)


def _names(text: str | None) -> tuple[str, ...]:
    return listed(text) if text else ()


def _table(result: Result, rejected: int) -> Table:
    violations = len(result.violations)
    title = (
        f"{result.records} records, {rejected} set aside, {result.compared}, "
        f"{violations} violation{'' if violations == 1 else 's'}"
    )
    table = Table(title=title)
    for column in ("feature", "check", "value", "threshold"):
        table.add_column(column)
    for violation in result.violations:
        table.add_row(
            Text(violation.feature),  # brackets in a name are no markup
            Text(violation.check),
            *(_figure(x) for x in (violation.value, violation.threshold)),
        )
    return table


def _figure(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if abs(value) < _LARGEST_IN_FULL else f"{value:.4g}"


def _lines(result: Result) -> Iterator[str]:
    """What was not compared, and what was cut; a long list ends with how many more there are."""
    listed = [f"not compared: {name}: {why}" for name, why in result.compared.reasons.items()]
    listed += result.notes
    yield from listed[:_MOST_LINES]
    if (more := len(listed) - _MOST_LINES) > 0:
        yield f"and {more} more, in constraint_violations.json"
