"""The proof's own evaluation against one that is not ours, on 100,000 random requests."""

import json
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from terrace.isolation.evaluation import Answer

from .requests import Case, case

SIMULATE = Path(__file__).with_name("simulate.mjs")
REQUESTS = 100_000
_SETS = 4  # of requests, each decided by one call of the other evaluator


def decided(chance: random.Random, least: int) -> list[tuple[Case, list[str]]]:
    """Cases with what the other evaluator says of each way in which they may turn out."""
    cases: list[Case] = []
    simulations: list[str] = []
    counts: list[int] = []
    while len(simulations) < least:
        cases.append(case(chance))
        ways = [json.dumps(one) for one in cases[-1].simulations()]
        simulations += ways
        counts.append(len(ways))
    done = subprocess.run(
        ["node", str(SIMULATE)],
        input="\n".join(simulations),
        capture_output=True,
        text=True,
        check=True,
    )
    verdicts = iter(map(json.loads, done.stdout.splitlines()))
    return [(one, [str(next(verdicts)) for _ in range(n)])
            for one, n in zip(cases, counts, strict=True)]  # fmt: skip


@pytest.mark.parametrize("seed", range(_SETS))
def test_what_is_decided_is_decided_alike_however_the_unknown_turns_out(seed: int) -> None:
    answers: Counter[tuple[Answer, bool]] = Counter()
    verdicts: Counter[str] = Counter()
    for one, ways in decided(random.Random(seed), REQUESTS // _SETS):
        answer = one.answer()
        answers[answer, len(ways) > 1] += 1
        verdicts.update(ways)
        if answer is Answer.DENIES:
            assert "Allowed" not in ways, one
        elif answer is Answer.ALLOWS:
            assert set(ways) == {"Allowed"}, one
    assert set(verdicts) == {"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"}
    # What holds nothing unknown is decided, and so is much of what does.
    known = sum(answers[one, False] for one in Answer)
    assert answers[Answer.UNKNOWN, False] < known / 100
    assert all(answers[one, some] > 100 for one in (Answer.ALLOWS, Answer.DENIES)
               for some in (True, False))  # fmt: skip
    assert answers[Answer.UNKNOWN, True] > 100
