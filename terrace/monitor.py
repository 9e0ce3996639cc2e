"""What every monitor is: additive. Observing two batches together equals adding their states."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from terrace.batch import Batch, Layout
from terrace.plots import Plot


class Options(BaseModel):
    """What a monitor is told: the options of its commands, and its keys in `terrace.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @property
    def instead(self) -> str | None:
        """A data set that is observed instead of the one that a command names."""
        return None


def _listed(given: Any) -> Any:
    if isinstance(given, str):
        return tuple(name.strip() for name in given.split(",") if name.strip())
    return given


# One name or several: a list in a file, `a,b,c` on the command line.
Names = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(_listed)]

# JSON files, as they are or are to be: their content by name, without the suffix.
Files = Mapping[str, Any]


class State(Protocol):
    """A sufficient statistic of the rows that were observed; an empty batch gives the zero."""

    def __add__(self, other: Self, /) -> Self:
        """The state of both sets of rows together."""

    def dump(self) -> dict[str, Any]:
        """As JSON."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """One constraint that does not hold.

    Attributes:
        feature: The column, or `Extra columns` and the like where it is none's.
        check: The kind of check, by SageMaker's name for it.
        description: What was expected and what was observed, in words.
        value: The figure that was held against the threshold, where there is one that is a number.
        threshold: That threshold.
        members: What SageMaker's file says of such a violation beyond the others.
    """

    feature: str
    check: str
    description: str
    value: float | None = None
    threshold: float | None = None
    members: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keeps what JSON has no number for out of every report, message and answer."""
        for name in ("value", "threshold"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                object.__setattr__(self, name, None)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """How much of its baseline a window was compared with.

    Attributes:
        what: What is counted: features, metrics or the like.
        count: How many had something to compare on both sides.
        of: How many the baseline has.
        reasons: Why the others were not, by name.
    """

    what: str
    count: int
    of: int
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """As a line of a report."""
        return f"{self.count} of {self.of} {self.what} compared"

    def as_json(self) -> dict[str, Any]:
        """As a member of a report."""
        return {
            "what": self.what,
            "count": self.count,
            "of": self.of,
            "not_compared": dict(self.reasons),
        }


# A window without records is a finding of its own: it is neither an error nor all right.
NO_RECORDS = Violation(
    feature="Missing records",
    check="records_check",
    description="No records were captured in the window, so nothing could be compared.",
    value=0,
    threshold=1,
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a monitor found in a window.

    Attributes:
        records: How many rows were observed.
        violations: The constraints that do not hold, the worst first.
        reports: The files that tell what was measured, in SageMaker's shapes.
        compared: How much of the baseline it was compared with.
        figures: One figure a feature (a distance, a score), None where it is undefined.
        plots: What a person may want to see, one with the name of a violation first.
        notes: What was cut, sampled or left out, a sentence each.
    """

    records: int
    violations: tuple[Violation, ...]
    reports: Files
    compared: Compared
    figures: dict[str, float | None] = field(default_factory=dict)
    plots: tuple[Plot, ...] = ()
    notes: tuple[str, ...] = ()

    def violations_file(self) -> dict[str, Any]:
        """`constraint_violations.json`: SageMaker's members, and the figures beside them."""
        return {
            "violations": [
                {
                    "feature_name": violation.feature,
                    "constraint_check_type": violation.check,
                    "description": violation.description,
                    "value": violation.value,
                    "threshold": violation.threshold,
                    **violation.members,
                }
                for violation in self.violations
            ],
            "terrace": {
                "records": self.records,
                "compared": self.compared.as_json(),
                "notes": list(self.notes),
            },
        }


S = TypeVar("S", bound=State)


class Monitor(Protocol[S]):
    """A monitor of one kind, with the baseline that it compares with."""

    @property
    def layout(self) -> Layout:
        """The columns that it wants of captured records."""

    def zero(self) -> S:
        """The state of no rows."""

    def observe(self, batch: Batch) -> S:
        """The state of a batch."""

    def check(self, state: S) -> Result:
        """What of the baseline's constraints does not hold."""

    def load_state(self, dumped: dict[str, Any]) -> S:
        """A state, from what its `dump` gave."""


class Kind(Protocol):
    """A kind of monitor: how a baseline is made, and what compares with one.

    Attributes:
        name: What settings, commands and reports call it.
        options: What it is told.
        files: The baseline's files, without the suffix.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def options(self) -> type[Options]: ...  # noqa: D102

    @property
    def files(self) -> tuple[str, ...]: ...  # noqa: D102

    def layout(self, options: Any, features: tuple[str, ...]) -> Layout:
        """The columns that a baseline is made from, where the payloads' are named `features`."""

    def suggest(self, batch: Batch, options: Any) -> dict[str, Any]:
        """A baseline: its files."""

    def load(self, files: Files, options: Any) -> Monitor[Any]:
        """The monitor that compares with a baseline."""


# Marks an option that names files of whoever types a command; a deployed monitor has its own.
ON_FILES: JsonDict = {"on-files": True}


def looks_at_model(kind: Kind) -> bool:
    """Whether a monitor looks at the model itself, not only at what went in and came out."""
    return "model" in kind.options.model_fields


def remembered(kind: Kind, options: Options) -> dict[str, Any]:
    """The file `options.json` that lies beside a baseline: what the monitor was told.

    Options are texts there, as on the command line, which may override each of them.
    """
    fields = kind.options.model_fields
    given = {name: getattr(options, name) for name, one in fields.items() if not one.exclude}
    texts = {
        name: joined(value) if isinstance(value, tuple) else str(value)
        for name, value in given.items()
        if value is not None and value != ()
    }
    return {"kind": kind.name, "options": texts}


def joined(values: Sequence[str]) -> str:
    """Several values as one text, those with a comma in them between double quotes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def summarise(monitor: Monitor[S], batches: Iterable[Batch]) -> S:
    """The state of all batches together; one batch is held at a time."""
    state = monitor.zero()
    for batch in batches:
        state = state + monitor.observe(batch)
    return state


def judged(
    records: int, violations: Iterable[Violation], compared: Compared
) -> tuple[Violation, ...]:
    """The violations of a window, the worst first; that nothing was compared is one, too."""
    found = list(violations)
    if not records:
        return worst_first(found) or (NO_RECORDS,)
    if not found and compared.of and not compared.count:
        reasons = "; ".join(f"{name}: {why}" for name, why in [*compared.reasons.items()][:5])
        found.append(
            Violation(
                feature="Nothing compared",
                check="comparison_check",
                description=f"None of the {compared.of} {compared.what} of the baseline could be "
                f"compared with the {records} records. {reasons}",
                value=0,
                threshold=1,
            )
        )
    return worst_first(found)


def worst_first(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """Violations without figures first, then by how far beyond its threshold each is."""

    def excess(violation: Violation) -> float:
        if violation.value is None or violation.threshold is None:
            return math.inf
        return abs(violation.value - violation.threshold)

    return tuple(sorted(violations, key=excess, reverse=True))
