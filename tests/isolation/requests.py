"""Random policies and requests, with holes that nobody knows the content of.

Each hole is filled in two ways: the other evaluator decides the filled requests, ours the one with
the holes.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from terrace.assembly.symbols import UNKNOWN
from terrace.isolation.conditions import ABSENT, OPEN, Context, Key, as_text
from terrace.isolation.documents import statements
from terrace.isolation.evaluation import Answer, Principal, Request, decide

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitor"
OTHER = f"arn:aws:iam::{ACCOUNT}:role/other"
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
OBJECTS = ("arn:aws:s3:::north/a/b.csv", "arn:aws:s3:::north/c", "arn:aws:s3:::south/a/b.csv")
PATTERNS = (
    "*", "arn:aws:s3:::*", "arn:aws:s3:::north/*", "arn:aws:s3:::north/a/*", "arn:aws:s3:::?orth/*",
    "arn:aws:s3:::north/?", "arn:aws:s3:::south/*", "arn:aws:s3:::*/b.csv", *OBJECTS,
)  # fmt: skip
FAMILIES = {"arn:aws:s3:::north/*": OBJECTS[:2], "arn:aws:s3:::*/a/b.csv": OBJECTS[::2]}
ASKED = ("*", "s3:*", "s3:Get*", "s3:*Object", "S3:getobject", *ACTIONS)
SINGLE = {
    "aws:PrincipalTag/team": ("wear", "tear"),
    "aws:SourceArn": ("arn:aws:sns:us-east-1:123456789012:one", "arn:aws:sns:us-east-1:1:two"),
    "aws:PrincipalOrgID": ("o-one", "o-two"),
    "aws:SecureTransport": ("true", "false"),
}
MANY = {"aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com")}
VALUES = {
    "aws:PrincipalTag/team": ("wear", "Wear", "t*", "*ear", "?ear", "no"),
    "aws:SourceArn": ("arn:aws:sns:*:*:one", "arn:aws:sns:us-east-1:1:two", "arn:aws:sqs:*:*:*",
                      "arn:*:sns:*:123456789012:*"),
    "aws:PrincipalOrgID": ("o-one", "o-*", "x"),
    "aws:SecureTransport": ("true", "false"),
    "aws:CalledVia": ("athena.amazonaws.com", "*.amazonaws.com", "dynamodb.amazonaws.com"),
}  # fmt: skip
TEXTS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike",
         "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")  # fmt: skip
ARNS = ("ArnLike", "ArnEquals", "ArnNotLike", "ArnNotEquals")
_HOLE = "\ue100"  # with the hole's number behind it


@dataclass
class Case:
    """A request with holes.

    Attributes:
        documents: The policies: own, boundary, resource; with holes in their texts.
        context: The values of each key; None: a hole.
        resource: An ARN, or a family of which it is one.
        fillings: The two ways in which each hole may be filled.
    """

    action: str = ""
    resource: str = ""
    documents: dict[str, Any] = field(default_factory=dict)
    context: dict[str, tuple[str, ...] | None] = field(default_factory=dict)
    fillings: list[tuple[str, str]] = field(default_factory=list)

    def hole(self, one: str, other: str) -> str:
        """A text with which a policy may hold one of two texts."""
        self.fillings.append((one, other))
        return f"{_HOLE}{len(self.fillings) - 1};"

    def simulations(self) -> Iterator[dict[str, Any]]:
        """Each way in which all holes may be filled, as the other evaluator takes it."""
        ways = [(0, 1)] * len(self.fillings)
        resources = FAMILIES.get(self.resource, (self.resource,))
        open_keys = [key for key, values in self.context.items() if values is None]
        closed = {key: values for key, values in self.context.items() if values is not None}
        choices = itertools.product(*ways, resources, *[(0, 1)] * len(open_keys))
        for choice in choices:
            filled = choice[: len(ways)]
            held = dict(zip(open_keys, choice[len(ways) + 1 :], strict=True))
            context = closed | {key: (SINGLE[key][0],) for key, present in held.items() if present}
            yield self._simulation(filled, choice[len(ways)], context)

    def _simulation(
        self, filled: tuple[int, ...], resource: str, context: dict[str, tuple[str, ...]]
    ) -> dict[str, Any]:
        texts = [pair[way] for pair, way in zip(self.fillings, filled, strict=True)]
        documents = {name: _filled(one, texts) for name, one in self.documents.items()}
        simulation: dict[str, Any] = {
            "request": {
                "principal": ROLE,
                "action": self.action,
                "resource": {"resource": resource, "accountId": ACCOUNT},
                "contextVariables": {
                    key: list(values) if key in MANY else values[0]
                    for key, values in context.items()
                },
            },
            "identityPolicies": [{"name": "own", "policy": documents["own"]}],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
        }
        if "resource" in documents:
            simulation["resourcePolicy"] = documents["resource"]
        if "boundary" in documents:
            boundary = {"name": "boundary", "policy": documents["boundary"]}
            simulation["permissionBoundaryPolicies"] = [boundary]
        return simulation

    def answer(self) -> Answer:
        """What the proof's own evaluation makes of it, the holes unknown."""
        unknown = [UNKNOWN] * len(self.fillings)
        read = {
            name: list(statements(_filled(one, unknown), name))
            for name, one in self.documents.items()
        }
        principal = Principal(
            arn=ROLE, account=ACCOUNT, policies=read["own"], boundary=read.get("boundary")
        )
        keys = {
            key.lower(): OPEN
            if values is None
            else Key(values=tuple(map(as_text, values)), is_present=True, has_all=True)
            for key, values in self.context.items()
        }
        request = Request(
            action=self.action.lower(),
            resource=self.resource,
            context=Context(keys=keys, others=ABSENT),
        )
        return decide(principal, request, read.get("resource", ()))


def case(chance: random.Random) -> Case:
    """A random request, in half of all cases with one or two holes."""
    one = Case(action=chance.choice(ACTIONS), resource=chance.choice(OBJECTS))
    holes = chance.choice((0, 0, 1, 2))
    one.context = {key: (chance.choice(v),) for key, v in SINGLE.items() if chance.random() < 0.6}
    for key, values in MANY.items():
        if chance.random() < 0.6:
            one.context[key] = tuple(_some(chance, values))
    one.documents["own"] = policy(chance)
    if chance.random() < 0.4:
        one.documents["resource"] = policy(chance, principals=True)
    if chance.random() < 0.4:
        one.documents["boundary"] = policy(chance)
    for _ in range(holes):
        _open(chance, one)
    return one


def _open(chance: random.Random, one: Case) -> None:
    """Makes something unknown: a key, the resource, or a text of a policy."""
    kind = chance.choice(("key", "family", "resource", "value"))
    if kind == "key":
        one.context[chance.choice(list(SINGLE))] = None
    elif kind == "family":
        one.resource = chance.choice(list(FAMILIES))
    else:
        document = one.documents[chance.choice(list(one.documents))]
        statement = chance.choice(document["Statement"])
        if kind == "resource":
            key = "Resource" if "Resource" in statement else "NotResource"
            statement[key].append(one.hole(*chance.sample(PATTERNS, 2)))
        elif "Condition" in statement:
            ((_, keys),) = statement["Condition"].items()
            ((key, values),) = keys.items()
            if isinstance(values, list):
                values.append(one.hole(*chance.sample(VALUES[key], 2)))


def _filled(value: Any, texts: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(part, texts) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, texts) for part in value]
    if isinstance(value, str) and value.startswith(_HOLE):
        return texts[int(value[1:-1])]
    return value


def _some(chance: random.Random, choices: tuple[str, ...], most: int = 2) -> list[str]:
    return chance.sample(choices, chance.randint(1, most))


def _condition(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.25:
        (key,) = MANY
        quantifier = chance.choice(("ForAllValues:", "ForAnyValue:"))
        operator = quantifier + chance.choice(TEXTS[:4])
        return {operator: {key: _some(chance, VALUES[key])}}
    key = chance.choice(list(SINGLE))
    if chance.random() < 0.15:
        return {"Null": {key: chance.choice(("true", "false"))}}
    if key == "aws:SecureTransport":
        return {"Bool" + chance.choice(("", "IfExists")): {key: chance.choice(VALUES[key])}}
    operator = chance.choice(ARNS if key == "aws:SourceArn" else TEXTS)
    operator += chance.choice(("", "", "IfExists"))
    return {operator: {key: _some(chance, VALUES[key])}}


def _statement(chance: random.Random, principals: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"Effect": chance.choice(("Allow", "Allow", "Allow", "Deny"))}
    written["NotAction" if chance.random() < 0.1 else "Action"] = _some(chance, ASKED)
    written["NotResource" if chance.random() < 0.1 else "Resource"] = _some(chance, PATTERNS)
    if chance.random() < 0.4:
        written["Condition"] = _condition(chance)
    if principals:
        root = f"arn:aws:iam::{ACCOUNT}:root"
        written["Principal"] = chance.choice(
            ("*", {"AWS": ROLE}, {"AWS": OTHER}, {"AWS": root}, {"AWS": [ROLE, OTHER]})
        )
    return written


def policy(chance: random.Random, *, principals: bool = False) -> dict[str, Any]:
    """A random policy over a few actions, objects and condition keys."""
    written = [_statement(chance, principals) for _ in range(chance.randint(1, 3))]
    return {"Version": "2012-10-17", "Statement": written}
