"""Each use of a customer managed key asks the key's policy, and the caller's own policies."""

from localcloud.config import Config
from localcloud.hooks import keys
from localcloud.keys import authorization, objects, served


def install(config: Config) -> None:
    """Decides the requests to KMS, and the uses of keys by other services."""
    keys.authorize_with(authorization.authorize)
    objects.install()
    served.install(config)
