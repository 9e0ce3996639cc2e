"""CloudFormation: resource types that MiniStack lacks, and the role that a stack acts with."""

import contextvars
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.services.cloudformation import provisioners, stacks

from localcloud.hooks import identity
from localcloud.hooks.services import Answer, Handler

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]
# (logical id, properties, stack name) -> (physical id, attributes)
Create = Callable[[str, Properties, str], Made]
# (physical id, old properties, new properties, stack name) -> (physical id, attributes)
Update = Callable[[str, Properties, Properties, str], Made]
# (physical id, properties)
Delete = Callable[[str, Properties], None]

# A stack keeps the role that it was last given.
_roles: dict[str, str] = {}
_role: contextvars.ContextVar[str] = contextvars.ContextVar("localcloud_stack_role", default="")
_added: set[str] = set()


def add_resource_type(name: str, *, create: Create, update: Update, delete: Delete) -> None:
    """Lets CloudFormation create, update and delete resources of one more type.

    The three are called on a worker thread, so they may wait for what they made.
    """
    provisioners._RESOURCE_HANDLERS[name] = {"create": create, "update": update, "delete": delete}
    _added.add(name)


def stack_role() -> str:
    """The role of the stack that is being worked on, or `` where it was given none."""
    return _role.get()


def install() -> None:
    """Follows each stack's role, and lets the added types wait."""
    blocks = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda name: name in _added or blocks(name)
    serve: Handler = app.SERVICE_HANDLERS["cloudformation"]

    async def serve_with_role(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Answer:
        given = {key: values[0] for key, values in parse_qs(body.decode(errors="replace")).items()}
        name = given.get("StackName", "").rpartition(":stack/")[2].partition("/")[0]
        if role := given.get("RoleARN"):
            context = {"iam:PassedToService": "cloudformation.amazonaws.com"}
            if refused := identity.denial(headers, "iam:PassRole", role, context):
                return _refusal(refused)
            _roles[name] = role
        token = _role.set(_roles.get(name, ""))
        try:
            # The background task of a stack operation copies this context.
            return await serve(method, path, headers, body, query)
        finally:
            _role.reset(token)

    app.SERVICE_HANDLERS["cloudformation"] = serve_with_role


def _refusal(message: str) -> Answer:
    body = (
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
        f"<Message>{message}</Message></Error></ErrorResponse>"
    )
    return 403, {"Content-Type": "text/xml"}, body.encode()
