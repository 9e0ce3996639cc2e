# ruff: noqa: E501  # a sentence of a page
"""Pictures of the state machines, made from their definitions.

python -m pipelines.pictures > docs/state-machines.md
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pipelines import approval, monitoring, training

_HEAD = """\
# The state machines

Made from the definitions (`pipelines/`) by `python -m pipelines.pictures`. A dotted line is the way of an error; a rounded box ends the execution.
"""
_PEOPLE = 2
_TENANT, _BUS = "a-tenant", "bus"


def _named(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


def definitions() -> Mapping[str, dict[str, Any]]:
    """Each state machine of a tenant, by its title."""
    return {
        "Training": training.Training(
            tenant=_TENANT, event_bus=_BUS, functions=_named(training.FUNCTIONS)
        ).definition(),
        "Approval": approval.Approval(
            tenant=_TENANT,
            event_bus=_BUS,
            rollouts_table="rollouts",
            rollout_role_arn="role",
            approvers=_PEOPLE,
            longest_test_seconds=0,
            longest_rollout_seconds=0,
            functions=_named(approval.FUNCTIONS),
        ).definition(),
        "Monitoring": monitoring.Monitoring(
            tenant=_TENANT,
            event_bus=_BUS,
            bucket="bucket",
            functions=_named(monitoring.FUNCTIONS),
            spark=monitoring.Spark(
                application_id="application", role_arn="role", key_arn="key", region="region"
            ),
        ).definition(),
    }


def page() -> str:
    """All of them, in Markdown with Mermaid."""
    parts = [_HEAD]
    for title, definition in definitions().items():
        told = f"## {title}\n\n{definition['Comment']}\n"
        parts.append(f"{told}\n```mermaid\n{diagram(definition)}\n```\n")
    return "\n".join(parts)


def diagram(definition: Mapping[str, Any]) -> str:
    """A flowchart of one definition."""
    return "\n".join(["flowchart TD", *_lines(definition)])


def _lines(definition: Mapping[str, Any]) -> Iterator[str]:
    for name, state in definition["States"].items():
        ends = state["Type"] in ("Succeed", "Fail") or state.get("End")
        shape = f"{{{{{name}}}}}" if state["Type"] == "Choice" else f"[{name}]"
        yield f"    {name}{f'([{name}])' if ends else shape}"
        for one in state.get("Choices", ()):
            yield f"    {name} -->|yes| {one['Next']}"
        if "Default" in state:
            yield f"    {name} -->|no| {state['Default']}"
        if "Next" in state:
            yield f"    {name} --> {state['Next']}"
        for then in dict.fromkeys(one["Next"] for one in state.get("Catch", ())):
            if then != state.get("Next"):
                yield f"    {name} -.-> {then}"


if __name__ == "__main__":
    sys.stdout.write(page())
