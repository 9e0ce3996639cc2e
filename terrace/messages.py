"""Events as messages: what a person reads in an e-mail or a chat, and what they can do then."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from terrace.errors import TerraceError
from terrace.events import (
    Detail,
    MonitorFailed,
    Outcome,
    RolloutFinished,
    TrainingFailed,
    VersionRefused,
    VersionRegistered,
    Violated,
    ViolationsFound,
    Window,
)
from terrace.names import ModelNames, TenantNames

_LONGEST_SUBJECT = 100  # SNS takes 100 ASCII characters, one line
_LONGEST_PART = 6000  # a stack trace as a cause must not bury the rest
_VIOLATIONS_SHOWN = 20
_LONGEST_DESCRIPTION = 160
_NARROWEST = 11  # of a table's columns
_METRICS = ("accuracy", "precision", "recall", "f1", "mcc")


class NoMessage(TerraceError):
    """An event that nobody has words for."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """What SNS sends: a subject of at most 100 ASCII characters, and plain text."""

    subject: str
    body: str


def message(detail: Detail) -> Message:
    """An event in words.

    Raises:
        NoMessage: There are none for an event of this type.
    """
    if type(detail) not in _WORDS:
        known = ", ".join(sorted(kind.__name__ for kind in _WORDS))
        raise NoMessage(f"no message for a {type(detail).__name__}; expected one of {known}")
    words = _WORDS[type(detail)]
    headline, paragraphs = words(detail)
    body = "\n\n".join([f"{headline}.", *paragraphs]) + "\n"
    return Message(subject=_subject(f"{detail.tenant}/{detail.model}: {headline}"), body=body)


def with_link(words: Message, link: str, hours: int) -> Message:
    """The same for somebody who can decide by a link of their own."""
    told = (
        f"To look at it once more, and approve or reject it by this link, within {hours} hours "
        f"and once:\n\n{link}\n\nThe link is yours alone: do not pass this message on.\n"
    )
    return Message(subject=words.subject, body=f"{words.body}\n{told}")


_Words = tuple[str, list[str]]  # a headline without a full stop, and paragraphs


def _training_failed(detail: TrainingFailed) -> _Words:
    return "training failed", [
        _facts(detail, ("Execution", detail.execution), ("Error", detail.error)),
        _part("Cause", detail.cause),
        "Nothing was registered, and what runs is not touched.",
        _todo(
            "Open the execution in the Step Functions console to see the step that failed.",
            "Mend the cause, then start the training again.",
        ),
    ]


def _version_refused(detail: VersionRefused) -> _Words:
    return "a trained version did not clear the gate", [
        _facts(detail, ("Execution", detail.execution)),
        _part("Reasons", "\n".join(f"- {reason}" for reason in detail.reasons)),
        "Nothing was registered, and what runs is not touched.",
        _todo(
            "Train on other data or with other parameters; the thresholds are the model's `gate` "
            "in terrace.yaml.",
        ),
    ]


def _version_registered(detail: VersionRegistered) -> _Words:
    arn = detail.model_package_arn
    group = ModelNames(tenant=detail.tenant, model=detail.model).model_package_group
    region = arn.split(":")[3] if arn.count(":") >= 5 else "<region>"
    command = (
        f"aws sagemaker update-model-package --region {region} \\\n"
        f"    --model-package-arn {arn} \\\n"
        "    --model-approval-status "
    )
    return f"version {detail.version} waits for approval", [
        _facts(detail, ("Version", str(detail.version)), ("Trained for", detail.reason),
               ("Model package", arn), ("Execution", detail.execution)),
        _part("Metrics on held-out data", "\n".join(_table(detail.metrics))),
        _part("What the gate said", "\n".join(f"- {words}" for words in detail.verdicts)),
        _part("What is new in the data", "\n".join(f"- {words}" for words in detail.data)),
        "Nothing is deployed until a person approves.",
        "To approve in the SageMaker console: Models, Model package groups, "
        f"{group}, version {detail.version}, Update status, Approved.",
        f"To approve on the command line:\n\n{command}Approved",
        f"To reject:\n\n{command}Rejected",
    ]  # fmt: skip


_OUTCOMES: dict[Outcome, tuple[str, str, str]] = {
    "deployed": (
        "was deployed",
        "The endpoint serves this version; it answered the smoke test.",
        "Nothing.",
    ),
    "already-deployed": (
        "already runs",
        "Nothing was changed: this approval asked for what the endpoint serves.",
        "Nothing.",
    ),
    "older": (
        "is older than the one that runs",
        "Nothing was changed: the endpoint serves what it served.",
        "Nothing, unless you want to go back: then `terrace rollback` with `--to` and the version.",
    ),
    "awaiting-approval": (
        "waits for another approval",
        "Nothing was changed: the endpoint serves what it served. The version is marked as "
        "pending again, so that somebody else can approve it.",
        "Somebody other than those named above: look at the version, then approve or reject it.",
    ),
    "rejected": (
        "was rejected",
        "Nothing was changed: the endpoint serves what it served.",
        "Nothing, unless the rejection was a mistake: then approve the version.",
    ),
    "refused": (
        "was refused by its test on live traffic",
        "The endpoint serves what it served; the candidate was taken away.",
        "Look at the reason. If it is no reason to you, give endpoint.shadow or endpoint.ab_test "
        "more room, deploy, and approve the version again; if it is, reject the version.",
    ),
    "rolled-back": (
        "was rolled back",
        "The endpoint serves the version that ran before, or none where there was none.",
        "Look at the reason and at the events of the endpoint's stack in the CloudFormation "
        "console. The version is still marked as approved: reject it, or approve it again.",
    ),
    "failed": (
        "could not be deployed",
        "What the endpoint serves now is in its stack's parameter ModelPackageArn.",
        "Look at the reason and at the events of the endpoint's stack in the CloudFormation "
        "console, mend the cause, then approve the version again.",
    ),
}


def _rollout_finished(detail: RolloutFinished) -> _Words:
    headline, state, advice = _OUTCOMES[detail.outcome]
    return f"version {detail.version} {headline}", [
        _facts(detail, ("Version", str(detail.version)),
               ("Model package", detail.model_package_arn)),
        _part("Reason", detail.reason),
        state,
        _todo(advice),
    ]  # fmt: skip


def _violations_found(detail: ViolationsFound) -> _Words:
    several = "constraint" if detail.violation_count == 1 else "constraints"
    worst = sorted(detail.violations, key=_excess, reverse=True)[:_VIOLATIONS_SHOWN]
    lines = [f"- {_violated(violation)}" for violation in worst]
    if detail.violation_count > len(worst):
        lines.append(f"- and {detail.violation_count - len(worst)} more: see the report")
    return f"{detail.monitor}: {detail.violation_count} {several} violated", [
        _facts(
            detail,
            ("Version", str(detail.version)),
            ("Endpoint", detail.endpoint),
            ("Monitor", detail.monitor),
            ("Window", _window(detail.window)),
            ("Records", f"{detail.records} ({detail.quarantined} of them unreadable)"
             if detail.quarantined else str(detail.records)),
        ),
        _part("Violated, worst first", "\n".join(lines)),
        f"Report: {detail.report}",
        _todo(
            "Look at the report: is it a fault in what is sent to the endpoint, or did the world "
            "change?",
            "A fault: mend the sender.",
            "A change: train on newer data, and approve the new version.",
        ),
    ]  # fmt: skip


def _monitor_failed(detail: MonitorFailed) -> _Words:
    function = TenantNames(tenant=detail.tenant).function("monitor")
    return f"monitor {detail.monitor} failed", [
        _facts(detail, ("Monitor", detail.monitor), ("Error", detail.error)),
        _part("Cause", detail.cause),
        "The window was not checked: silence about it means nothing.",
        _todo(
            f"Look at the log of the function {function}. Lambda tries again by itself; what fails "
            "for good waits in the function's dead-letter queue.",
            "Once the cause is mended, invoke the function with the model, the monitor and "
            "the window.",
        ),
    ]


_WORDS: dict[type[Detail], Callable[[Any], _Words]] = {
    TrainingFailed: _training_failed,
    VersionRefused: _version_refused,
    VersionRegistered: _version_registered,
    RolloutFinished: _rollout_finished,
    ViolationsFound: _violations_found,
    MonitorFailed: _monitor_failed,
}


def _subject(text: str) -> str:
    """One line of at most 100 printable ASCII characters, as SNS demands."""
    line = " ".join(text.split())
    ascii_line = "".join(letter if " " <= letter <= "~" else "?" for letter in line)
    return _cut(ascii_line, _LONGEST_SUBJECT)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _facts(detail: Detail, *facts: tuple[str, str]) -> str:
    rows = [("Tenant", detail.tenant), ("Model", detail.model), *facts]
    width = max(len(name) for name, _ in rows) + 2
    return "\n".join(f"{name + ':':<{width}}{value}" for name, value in rows)


def _part(title: str, text: str) -> str:
    told = _cut(text.strip("\n"), _LONGEST_PART)
    return f"{title}:\n{told or '(none told)'}"


def _todo(*steps: str) -> str:
    return "What to do:\n" + "\n".join(f"- {step}" for step in steps)


def _window(window: Window) -> str:
    return f"{window.start:%Y-%m-%d %H:%M:%S} to {window.end:%Y-%m-%d %H:%M:%S} UTC"


def _table(metrics: dict[str, dict[str, float | None]]) -> Iterable[str]:
    """The metrics, a line a split."""
    names = [name for name in _METRICS if any(name in split for split in metrics.values())]
    others = {name for split in metrics.values() for name in split} - set(names)
    columns = [*names, *sorted(others)]
    width = max(map(len, metrics), default=0) + 2
    wide = {name: max(_NARROWEST, len(name) + 2) for name in columns}
    yield " " * width + "".join(f"{name:>{wide[name]}}" for name in columns)
    for split, values in metrics.items():
        numbers = (f"{_number(values.get(name)):>{wide[name]}}" for name in columns)
        yield f"{split:<{width}}" + "".join(numbers)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"


def _violated(violation: Violated) -> str:
    numbers = _numbers(violation)
    description = _cut(violation.description, _LONGEST_DESCRIPTION)
    return f"{violation.feature}: {violation.check}{numbers}\n  {description}"


def _numbers(violation: Violated) -> str:
    told: Sequence[tuple[str, float | None]] = (
        ("value", violation.value),
        ("threshold", violation.threshold),
    )
    given = [f"{name} {number:.6g}" for name, number in told if number is not None]
    return f" ({', '.join(given)})" if given else ""


def _excess(violation: Violated) -> float:
    """How far beyond its threshold; what has no numbers is never merely a little wrong."""
    if violation.value is None or violation.threshold is None:
        return float("inf")
    return abs(violation.value - violation.threshold)
