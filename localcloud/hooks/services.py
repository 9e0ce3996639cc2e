"""Adds an AWS service that MiniStack lacks."""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core import router

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Answer]]


def add_service(name: str, handler: Handler, *, target_prefix: str = "", path: str = "") -> None:
    """Serves `name`: requests signed for it, or with its `X-Amz-Target`, or on its path.

    The handler gets method, path, headers (lower case), body and query, and answers with status,
    headers and body.
    """
    app.SERVICE_REGISTRY[name] = {"module": name}
    app.SERVICE_HANDLERS[name] = handler
    patterns: dict[str, Any] = {"credential_scope": name}
    if target_prefix:
        patterns["target_prefixes"] = [target_prefix]
    if path:
        patterns["path_patterns"] = [path]
    router.SERVICE_PATTERNS[name] = patterns


class _Handlers(dict[str, Handler]):
    """MiniStack's handlers, with an answer for the services that have none."""

    def __init__(self, known: dict[str, Handler], fallback: Callable[[str], Answer]) -> None:
        super().__init__(known)
        self._fallback = fallback

    def get(self, service: str, _default: Any = None) -> Handler:
        if service in self:
            return self[service]

        async def refuse(*_request: Any) -> Answer:
            return self._fallback(service)

        return refuse


def add_fallback(answer: Callable[[str], Answer]) -> None:
    """Lets `answer(service)` speak for every service that has no handler."""
    app.SERVICE_HANDLERS = _Handlers(app.SERVICE_HANDLERS, answer)
