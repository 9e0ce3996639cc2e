"""Mistakes by chance, one after another, each judged on one deployment."""

from collections.abc import Iterator
from itertools import islice

from .deployment import ATTACKER, MUTATED, NEIGHBOUR, Deployment
from .labels import Judge, Verdict
from .mutations import mutations


def verdicts(deployment: Deployment, seed: int, count: int) -> Iterator[Verdict]:
    """The verdicts of a number of mistakes."""
    judge = Judge(deployment=deployment)
    mistakes = mutations(
        MUTATED,
        deployment.templates[MUTATED],
        deployment.targets[f"terrace--{NEIGHBOUR}"],
        names=(ATTACKER, NEIGHBOUR),
        seed=seed,
    )
    for mistake in islice(mistakes, count):
        yield judge.judge(mistake)
