"""Our evaluation of policies against one that is not ours, on thousands of random requests."""

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from terrace.isolation.documents import statements
from terrace.isolation.evaluation import Principal, Request, allowed

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitor"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/other"
SIMULATE = Path(__file__).with_name("simulate.mjs")
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
OBJECTS = ("arn:aws:s3:::north/a/b.csv", "arn:aws:s3:::north/c", "arn:aws:s3:::south/a/b.csv")
PATTERNS = (
    "*", "arn:aws:s3:::*", "arn:aws:s3:::north/*", "arn:aws:s3:::north/a/*", "arn:aws:s3:::?orth/*",
    "arn:aws:s3:::north/?", "arn:aws:s3:::south/*", "arn:aws:s3:::*/b.csv", *OBJECTS,
)  # fmt: skip
ASKED = ("*", "s3:*", "s3:Get*", "s3:*Object", "S3:getobject", *ACTIONS)
KEYS = {
    "aws:PrincipalTag/team": ("wear", "tear"),
    "aws:SourceArn": ("arn:aws:sns:us-east-1:123456789012:one", "arn:aws:sns:us-east-1:1:two"),
    "aws:PrincipalOrgID": ("o-one", "o-two"),
}
VALUES = {
    "aws:PrincipalTag/team": ("wear", "Wear", "t*", "*ear", "?ear", "no"),
    "aws:SourceArn": ("arn:aws:sns:*:*:one", "arn:aws:sns:us-east-1:1:two", "arn:aws:sqs:*:*:*"),
    "aws:PrincipalOrgID": ("o-one", "o-*", "x"),
}
TEXTS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike",
         "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")  # fmt: skip
ARNS = ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals")


def some(chance: random.Random, choices: tuple[str, ...], most: int = 2) -> list[str]:
    return chance.sample(choices, chance.randint(1, most))


def condition(chance: random.Random) -> dict[str, Any]:
    key = chance.choice(list(KEYS))
    if chance.random() < 0.15:
        return {"Null": {key: chance.choice(("true", "false"))}}
    operator = chance.choice(ARNS if key == "aws:SourceArn" else TEXTS)
    operator += chance.choice(("", "", "IfExists"))
    return {operator: {key: some(chance, VALUES[key])}}


def statement(chance: random.Random, principals: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"Effect": chance.choice(("Allow", "Allow", "Allow", "Deny"))}
    told["NotAction" if chance.random() < 0.1 else "Action"] = some(chance, ASKED)
    told["NotResource" if chance.random() < 0.1 else "Resource"] = some(chance, PATTERNS)
    if chance.random() < 0.4:
        told["Condition"] = condition(chance)
    if principals:
        root = f"arn:aws:iam::{ACCOUNT}:root"
        who = chance.choice(
            ("*", {"AWS": ROLE}, {"AWS": OTHER}, {"AWS": root}, {"AWS": [ROLE, OTHER]})
        )
        told["Principal"] = who
    return told


def policy(chance: random.Random, *, principals: bool = False) -> dict[str, Any]:
    told = [statement(chance, principals) for _ in range(chance.randint(1, 3))]
    return {"Version": "2012-10-17", "Statement": told}


def simulation(chance: random.Random) -> dict[str, Any]:
    context = {key: chance.choice(values) for key, values in KEYS.items() if chance.random() < 0.6}
    told: dict[str, Any] = {
        "request": {
            "principal": ROLE,
            "action": chance.choice(ACTIONS),
            "resource": {"resource": chance.choice(OBJECTS), "accountId": ACCOUNT},
            "contextVariables": context,
        },
        "identityPolicies": [{"name": "own", "policy": policy(chance)}],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
    }
    if chance.random() < 0.4:
        told["resourcePolicy"] = policy(chance, principals=True)
    if chance.random() < 0.4:
        told["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": policy(chance)}]
    return told


def ours(told: dict[str, Any]) -> bool:
    asked = told["request"]
    (own,) = told["identityPolicies"]
    boundary = told.get("permissionBoundaryPolicies")
    principal = Principal(
        arn=ROLE,
        account=ACCOUNT,
        policies=list(statements(own["policy"], "own")),
        boundary=list(statements(boundary[0]["policy"], "boundary")) if boundary else None,
    )
    request = Request(
        action=asked["action"].lower(),
        resource=asked["resource"]["resource"],
        context={key.lower(): (value,) for key, value in asked["contextVariables"].items()},
        known=True,
    )
    theirs = list(statements(told.get("resourcePolicy", {}), "resource"))
    return allowed(principal, request, theirs) is not None


@pytest.fixture(scope="module")
def decided() -> list[tuple[dict[str, Any], Any]]:
    chance = random.Random(4)
    asked = [simulation(chance) for _ in range(4000)]
    done = subprocess.run(
        ["node", str(SIMULATE)],
        input="\n".join(map(json.dumps, asked)),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(zip(asked, map(json.loads, done.stdout.splitlines()), strict=True))


def test_both_decide_alike(decided: list[tuple[dict[str, Any], Any]]) -> None:
    unlike = [(told, verdict) for told, verdict in decided if ours(told) != (verdict == "Allowed")]
    assert unlike[:1] == []


def test_both_verdicts_are_many(decided: list[tuple[dict[str, Any], Any]]) -> None:
    verdicts = [verdict for _, verdict in decided]
    assert set(map(str, verdicts)) <= {"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"}
    assert 500 < verdicts.count("Allowed") < 3500
