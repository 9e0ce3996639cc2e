"""Adds an AWS service that MiniStack lacks, and looks at the requests of those it has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request on its way to a service; the names of its headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, Any]


# An answer that takes the service's place, or None
Before = Callable[[Request], Answer | None]
# (service, request, its answer) -> the answer that is given
After = Callable[[str, Request, Answer], Answer]


def before(service: str, look: Before) -> None:
    """Lets `look` see each request of a service first, and answer in its place."""
    serve = app.SERVICE_HANDLERS[service]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Answer:
        request = Request(method=method, path=path, headers=headers, body=body, query=query)
        if answer := look(request):
            return answer
        served: Answer = await serve(method, path, headers, body, query)
        return served

    app.SERVICE_HANDLERS[service] = handle


class _Handlers(dict[str, Handler]):
    """MiniStack's handlers, with an answer for the services that have none."""

    def __init__(
        self, known: dict[str, Handler], fallback: Callable[[str], Answer], after: After
    ) -> None:
        super().__init__(known)
        self._fallback, self._after = fallback, after

    def get(self, service: str, _default: Any = None) -> Handler:
        serve = super().get(service)

        async def handle(
            method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> Answer:
            if serve is None:
                return self._fallback(service)
            status, shown, answer = await serve(method, path, headers, body, query)
            request = Request(method=method, path=path, headers=headers, body=body, query=query)
            # MiniStack adds to the headers, which may be a constant of the service.
            return self._after(service, request, (status, dict(shown), answer))

        return handle


def add_fallback(answer: Callable[[str], Answer], after: After) -> None:
    """Lets `answer(service)` speak for every service that has no handler, and `after` edit."""
    app.SERVICE_HANDLERS = _Handlers(app.SERVICE_HANDLERS, answer, after)
