"""Whose rights a stack operation uses: its service role's, or else its caller's, as on AWS.

A role that is given once stays the stack's own until another is given. Whoever gives it needs
`iam:PassRole` on it, and it must trust CloudFormation.
"""

import json
from urllib.parse import parse_qs

from localcloud import access
from localcloud.cloudformation.permissions import questions
from localcloud.cloudformation.targets import Place
from localcloud.config import Config
from localcloud.errors import LocalCloudError
from localcloud.hooks import cloudformation, identity, services
from localcloud.hooks.cloudformation import Operator

PRINCIPAL = "cloudformation.amazonaws.com"
_OPERATIONS = {
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CreateChangeSet",
    "ExecuteChangeSet",
    "RollbackStack",
    "ContinueUpdateRollback",
}


class Denied(LocalCloudError):
    """Whoever acts for a stack lacks a permission that a resource needs."""


def install(config: Config) -> None:
    """Watches the requests to CloudFormation, and what its stacks change."""
    roles: dict[str, str] = {}

    def look(incoming: services.Request) -> services.Answer | None:
        headers, request = incoming.headers, _read(incoming)
        if request.get("Action") not in _OPERATIONS:
            return None
        given = request.get("RoleARN")
        if given and (refused := _refused(headers, given)):
            return identity.refusal("cloudformation", headers, refused)
        acting = _operator(roles, request, identity.access_key_of(headers))
        cloudformation.operator.set(acting)
        return None

    services.before("cloudformation", look)
    cloudformation.check_changes_with(_checker(config))


def _read(request: services.Request) -> dict[str, str]:
    """The parameters of a request, be it JSON or a form."""
    if target := request.headers.get("x-amz-target", ""):
        return {"Action": target.rpartition(".")[2], **json.loads(request.body or b"{}")}
    form = {**request.query, **parse_qs(request.body.decode())}
    return {key: value[0] if isinstance(value, list) else value for key, value in form.items()}


def _refused(headers: dict[str, str], role_arn: str) -> str | None:
    context = {"iam:PassedToService": PRINCIPAL}
    if refused := identity.denial(headers, "iam:PassRole", role_arn, context):
        return refused
    try:
        access.check_trust(role_arn, PRINCIPAL)
    except access.CannotAssume as error:
        return f"Role {role_arn} is invalid or cannot be assumed: {error}"
    return None


def _operator(roles: dict[str, str], request: dict[str, str], access_key: str) -> Operator:
    """Keeps the role for later operations on the stack or the change set."""
    stack, given = _short(request.get("StackName", "")), request.get("RoleARN")
    change_set = f"{stack} {_short(request.get('ChangeSetName', ''))}"
    match request["Action"]:
        case "CreateStack":
            roles.pop(stack, None)
        case "ExecuteChangeSet":
            given = roles.pop(change_set, None)
        case "CreateChangeSet":
            # The stack gets the role when the change set is executed, if it ever is.
            roles |= {change_set: given} if given else {}
            return Operator(access_key=access_key, role_arn=given or roles.get(stack))
        case "DeleteStack":
            return Operator(access_key=access_key, role_arn=given or roles.pop(stack, None))
    roles |= {stack: given} if given else {}
    return Operator(access_key=access_key, role_arn=roles.get(stack))


def _short(name: str) -> str:
    """The name in `arn:aws:cloudformation:…:stack/NAME/…`, or the name itself."""
    return name.split("/")[1] if name.startswith("arn:") else name


def _checker(config: Config) -> cloudformation.Check:
    """Asks for what the registry says that a resource's handlers call."""
    place = Place(region=config.region, account=config.account)

    def check(change: cloudformation.Change) -> None:
        if cloudformation.operator.get(None) is None:
            return
        for question in questions(change, place):
            refusals = [
                access.stack_denial(question.action, resource, dict(question.context))
                for resource in question.resources
            ]
            if all(refusals):
                raise Denied(refusals[0])

    return check
