"""A key policy decides, as a whole and by each of its parts."""

import json
from typing import Any

import pytest
from ministack.core import iam_evaluator

from localcloud.hooks.keys import Caller, Key
from localcloud.keys.authorization import denial
from localcloud.keys.principals import Naming, naming

ACCOUNT, OTHER = "111122223333", "444455556666"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/session"
USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1"
READ = "kms:Decrypt"


def statements(*written: dict[str, Any]) -> list[Any]:
    parsed: list[Any] = iam_evaluator.parse_policy_document({"Statement": list(written)})
    return parsed


MAY_READ = statements({"Effect": "Allow", "Action": READ, "Resource": "*"})


def session(**members: Any) -> Caller:
    return Caller(**{"arn": SESSION, "account": ACCOUNT, "role_arn": ROLE, **members})


def key(*written: dict[str, Any], **members: Any) -> Key:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(written)})
    return Key(arn=KEY, state="Enabled", policy=policy, **members)


def allow(principal: Any, action: str = READ, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return {**statement, "Condition": condition}


def deny(**members: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": READ, "Resource": "*", **members}


def reason(caller: Caller, of: Key, **context: Any) -> str:
    """The end of the denial's message, or an empty text where the use is allowed."""
    denied = denial(caller, READ, of, context)
    return denied.message.partition(f"on resource: {KEY} ")[2] if denied else ""


NO_KEY_POLICY = f"because no resource-based policy allows the {READ} action"
NO_IDENTITY_POLICY = f"because no identity-based policy allows the {READ} action"


@pytest.mark.parametrize(
    ("principal", "closeness"),
    [
        ("*", Naming.PRINCIPAL),
        ({"AWS": "*"}, Naming.PRINCIPAL),
        ({"AWS": ROLE}, Naming.PRINCIPAL),
        ({"AWS": [USER, SESSION]}, Naming.EXACT),
        ({"AWS": ROOT}, Naming.ACCOUNT),
        ({"AWS": ACCOUNT}, Naming.ACCOUNT),
        ({"AWS": USER}, Naming.NOT),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}, Naming.NOT),  # the path is missing
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/*"}, Naming.NOT),  # no wildcards in an ARN
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, Naming.NOT),
        ({"Service": "s3.amazonaws.com"}, Naming.NOT),
        ({"AWS": ROOT, "Service": "s3.amazonaws.com"}, Naming.ACCOUNT),
        ({"Federated": "cognito-identity.amazonaws.com"}, Naming.NOT),
    ],
)
def test_a_principal_names_a_session(principal: Any, closeness: Naming) -> None:
    assert naming({"Principal": principal}, session()) == closeness


def test_the_root_user_is_named_by_its_account() -> None:
    root = Caller(arn=ROOT, account=ACCOUNT, policies=None)
    assert naming({"Principal": {"AWS": ROOT}}, root) == Naming.EXACT
    assert reason(root, key(allow({"AWS": ROOT}))) == ""
    assert reason(root, key(allow({"AWS": USER}))) == NO_KEY_POLICY


def test_an_account_in_the_key_policy_leaves_it_to_identity_based_policies() -> None:
    delegating = key(allow({"AWS": ROOT}, "kms:*"))
    assert reason(session(), delegating) == NO_IDENTITY_POLICY
    assert reason(session(policies=MAY_READ), delegating) == ""


def test_identity_based_policies_count_for_nothing_otherwise() -> None:
    assert reason(session(policies=MAY_READ), key()) == NO_KEY_POLICY
    assert reason(session(policies=MAY_READ), key(allow({"AWS": USER}))) == NO_KEY_POLICY


def test_a_key_policy_alone_allows_who_is_named() -> None:
    assert reason(session(), key(allow({"AWS": ROLE}))) == ""


def test_another_account_needs_both() -> None:
    arn = f"arn:aws:iam::{OTHER}:user/eve"
    for principal in (arn, f"arn:aws:iam::{OTHER}:root"):
        of = key(allow({"AWS": principal}))
        assert reason(Caller(arn=arn, account=OTHER), of) == NO_IDENTITY_POLICY
        assert reason(Caller(arn=arn, account=OTHER, policies=MAY_READ), of) == ""
    assert reason(Caller(arn=arn, account=OTHER, policies=MAY_READ), key()) == NO_KEY_POLICY


def test_a_deny_wins_wherever_it_is() -> None:
    named, denied = allow({"AWS": SESSION}), statements(deny())
    assert reason(session(policies=denied), key(named)).endswith("an identity-based policy")
    bounded = session(limits=[("permissions boundary", denied)])
    assert reason(bounded, key(named)).endswith("deny in a permissions boundary")
    for principal in ("*", {"AWS": ROOT}, {"AWS": ROLE}, {"AWS": SESSION}):
        of = key(named, deny(Principal=principal))
        assert reason(session(), of) == "with an explicit deny in a resource-based policy"


def test_not_principal_spares_only_a_session_with_its_role_and_account() -> None:
    named = allow({"AWS": SESSION})
    spared = key(named, deny(NotPrincipal={"AWS": [SESSION, ROLE, ROOT]}))
    assert reason(session(), spared) == ""
    for excepted in ([SESSION], [ROLE, ROOT], [SESSION, ROLE], [USER]):
        of = key(named, deny(NotPrincipal={"AWS": excepted}))
        assert reason(session(), of) == "with an explicit deny in a resource-based policy"


def test_a_boundary_limits_a_role_and_not_a_session_that_is_named() -> None:
    bounded = session(limits=[("permissions boundary", [])], policies=MAY_READ)
    no_boundary = f"because no permissions boundary allows the {READ} action"
    assert reason(bounded, key(allow({"AWS": ROLE}))) == no_boundary
    assert reason(bounded, key(allow({"AWS": ROOT}))) == no_boundary
    assert reason(bounded, key(allow({"AWS": SESSION}))) == ""


def test_a_service_is_named_by_its_principal_only() -> None:
    events = Caller(arn="events.amazonaws.com", account="")
    assert reason(events, key(allow({"AWS": ROOT}, "kms:*"))) == NO_KEY_POLICY
    assert reason(events, key(allow({"Service": "sns.amazonaws.com"}))) == NO_KEY_POLICY
    assert reason(events, key(allow({"Service": ["sns.amazonaws.com", events.arn]}))) == ""


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": {"kms:ViaService": "s3"}}, {"kms:ViaService": "s3"}, True),
        ({"StringEquals": {"kms:ViaService": "s3"}}, {}, False),
        ({"StringEqualsIfExists": {"kms:ViaService": "s3"}}, {}, True),
        ({"StringEqualsIfExists": {"kms:ViaService": "s3"}}, {"kms:ViaService": "sqs"}, False),
        ({"StringNotEquals": {"kms:ViaService": "s3"}}, {}, True),
        ({"Null": {"kms:EncryptionContext:a": "false"}}, {"kms:EncryptionContext:a": "1"}, True),
        ({"Null": {"kms:EncryptionContext:a": False}}, {}, False),
        ({"Bool": {"kms:GrantIsForAWSResource": True}},
         {"kms:GrantIsForAWSResource": "true"}, True),
        ({"Bool": {"kms:GrantIsForAWSResource": "true"}}, {}, False),
        ({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}},
         {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::north-*"}},
         {"aws:SourceArn": "arn:aws:s3:::north-data"}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::north-*"}},
         {"aws:SourceArn": "arn:aws:s3:::south-data"}, False),
        ({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}},
         {"kms:EncryptionContextKeys": ["b", "c"]}, True),
        ({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}},
         {"kms:EncryptionContextKeys": ["b", "c"]}, False),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, {}, True),
        ({"ArnEquals": {"aws:PrincipalArn": ROLE}}, {}, True),
        ({"ArnEquals": {"aws:PrincipalArn": SESSION}}, {}, False),
        ({"StringEquals": {"aws:ResourceTag/tenant": "north"}}, {}, True),
        ({"StringEquals": {"aws:ResourceTag/tenant": "south"}}, {}, False),
    ],
)  # fmt: skip
def test_conditions_hold_as_documented(
    condition: dict[str, Any], context: dict[str, Any], holds: bool
) -> None:
    of = key(allow({"AWS": ROLE}, **condition), tags={"tenant": "north"})
    assert (reason(session(), of, **context) == "") == holds
