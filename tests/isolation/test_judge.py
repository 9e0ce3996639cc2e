"""A few mistakes by chance, deployed and attacked: the proof passes no breach.

`python -m tests.isolation.judge` judges hundreds, and writes docs/isolation-judge.md.
"""

from collections.abc import Iterator

import pytest

from .judge.attacks import attacks
from .judge.calls import UPWARD
from .judge.deployment import ATTACKER, NEIGHBOUR, Deployment, deployed
from .judge.labels import BREACH, HARMLESS
from .judge.run import verdicts

pytestmark = pytest.mark.local

SEED, MISTAKES = 1, 12


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with deployed(tmp_path_factory.mktemp("judge")) as deployment:
        yield deployment


def test_mistakes_by_chance_that_are_breaches_are_caught(mill: Deployment) -> None:
    judged = list(verdicts(mill, SEED, MISTAKES))
    assert [str(one) for one in judged if one.is_miss] == []
    labels = [one.label for one in judged]
    assert labels.count(BREACH) >= 3
    assert labels.count(HARMLESS) >= 3


def test_without_a_mistake_no_attack_on_the_neighbour_or_upward_works(mill: Deployment) -> None:
    tried = [*attacks(mill.of(NEIGHBOUR)), *attacks(mill.of(ATTACKER), UPWARD)]
    role = next(one for one in mill.roles(ATTACKER) if "Functionsmonitor" in one.id)
    let = [one.title for one in tried if one.is_let(mill.worn(role))]
    assert let == []


def test_an_attack_on_ones_own_works(mill: Deployment) -> None:
    own = [one for one in mill.of(ATTACKER) if one.type in ("AWS::S3::Bucket", "AWS::KMS::Key")]
    role = next(one for one in mill.roles(ATTACKER) if "Functionsmonitor" in one.id)
    let = {one.operation for one in attacks(own) if one.is_let(mill.worn(role))}
    assert {"list_objects_v2", "get_object", "generate_data_key"} <= let
