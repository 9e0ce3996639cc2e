"""Which tests run one after another, in one process: those that share something costly.

An embedded cloud or a synthesized app is made once and used by all tests of its folder; any other
file is on its own. The clouds' tests wait more than they compute, so they begin first.
"""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SHARING = ("local/story", "local", "stacks", "isolation")


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(_group(item.path)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))


def _group(path: Path) -> str:
    within = path.relative_to(TESTS).as_posix()
    return next((folder for folder in SHARING if within.startswith(f"{folder}/")), within)


def _place(group: str) -> int:
    return SHARING.index(group) if group in SHARING else len(SHARING)
