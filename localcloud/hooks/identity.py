"""Credentials and the verdict of IAM, as MiniStack keeps and evaluates them."""

import contextvars
import json
from functools import lru_cache
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses, router
from ministack.services import iam, sts

from localcloud.hooks.keys import KeyDenial
from localcloud.hooks.services import Answer
from localcloud.sources import source_keys


def register_session(access_key: str, secret: str, token: str, role_arn: str, name: str) -> None:
    """Makes temporary credentials of a role valid."""
    account = role_arn.split(":")[4]
    role = role_arn.rpartition("/")[2]
    sts.register_session(
        access_key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": secret,
            "SessionToken": token,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )


def secret_of(access_key: str) -> tuple[str, str | None] | None:
    """The secret and the session token that belong to an access key, or None if it is unknown."""
    found = iam_evaluator.resolve_credential(access_key, responses.get_account_id())
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        return None
    return found.secret_access_key, found.session_token


def trust_policy(role_arn: str) -> dict[str, Any] | None:
    """Who may assume a role, or None where there is no such role."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    role = iam._roles.get_scoped(account, None, name)
    if not role or role["Arn"] != role_arn:
        return None
    policy = role["AssumeRolePolicyDocument"]
    return dict(json.loads(policy) if isinstance(policy, str) else policy)


def access_key_of(headers: dict[str, str]) -> str:
    """The access key that a request is signed with."""
    return router.extract_access_key_id(headers, {}) or ""


def principal_of(headers: dict[str, str]) -> str:
    """The ARN of whoever sent a request."""
    found = iam_evaluator.resolve_credential(access_key_of(headers))
    return str(getattr(found, "principal_arn", ""))


def denial(
    headers: dict[str, str], action: str, resource: str, context: dict[str, Any] | None = None
) -> str | None:
    """Why IAM denies the caller an action on a resource, or None where it allows it."""
    region = router.extract_region(headers)
    return denial_of_key(access_key_of(headers), region, action, resource, context)


def denial_of_key(
    access_key: str, region: str, action: str, resource: str, context: dict[str, Any] | None = None
) -> str | None:
    """Why IAM denies whoever holds an access key an action, or None where it allows it."""
    service = action.partition(":")[0]
    found = iam_evaluator.enforce(
        access_key, action, service, region, resource_arn=resource, service_context=context
    )
    if found is None:
        return None
    if isinstance(found, iam_evaluator.AuthError):
        return f"{found.code}: {found.message}"
    if isinstance(found, KeyDenial):
        return found.message
    why = (
        "with an explicit deny in a policy"
        if found.decision == "Deny"
        else f"because no identity-based policy allows the {action} action"
    )
    return (
        f"User: {found.principal_arn} is not authorized to perform: {action} "
        f"on resource: {resource} {why}"
    )


def refusal(service: str, headers: dict[str, str], message: str, *, code: str = "") -> Answer:
    """An error, `AccessDenied` by default, in the protocol of the service and the request."""
    answer = iam_actions.access_denied_response(
        service, "", "", responses.new_uuid(), headers=headers, message=message, error_code=code
    )
    return answer[0], answer[1], answer[2]


def error(service: str, headers: dict[str, str], code: str, message: str, status: int) -> Answer:
    """Any error in the protocol of the service and the request."""
    answer = iam_actions.access_denied_response(
        service, "", "", responses.new_uuid(), error_code=code, headers=headers, message=message
    )
    return status, answer[1], answer[2]


def inline_policies(kind: str, name: str) -> dict[str, str]:
    """The inline policies of a role, a user or a group, as JSON by name; none of an unknown one."""
    found = {"Role": iam._roles, "User": iam._users, "Group": iam._groups}[kind].get(name) or {}
    return {
        policy: document if isinstance(document, str) else json.dumps(document)
        for policy, document in found.get("InlinePolicies", {}).items()
    }


def attached_policies(role_name: str) -> list[str]:
    """The ARNs of the managed policies that a role has."""
    return list((iam._roles.get(role_name) or {}).get("AttachedPolicies", []))


def resource_policy_allows(principal: str, action: str, resource: str, source_arn: str) -> bool:
    """Whether a resource's own policy lets an AWS service use it, on behalf of a source."""
    found = iam_evaluator._resource_policy(action.partition(":")[0], resource)
    if found is None or not found[0]:
        return False
    account = source_arn.split(":")[4] or caller_account()
    sent = source_keys(principal, resource, source_arn, account)
    context = iam_evaluator.EvalContext(
        # The service is nobody of the account: only "*" and its own name mean it.
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={name.lower(): value for name, value in sent.items()},
    )
    verdict = iam_evaluator.evaluate_resource_policy(found[0], context, service=principal)
    return bool(verdict.decision == "Allow")


def caller_account() -> str:
    """The account of the request that is being served."""
    return str(responses.get_account_id())


def treat_loopback_as_tls() -> None:
    """Counts every request as encrypted on its way.

    Policies deny requests without TLS (`aws:SecureTransport`). On AWS the SDKs always use it; here
    they speak plain HTTP, on loopback alone.
    """
    pin = app.pin_request_origin
    app.pin_request_origin = lambda address, _encrypted: pin(address, True)


def name_resources() -> None:
    """Lets IAM see the resource of requests where MiniStack names none, or another than AWS."""
    known = iam_actions.extract_resource_arn

    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *more: Any) -> str:
        arn = str(known(service, method, path, headers, body, *more))
        if service == "logs" and (stream := json.loads(body or b"{}").get("logStreamName")):
            return f"{arn.removesuffix(':*')}:log-stream:{stream}"
        if name := _only_name(service, headers, body):
            _query, region, account = more
            return f"arn:aws:{name[0]}:{region}:{account}:{name[1]}"
        if service == "lambda" and path.endswith("/invocations"):
            query, *_ = more
            qualifier = query.get("Qualifier", "")
            qualifier = qualifier[0] if isinstance(qualifier, list) else qualifier
            return f"{arn}:{qualifier}" if qualifier else arn
        return arn

    iam_actions.extract_resource_arn = extract


# Operations of CloudWatch that name alarms in a list; each alarm is a resource of its own.
_OF_ALARMS = (".DeleteAlarms", ".DescribeAlarms", ".DisableAlarmActions", ".EnableAlarmActions")


def _only_name(service: str, headers: Any, body: bytes) -> tuple[str, str] | None:
    """The service and the name of what a request is about that names one thing in a list."""
    if service == "ecr":
        names = json.loads(body or b"{}").get("repositoryNames", [])
        return ("ecr", f"repository/{names[0]}") if len(names) == 1 else None
    if service == "monitoring" and headers.get("x-amz-target", "").endswith(_OF_ALARMS):
        names = json.loads(body or b"{}").get("AlarmNames", [])
        return ("cloudwatch", f"alarm:{names[0]}") if len(names) == 1 else None
    return None


def remember_policies() -> None:
    """Parses each text of a policy once, and not for every request of everyone who has it."""
    parse = iam_evaluator.parse_policy_document
    remembered = lru_cache(maxsize=4096)(parse)

    def parse_once(document: Any) -> Any:
        return remembered(document) if isinstance(document, str) else parse(document)

    iam_evaluator.parse_policy_document = parse_once


def read_tags_for_limits() -> None:
    """Lets conditions on `aws:ResourceTag` count in boundaries and session policies, too.

    MiniStack looks a resource's tags up only where an identity-based policy names them.
    """
    resolve, is_named = iam_evaluator.resolve_principal, iam_evaluator._names_condition_key
    limits: contextvars.ContextVar[Any] = contextvars.ContextVar("localcloud_limits", default=())

    def resolve_and_remember(*arguments: Any, **options: Any) -> Any:
        principal = resolve(*arguments, **options)
        limits.set(getattr(principal, "limits", ()))
        return principal

    def is_named_anywhere(policies: Any, prefix: str) -> bool:
        return any(is_named(layer, prefix) for layer in (policies, *limits.get()))

    iam_evaluator.resolve_principal = resolve_and_remember
    iam_evaluator._names_condition_key = is_named_anywhere


def name_actions() -> None:
    """Lets IAM see the action of requests for which MiniStack has another than AWS."""
    known = iam_actions.extract_iam_action
    of_aliases = {"GET": "GetAlias", "PUT": "UpdateAlias", "DELETE": "DeleteAlias"}

    def extract(service: str, method: str, path: str, *more: Any) -> str | None:
        *_, before, _name = ("", "", *path.rstrip("/").split("/"))
        if service == "lambda" and before == "aliases" and method in of_aliases:
            return f"lambda:{of_aliases[method]}"
        found: str | None = known(service, method, path, *more)
        return found

    iam_actions.extract_iam_action = extract
