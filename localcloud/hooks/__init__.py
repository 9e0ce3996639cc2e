"""The only room that touches MiniStack's private names: a small function for each hook.

They are no public interface, so MiniStack is pinned to one version, `install` refuses another,
and each hook has a test.
"""

from importlib.metadata import version

from localcloud.config import Config
from localcloud.errors import LocalCloudError
from localcloud.hooks import conditions, repositories

PINNED = "1.5.33"


class WrongMiniStack(LocalCloudError):
    """The installed MiniStack is not the one that the hooks were written for."""


def install(_config: Config) -> None:
    """Checks that MiniStack is the pinned version.

    Raises:
        WrongMiniStack: It is another.
    """
    found = version("ministack")
    if found != PINNED:
        raise WrongMiniStack(
            f"ministack {found} is installed; the embedded cloud's hooks need {PINNED} exactly. "
            f"Install what requirements.lock names: make setup"
        )
    conditions.install()
    repositories.install()
