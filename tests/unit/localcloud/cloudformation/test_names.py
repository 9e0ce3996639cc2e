"""The names that CloudFormation makes up."""

import re

import pytest

from localcloud.cloudformation.names import generated_name

SUFFIX = re.compile(r"-[A-Za-z0-9]{12}$")


def test_runs_of_dashes_in_the_stacks_name_are_collapsed() -> None:
    name = generated_name("terrace--north--mill", "Role", "seed", 64)
    assert SUFFIX.sub("", name) == "terrace-north-mill-Role"


def test_leading_dashes_are_cut() -> None:
    assert generated_name("--a", "Role", "seed", 64).startswith("a-Role-")


@pytest.mark.parametrize(
    ("stack", "logical_id", "longest", "prefix"),
    [
        ("s" * 60, "l" * 60, 64, f"{'s' * 25}-{'l' * 25}"),
        ("s" * 10, "l" * 60, 64, f"{'s' * 10}-{'l' * 40}"),
        ("s" * 60, "l" * 10, 64, f"{'s' * 40}-{'l' * 10}"),
        ("s" * 60, "l" * 60, 63, f"{'s' * 25}-{'l' * 24}"),
        ("s" * 60, "l" * 25, 63, f"{'s' * 25}-{'l' * 24}"),
        ("stack", "Logical", 17, "stLo"),
    ],
)
def test_the_stacks_name_and_the_logical_id_share_the_length(
    stack: str, logical_id: str, longest: int, prefix: str
) -> None:
    name = generated_name(stack, logical_id, "seed", longest)
    assert SUFFIX.sub("", name) == prefix
    assert len(name) <= longest


def test_another_seed_gives_another_name() -> None:
    assert generated_name("s", "l", "1", 64) != generated_name("s", "l", "2", 64)
    assert generated_name("s", "l", "1", 64) == generated_name("s", "l", "1", 64)


def test_a_length_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter than 15"):
        generated_name("s", "l", "seed", 14)
