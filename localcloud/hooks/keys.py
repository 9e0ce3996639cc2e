"""KMS's keys, their policies and grants, and the caller of a request, as MiniStack keeps them."""

import contextvars
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import iam, kms

Statement = Any  # MiniStack's ParsedStatement
Context = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Key:
    """A customer managed key."""

    arn: str
    state: str
    policy: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account that owns the key."""
        return self.arn.split(":")[4]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who wants to use a key.

    Attributes:
        arn: The ARN of an IAM user, a role's session or an account's root user, or the name of an
            AWS service.
        account: The caller's account, empty for an AWS service.
        role_arn: The role of a session.
        policies: The statements of its identity-based policies; None for a root user.
        limits: The statements of its permissions boundary and session policies, each with the
            name that AWS's denials give them.
        keys: The condition keys that describe it.
    """

    arn: str
    account: str
    role_arn: str | None = None
    policies: Sequence[Statement] | None = ()
    limits: Sequence[tuple[str, Sequence[Statement]]] = ()
    keys: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_service(self) -> bool:
        """Whether it is an AWS service that acts for itself."""
        return not self.account


@dataclass(frozen=True, kw_only=True)
class KeyDenial:
    """A denial, with the members of MiniStack's own and the whole message."""

    decision: str
    message: str
    principal_arn: str = ""
    resource_policy_arn: str = ""


# (access key, action, key, context) -> the caller and why it is denied, or None
Authorize = Callable[[str, str, Key, Context], "KeyDenial | None"]

_denial: contextvars.ContextVar[str] = contextvars.ContextVar("localcloud_key_denial", default="")


def find_key(named: str) -> Key | None:
    """The customer managed key of an id, ARN or alias, or None where there is none."""
    record = kms._resolve_key(named)
    if record is None:
        return None
    policy = record.get("Policy") or "{}"
    text = policy if isinstance(policy, str) else json.dumps(policy)
    tags = {tag["TagKey"]: tag["TagValue"] for tag in record.get("Tags") or ()}
    return Key(arn=record["Arn"], state=record["KeyState"], policy=text, tags=tags)


def grants_of(key: Key) -> list[dict[str, Any]]:
    """The grants on a key."""
    return [grant for grant in kms._grants.values() if grant["KeyId"] == key.arn]


def find_caller(access_key: str) -> Caller | None:
    """Who holds an access key, or None where nobody does (any more)."""
    found = iam_evaluator.resolve_principal(access_key, responses.get_account_id())
    if isinstance(found, iam_evaluator.AuthError):
        return None
    entity = _entity(found)
    has_boundary = bool(entity.get("PermissionsBoundary"))
    return Caller(
        arn=found.arn,
        account=found.account,
        role_arn=entity["Arn"] if entity and found.type == "AssumedRole" else None,
        policies=None if found.policies is None else _flat(found.policies),
        limits=[
            ("permissions boundary" if has_boundary and not place else "session policy", _flat(one))
            for place, one in enumerate(found.limits)
        ],
        keys=found.keys,
    )


def _entity(principal: Any) -> dict[str, Any]:
    """The record of a session's role or of a user."""
    if principal.type == "AssumedRole":
        name = iam_evaluator._role_name_from_assumed_arn(principal.arn)
        return iam._roles.get_scoped(principal.account, None, name) or {}
    if principal.type == "User":
        name = principal.keys.get("aws:username", "")
        return iam._users.get_scoped(principal.account, None, name) or {}
    return {}


def _flat(documents: Sequence[Sequence[Statement]]) -> list[Statement]:
    return [statement for document in documents for statement in document]


@lru_cache(maxsize=1024)
def parse_policy(document: str) -> tuple[tuple[dict[str, Any], Statement], ...]:
    """The statements of a key policy: each as it is written, with its parsed form."""
    statements = json.loads(document).get("Statement", [])
    written = [statements] if isinstance(statements, dict) else statements
    return tuple(
        (one, parsed)
        for one in written
        for parsed in iam_evaluator.parse_policy_document({"Statement": [one]})
    )


def request_of(caller: Caller, action: str, resource: str, context: Context) -> Any:
    """The request against which statements are evaluated."""
    return iam_evaluator.EvalContext(
        principal_arn=caller.role_arn or caller.arn,  # as `aws:PrincipalArn` has it
        principal_type=_principal_type(caller),
        principal_account=caller.account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={name.lower(): value for name, value in context.items()},
        principal_keys=dict(caller.keys),
    )


def _principal_type(caller: Caller) -> str:
    if caller.is_service:
        return "Service"
    if caller.policies is None:
        return "Account"
    return "AssumedRole" if ":assumed-role/" in caller.arn else "User"


def matches(statements: Sequence[Statement], request: Any, effect: str) -> bool:
    """Whether a statement has this effect and its action, resource and conditions match."""
    return iam_evaluator._first_match(request, statements, effect) is not None


def authorize_with(authorize: Authorize) -> None:
    """Lets `authorize` decide each request to KMS about a customer managed key.

    MiniStack evaluates key policies itself, but lets an account's root user do everything, knows
    no encryption context, no grants and no `NotPrincipal`.
    """
    enforce = iam_evaluator.enforce

    def enforce_or_ask(access_key: str, iam_action: str, service: str, region: str,
                       resource_arn: str = "*", service_context: Any = None) -> Any:  # fmt: skip
        _denial.set("")
        key = find_key(resource_arn) if service == "kms" and resource_arn != "*" else None
        if key is None:
            return enforce(access_key, iam_action, service, region, resource_arn, service_context)
        if failure := iam_evaluator.check_credentials(access_key, service):
            return failure
        denied = authorize(access_key, iam_action, key, service_context or {})
        if denied:
            _denial.set(denied.message)
        return denied

    iam_evaluator.enforce = enforce_or_ask
    _read_condition_keys()
    _explain_denials()


def _read_condition_keys() -> None:
    known = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, parameters: Any) -> dict[str, Any]:
        own = dict(_condition_keys(body)) if service == "kms" else {}
        return {**known(service, action, body, parameters), **own}

    iam_actions.request_tag_context = context


def _condition_keys(body: bytes) -> Iterator[tuple[str, Any]]:
    """The condition keys of a request to KMS.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return
    encryption_context = request.get("EncryptionContext") or request.get("SourceEncryptionContext")
    yield from context_keys(encryption_context or {}).items()
    if operations := request.get("Operations"):
        yield from {"kms:GrantOperations": operations, "kms:GrantIsForAWSResource": "false"}.items()
    if grantee := request.get("GranteePrincipal"):
        yield "kms:GranteePrincipal", grantee
    if str(request.get("KeyId", "")).startswith("alias/"):
        yield "kms:RequestAlias", request["KeyId"]


def context_keys(encryption_context: Mapping[str, str]) -> dict[str, Any]:
    """The condition keys of an encryption context."""
    keys: dict[str, Any] = {
        f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()
    }
    return {**keys, "kms:EncryptionContextKeys": list(encryption_context)} if keys else {}


def _explain_denials() -> None:
    answer = iam_actions.access_denied_response

    def explain(service: str, *arguments: Any, message: str = "", **options: Any) -> Any:
        text = _denial.get() if service == "kms" else ""
        return answer(service, *arguments, message=text or message, **options)

    iam_actions.access_denied_response = explain
