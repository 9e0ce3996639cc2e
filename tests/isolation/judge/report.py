"""The table of what the judge labelled and what the proof said, in Markdown."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .labels import BREACH, HARMLESS, REFUSED, Verdict

_PAGE = Path(__file__).with_name("page.txt")

FAMILIES = {
    "identity": "a statement of a role's policy",
    "resource": "a policy of a resource, or a function's permission",
    "trust": "a role's trust policy",
    "property": "a name or reference in a property",
}


def table(verdicts: Sequence[Verdict]) -> str:
    """Label and answer, by where the mistake is."""
    lines = [
        "| Mistake in | Mistakes | Breaches | caught | passed | Harmless | caught | passed | "
        "Refused by CloudFormation |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(_row(title, [one for one in verdicts if one.mutation.family == family])
          for family, title in FAMILIES.items()),
        _row("**all**", verdicts),
    ]  # fmt: skip
    return "\n".join(lines)


def by_kind(verdicts: Sequence[Verdict]) -> str:
    """The breaches by what was done."""
    counted = Counter((one.mutation.family, one.mutation.kind) for one in verdicts)
    lines = [
        "| What was done | Mistakes | Breaches | caught |",
        "|---|--:|--:|--:|",
    ]
    for (family, kind), count in sorted(counted.items()):
        same = [one for one in verdicts
                if (one.mutation.family, one.mutation.kind) == (family, kind)]  # fmt: skip
        breaches = [one for one in same if one.label == BREACH]
        caught = len([one for one in breaches if one.answers])
        lines.append(f"| {family}: {kind} | {count} | {len(breaches)} | {caught} |")
    return "\n".join(lines)


def _row(title: str, verdicts: Sequence[Verdict]) -> str:
    figures = [len(verdicts)]
    for label in (BREACH, HARMLESS):
        same = [one for one in verdicts if one.label == label]
        caught = len([one for one in same if one.answers])
        figures += [len(same), caught, len(same) - caught]
    figures.append(len([one for one in verdicts if one.label == REFUSED]))
    return f"| {title} | {' | '.join(map(str, figures))} |"


def page(verdicts: Sequence[Verdict], *, seed: int, day: str) -> str:
    """The published page."""
    breaches = [one for one in verdicts if one.label == BREACH]
    harmless = [one for one in verdicts if one.label == HARMLESS]
    misses = [one for one in breaches if one.is_miss]
    missed = "".join(f"\n## A breach that is passed\n\n```\n{one}\n```\n" for one in misses)
    return _PAGE.read_text().format(
        count=len(verdicts),
        seed=seed,
        day=day,
        caught=len(breaches) - len(misses),
        breaches=len(breaches),
        cautious=len([one for one in harmless if one.answers]),
        harmless=len(harmless),
        table=table(verdicts),
        kinds=by_kind(verdicts),
        misses=missed,
    )
