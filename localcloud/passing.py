"""Giving a role to a service needs `iam:PassRole` on it, and the role must trust the service.

MiniStack asks for neither, be it in a request or in a stack.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from localcloud import access
from localcloud.config import Config
from localcloud.hooks import cloudformation, identity, services

# What a stack's resource has of the same members as the requests below.
_TYPES = {
    "AWS::Events::Rule": "events",
    "AWS::Lambda::Function": "lambda",
    "AWS::Scheduler::Schedule": "scheduler",
    "AWS::StepFunctions::StateMachine": "states",
}


def install(_config: Config) -> None:
    """Checks the requests of every service that takes a role, and the resources of stacks."""
    for service, (principal, roles_in) in _SERVICES.items():
        services.before(service, _look(service, principal, roles_in))
    cloudformation.check_changes_with(_check)


def _check(change: cloudformation.Change) -> None:
    if change.type_name not in _TYPES or change.action == "delete":
        return
    principal, roles_in = _SERVICES[_TYPES[change.type_name]]
    for role_arn in filter(None, roles_in("/functions", change.properties)):
        access.check_trust(role_arn, principal)


def _look(
    service: str, principal: str, roles_in: Callable[[str, dict[str, Any]], Iterator[str | None]]
) -> services.Before:
    context = {"iam:PassedToService": principal}

    def look(request: services.Request) -> services.Answer | None:
        for role_arn in filter(None, roles_in(request.path, _object(request.body))):
            refused = identity.denial(request.headers, "iam:PassRole", role_arn, context)
            if refused := refused or _untrusted(role_arn, principal):
                return identity.refusal(service, request.headers, refused)
        return None

    return look


def _untrusted(role_arn: str, principal: str) -> str | None:
    try:
        access.check_trust(role_arn, principal)
    except access.CannotAssume as error:
        return str(error)
    return None


def _object(body: bytes) -> dict[str, Any]:
    """A request's JSON, or nothing where the body is something else (a payload, a form)."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _function(path: str, request: dict[str, Any]) -> Iterator[str | None]:
    # The body of another path is a payload for a function.
    yield request.get("Role") if path.endswith(("/functions", "/configuration")) else None


def _state_machine(_path: str, request: dict[str, Any]) -> Iterator[str | None]:
    yield request.get("roleArn") or request.get("RoleArn")


def _rule(_path: str, request: dict[str, Any]) -> Iterator[str | None]:
    yield request.get("RoleArn")
    for target in request.get("Targets", []):
        yield target.get("RoleArn") if isinstance(target, dict) else None


def _schedule(_path: str, request: dict[str, Any]) -> Iterator[str | None]:
    target = request.get("Target")
    yield target.get("RoleArn") if isinstance(target, dict) else None


# By MiniStack's name of the service: the principal that gets the role, and where it is named.
_SERVICES = {
    "lambda": ("lambda.amazonaws.com", _function),
    "states": ("states.amazonaws.com", _state_machine),
    "events": ("events.amazonaws.com", _rule),
    "scheduler": ("scheduler.amazonaws.com", _schedule),
}
