"""Container images without a container engine: what was pushed is run as processes."""

import os

from localcloud.config import Config


def install(config: Config) -> None:
    """Tells every process of the embedded cloud where images are kept."""
    os.environ["LOCALCLOUD_IMAGES"] = str(config.images)
