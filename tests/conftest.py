"""Which tests run one after another, in one process: those that share something costly.

An embedded cloud or a synthesized app is made once and used by all tests of its folder; any other
file is on its own. The clouds' tests wait more than they compute, so they begin first.
"""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARING = (
    "tests/local/story",
    "tests/local/kinds",
    "tests/local/smoke",
    "tests/isolation/test_judge.py",
    "tests/local",
    "tests/stacks",
    "tests/isolation",
)


class ByFolder(LoadScopeScheduling):
    """Hands out the tests of a folder that shares something, or of one file, together."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(_group(item.nodeid)))


def _group(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return next((one for one in SHARING if file == one or file.startswith(f"{one}/")), file)


def _place(group: str) -> int:
    return SHARING.index(group) if group in SHARING else len(SHARING)
