"""The Python packages that a function or an image has: what it brings, built for this machine.

What is built is kept in a folder of the user's choice, by a hash of what it is built from, so that
later embedded clouds find it there.
"""

import os

from localcloud.config import Config


def install(config: Config) -> None:
    """Lets every process of the embedded cloud know where packages are kept."""
    os.environ["LOCALCLOUD_CACHE"] = str(config.cache)
