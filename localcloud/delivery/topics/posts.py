"""SNS's posts to HTTP endpoints, tried again as its default delivery policy does."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import ProxyHandler, Request, build_opener

from localcloud import clock
from localcloud.delivery.topics.message import Undelivered

RETRIES = 3
PAUSE_SECONDS = 20
_TIMEOUT_SECONDS = 15


def post(subscription: Mapping[str, Any], message: Mapping[str, Any], *, raw: bool) -> None:
    """Posts a message to a subscriber.

    Raises:
        Undelivered: The endpoint did not take it, however often it was tried.
    """
    body = message["Message"] if raw else json.dumps(message)
    headers = _headers(message, subscription["arn"])
    if raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    for attempt in range(RETRIES + 1):
        try:
            _send(subscription["endpoint"], body.encode(), headers)
        except (URLError, OSError) as error:
            if attempt == RETRIES:
                raise Undelivered(f"{subscription['endpoint']}: {error}") from error
            time.sleep(clock.wall_seconds(PAUSE_SECONDS))
        else:
            return


def _headers(message: Mapping[str, Any], subscription_arn: str) -> dict[str, str]:
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": message["Type"],
        "x-amz-sns-message-id": message["MessageId"],
        "x-amz-sns-topic-arn": message["TopicArn"],
    }
    if message["Type"] == "Notification":
        headers["x-amz-sns-subscription-arn"] = subscription_arn
    return headers


def _send(endpoint: str, body: bytes, headers: dict[str, str]) -> None:
    parts = urlsplit(endpoint)
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        endpoint = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    # What may be subscribed was checked before: http and https alone.
    request = Request(endpoint, data=body, headers=headers, method="POST")  # noqa: S310
    build_opener(ProxyHandler({})).open(request, timeout=_TIMEOUT_SECONDS).close()
