"""Links that authenticate themselves: made and checked by a KMS key that never leaves KMS."""

import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from terrace.links import TOKEN, Link, LinkRefused, Links

_ALGORITHM = "HMAC_SHA_256"


def address(links: Links, arn: str, email: str) -> str:
    """A new link by which one person decides about one version."""
    link = Link(
        arn=arn,
        email=email,
        until=int(time.time()) + 3600 * links.hours,
        once=secrets.token_hex(16),
    )
    mac = client("kms").generate_mac(**_asked(links, link))["Mac"]
    return f"{links.url}?{urlencode({TOKEN: link.token(mac)})}"


def checked(links: Links, query: Mapping[str, str] | None) -> Link:
    """A link that is ours and has not ended.

    Raises:
        LinkRefused: It is not, or it has.
    """
    link, mac = Link.read(query)
    try:
        client("kms").verify_mac(**_asked(links, link), Mac=mac or b"none")
    except ClientError as error:
        if says(error, "KMSInvalidMacException"):
            raise LinkRefused(403, "This is not a link of ours, or it was changed") from error
        raise
    if link.until < time.time():
        raise LinkRefused(410, f"This link ended; one can be used for {links.hours} hours")
    return link


def _asked(links: Links, link: Link) -> dict[str, Any]:
    return {"KeyId": links.key, "Message": link.message(), "MacAlgorithm": _ALGORITHM}
