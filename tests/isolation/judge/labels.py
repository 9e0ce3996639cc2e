"""Whether a mistake is a breach: it is deployed, and whoever it may have let in attacks."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from terrace.assembly.templates import Templates
from terrace.isolation.proof import prove

from .attacks import Attack, Client, Target, attacks
from .calls import UPWARD
from .deployment import ATTACKER, NEIGHBOUR, Deployment
from .deputies import own_alarm_reaches, services_let_in
from .mutations import Mutation
from .rules import crossed

BREACH, HARMLESS, REFUSED = "breach", "harmless", "refused"
_ATTACHED = ("Bucket", "Topics", "Queues", "FunctionName")
_PASSED_BY = ("cloudformation", "lambda", "sagemaker")
_ROLES = ("Role", "RoleArn", "ExecutionRoleArn", "RoleARN")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a mistake is, and what the proof says.

    Attributes:
        mutation: The mistake.
        label: A breach, harmless, or refused by CloudFormation.
        successes: The attacks that worked.
        answers: The proof's breaches.
        why: CloudFormation's reason for a refusal.
    """

    mutation: Mutation
    label: str
    successes: tuple[str, ...]
    answers: tuple[str, ...]
    why: str = ""

    @property
    def is_miss(self) -> bool:
        """Whether the proof passes a breach."""
        return self.label == BREACH and not self.answers

    def __str__(self) -> str:
        answer = "caught" if self.answers else "passed"
        why = [*self.successes[:2], *filter(None, [self.why]), *self.answers[:1]]
        return "\n  ".join([f"{self.label}, {answer}: {self.mutation}", *why])


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Labels mistakes on a deployment."""

    deployment: Deployment
    _before: dict[tuple[str, str], bool] = field(default_factory=dict)

    def judge(self, mutation: Mutation) -> Verdict:
        """Deploys a mistake, attacks, takes it back, and asks the proof."""
        deployment, original = self.deployment, self.deployment.templates[mutation.stack]
        answers = _answers(deployment, mutation)
        tried = [one for one in _tried(deployment, mutation) if not self._is_let_before(*one)]
        why = deployment.update(mutation.stack, mutation.template)
        if why:
            return Verdict(mutation=mutation, label=REFUSED, successes=(), answers=answers, why=why)
        try:
            let = [one for one in tried if one[2].is_let(one[1])]
            successes = [f"{who}: {attack.title}" for who, _, attack in let]
            successes += _worn_roles(deployment, mutation)
            successes += services_let_in(deployment, mutation, _guarded(deployment, mutation))
            successes += own_alarm_reaches(deployment, mutation)
            successes += crossed(deployment, mutation)
        finally:
            if refused := deployment.update(mutation.stack, original):
                raise AssertionError(f"the stack does not go back after {mutation}: {refused}")
        assert not any(attack.is_let(client) for _, client, attack in let), mutation
        label = BREACH if successes else HARMLESS
        return Verdict(mutation=mutation, label=label, successes=tuple(successes), answers=answers)

    def _is_let_before(self, who: str, client: Client, attack: Attack) -> bool:
        """Whether an attack works without any mistake."""
        key = (who, f"{attack.title} {attack.parameters}")
        if key not in self._before:
            self._before[key] = attack.is_let(client)
        return self._before[key]


def _answers(deployment: Deployment, mutation: Mutation) -> tuple[str, ...]:
    templates = {**deployment.templates, mutation.stack: mutation.template}
    return tuple(str(one) for one in prove(Templates(templates)).breaches)


def _tried(deployment: Deployment, mutation: Mutation) -> Iterator[tuple[str, Client, Attack]]:
    """Who may have got more rights by a mistake, and what these try."""
    others, own = deployment.of(NEIGHBOUR), deployment.of(ATTACKER)
    if mutation.family == "identity":
        prefixes = _prefixes(mutation)
        for role in _wearers(deployment, mutation):
            client = deployment.worn(role)
            for attack in (*attacks(others), *attacks(own, UPWARD)):
                if not prefixes or attack.prefix in prefixes:
                    yield role.id, client, attack
        return
    attacked = _guarded(deployment, mutation)
    for attack in attacks(attacked):
        yield "nobody", deployment.nobody(), attack
        for role in deployment.roles(NEIGHBOUR):
            yield role.id, deployment.worn(role), attack


def _wearers(deployment: Deployment, mutation: Mutation) -> Iterator[Target]:
    targets = deployment.targets[mutation.stack]
    for role in mutation.resource["Properties"].get("Roles", ()):
        yield targets[role["Ref"]]


def _prefixes(mutation: Mutation) -> frozenset[str]:
    """The services whose actions a statement is about, as it was and is; empty: all."""
    prefixes = {"sts"} if "assume" in json.dumps(mutation.after).lower() else set()
    for statement in filter(None, (mutation.before, mutation.after)):
        actions = statement.get("Action", "*")
        for action in actions if isinstance(actions, list) else [actions]:
            if action == "*" or "NotAction" in statement:
                return frozenset()
            service = action.partition(":")[0]
            # Roles are passed by the calls of the services that they are passed to.
            prefixes |= {service, *_PASSED_BY} if service == "iam" else {service}
    return frozenset(prefixes)


def _guarded(deployment: Deployment, mutation: Mutation) -> list[Target]:
    """What a resource's policy or property is about."""
    targets = deployment.targets[mutation.stack]
    written = mutation.resource.get("Properties", {})
    names = _referred([written.get(key) for key in _ATTACHED])
    return [targets[one] for one in (*names, mutation.logical_id) if one in targets]


def _referred(value: Any) -> list[str]:
    match value:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            return [name]
        case dict() | list():
            parts: Iterable[Any] = value.values() if isinstance(value, dict) else value
            return [name for part in parts for name in _referred(part)]
    return []


def _worn_roles(deployment: Deployment, mutation: Mutation) -> Iterator[str]:
    """Whether what runs in the tenant's stack was given a role of the neighbour's."""
    if mutation.family != "property":
        return
    roles = {role.arn for role in deployment.roles(NEIGHBOUR)}
    for name, value in mutation.after.items():
        if name in _ROLES and value in roles:
            yield f"{mutation.logical_id} runs with {value}"
