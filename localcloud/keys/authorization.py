"""Whether someone may use a key.

A key policy has the first word: it allows directly, or it names the account and so leaves the
decision to the caller's identity-based policies. These count for nothing where the key policy does
neither, unlike with any other resource. A grant allows like a key policy, and a deny anywhere wins.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.hooks import keys
from localcloud.hooks.keys import Caller, Context, Key, KeyDenial, Statement
from localcloud.keys.principals import Naming, naming


def authorize(access_key: str, action: str, key: Key, context: Context) -> KeyDenial | None:
    """Why whoever holds an access key may not do something with a key, or None where it may."""
    caller = keys.find_caller(access_key)
    if caller is None:
        return KeyDenial(decision="Deny", message=f"The access key {access_key} is not known")
    return denial(caller, action, key, context)


def denial(caller: Caller, action: str, key: Key, context: Context) -> KeyDenial | None:
    """Why a caller may not do something with a key, or None where it may."""
    own = {f"aws:ResourceTag/{name}": value for name, value in key.tags.items()}
    if not caller.is_service:
        own["kms:CallerAccount"] = caller.account
    verdict = _Question(
        caller=caller,
        action=action,
        key=key,
        context=context,
        request=keys.request_of(caller, action, key.arn, {**own, **context}),
    ).refusal()
    if verdict is None:
        return None
    who = caller.arn if caller.is_service else f"User: {caller.arn}"
    return KeyDenial(
        decision="Deny" if verdict.startswith("with") else "ImplicitDeny",
        principal_arn=caller.arn,
        message=f"{who} is not authorized to perform: {action} on resource: {key.arn} {verdict}",
    )


@dataclass(frozen=True, kw_only=True)
class _Question:
    caller: Caller
    action: str
    key: Key
    context: Context
    request: Any

    def refusal(self) -> str | None:
        """The second half of AWS's message, or None where the action is allowed."""
        if place := self._explicit_deny():
            return f"with an explicit deny in a{'n' if place[0] == 'i' else ''} {place}"
        named = self._allowed_by_key()
        limit = self._missing_limit()
        if self._is_own and (named == Naming.EXACT or (named == Naming.PRINCIPAL and not limit)):
            return None
        if self._is_granted():
            return None
        if named == Naming.NOT:
            return self._because("resource-based policy")
        if limit:
            return self._because(limit)
        may = self.caller.policies is None or self._any(self.caller.policies, "Allow")
        return None if may else self._because("identity-based policy")

    @property
    def _is_own(self) -> bool:
        """Whether the key policy alone can allow: a caller of another account needs its own."""
        return self.caller.is_service or self.caller.account == self.key.account

    def _because(self, kind: str) -> str:
        return f"because no {kind} allows the {self.action} action"

    def _any(self, statements: Sequence[Statement], effect: str) -> bool:
        return keys.matches(statements, self.request, effect)

    def _explicit_deny(self) -> str | None:
        """The kind of the policy that denies."""
        own = [("identity-based policy", self.caller.policies or ()), *self.caller.limits]
        for kind, statements in own:
            if self._any(statements, "Deny"):
                return kind
        denied = any(self._named("Deny"))
        return "resource-based policy" if denied else None

    def _missing_limit(self) -> str | None:
        """The kind of the boundary or session policy that does not allow."""
        limits = self.caller.limits
        return next((kind for kind, one in limits if not self._any(one, "Allow")), None)

    def _allowed_by_key(self) -> Naming:
        return max(self._named("Allow"), default=Naming.NOT)

    def _named(self, effect: str) -> Iterator[Naming]:
        """How closely the statements of the key policy that match name the caller."""
        for written, parsed in keys.parse_policy(self.key.policy):
            closeness = naming(written, self.caller)
            if closeness and keys.matches([parsed], self.request, effect):
                yield closeness

    def _is_granted(self) -> bool:
        return any(self._grants(one) for one in keys.grants_of(self.key))

    def _grants(self, grant: Mapping[str, Any]) -> bool:
        operation = self.action.partition(":")[2]
        grantees = {self.caller.arn, self.caller.role_arn}
        return (
            grant["GranteePrincipal"] in grantees
            and operation in grant["Operations"]
            and self._satisfies(grant.get("Constraints") or {})
        )

    def _satisfies(self, constraints: Mapping[str, Mapping[str, str]]) -> bool:
        prefix = "kms:EncryptionContext:"
        context = {
            name.removeprefix(prefix): value
            for name, value in self.context.items()
            if name.startswith(prefix)
        }
        equal = constraints.get("EncryptionContextEquals")
        subset = constraints.get("EncryptionContextSubset") or {}
        return (not equal or equal == context) and subset.items() <= context.items()
