"""The steps of the smoke test, in their order; each returns one sentence of what it observed."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from examples.demo import data
from examples.demo.operator import GaveUp, Operator
from examples.demo.stage import MODEL
from examples.smoke.account import SETTINGS, TENANTS, Account, client
from examples.smoke.leftovers import find_leftovers
from terrace.names import PLATFORM_STACK

_MILLS = {"smoke-light": "workshop", "smoke-smb": "north-mill"}


@dataclass(kw_only=True)
class Run:
    """One run of the smoke test."""

    account: Account
    mills: Mapping[str, Path] = field(default_factory=dict)

    @property
    def operators(self) -> list[Operator]:
        """The operators of both tenants."""
        return [self.account.operator(tenant) for tenant in TENANTS]

    def data(self, operator: Operator) -> Path:
        """The folder with a tenant's training set and traffic."""
        return self.mills[_MILLS[operator.tenant]]

    def on_both(self, act: Callable[[Operator], str]) -> str:
        """Does something for both tenants at once."""
        with ThreadPoolExecutor() as pool:
            return "; ".join(pool.map(act, self.operators))


def examine(run: Run) -> str:
    """The doctor has nothing to object, and no Terrace is deployed that this would change."""
    stacks = client("cloudformation").get_paginator("describe_stacks").paginate()
    names = {stack["StackName"] for page in stacks for stack in page["Stacks"]}
    if PLATFORM_STACK in names:
        raise GaveUp(
            f"{PLATFORM_STACK} is deployed here already, and the smoke test would replace and then "
            "destroy it; use another account or region"
        )
    findings = json.loads(run.account.run("terrace", "doctor", str(SETTINGS), "--json"))
    return f"{len(findings)} checks of the account, no problem"


def deploy(run: Run) -> str:
    """Both tenants' stacks and the platform's."""
    run.account.cdk("deploy", "--require-approval", "never")
    return "cdk deploy made all stacks"


def train(run: Run) -> str:
    """A version of each tenant's model, registered."""
    run.mills = data.write(run.account.folder)
    return run.on_both(lambda operator: _train(run, operator, trees=30))


def _train(run: Run, operator: Operator, **parameters: object) -> str:
    operator.succeeded(operator.train(run.data(operator) / "training.parquet", **parameters))
    version = operator.newest_version().rpartition("/")[2]
    return f"{operator.tenant} registered version {version}"


def approve(run: Run) -> str:
    """The first version serves."""
    return run.on_both(lambda operator: _roll_out(run, operator, asked=False))


def _roll_out(run: Run, operator: Operator, *, asked: bool) -> str:
    requests = list(data.requests(run.data(operator), "normal"))
    # A version that nobody asks while its traffic is watched goes back.
    traffic = operator.asked_meanwhile(requests) if asked else nullcontext()
    with traffic:
        ended = operator.decide(operator.newest_version(), "Approved")
    outcome = json.loads(ended.get("output", "{}")).get("outcome")
    if outcome != "deployed":
        raise GaveUp(f"{operator.tenant}: the rollout ended {ended['status']}, {outcome}: {ended}")
    return f"{operator.tenant} serves version {operator.running_version().rpartition('/')[2]}"


def monitor(run: Run) -> str:
    """Traffic is answered, captured, and checked."""
    return run.on_both(lambda operator: _monitor(run, operator))


def _monitor(run: Run, operator: Operator) -> str:
    requests = list(data.requests(run.data(operator), "normal"))
    for place, request in enumerate(requests):
        operator.invoke(request, data.inference_id("normal", place))
    operator.captured_records(len(requests))
    now = datetime.now(UTC)
    report = operator.check("data-quality", now - timedelta(hours=2), now + timedelta(hours=1))
    if report["records"] < len(requests):
        raise GaveUp(
            f"{operator.tenant}: {len(requests)} requests, but {report['records']} records"
        )
    return (
        f"{operator.tenant} answered {len(requests)} requests, "
        f"{report['records']} captured records checked"
    )


def replace(run: Run) -> str:
    """A second version is trained, approved, and rolled out under traffic."""
    run.on_both(lambda operator: _train(run, operator, trees=40))
    return run.on_both(lambda operator: _roll_out(run, operator, asked=True))


def roll_back(run: Run) -> str:
    """The first version serves again."""

    def back(operator: Operator) -> str:
        requests = list(data.requests(run.data(operator), "normal"))
        with operator.asked_meanwhile(requests):
            run.account.run(
                "terrace", "rollback", operator.tenant, MODEL, "--settings", str(SETTINGS)
            )
        version = operator.running_version().rpartition("/")[2]
        if version != "1":
            raise GaveUp(f"{operator.tenant} serves version {version} after a rollback to 1")
        return f"{operator.tenant} serves version 1 again"

    # One after another: each writes the command's log.
    return "; ".join(back(operator) for operator in run.operators)


def destroy(run: Run) -> str:
    """Nothing of the two tenants is left."""
    for operator in run.operators:
        if _exists(operator):
            operator.forget_versions()
    run.account.cdk("destroy", "--force")
    if left := list(find_leftovers(client, TENANTS)):
        raise GaveUp(f"cdk destroy left {', '.join(left)}")
    return "cdk destroy left nothing of the two tenants"


def _exists(operator: Operator) -> bool:
    groups: Any = client("sagemaker").list_model_package_groups(NameContains=operator.tenant)
    return bool(groups["ModelPackageGroupSummaryList"])


# How many training jobs the steps run: two versions of each tenant.
TRAININGS = 2 * len(TENANTS)
# `destroy` always runs, also after a step that failed.
STEPS: Mapping[str, Callable[[Run], str]] = {
    "examine": examine,
    "deploy": deploy,
    "train": train,
    "approve": approve,
    "monitor": monitor,
    "replace": replace,
    "roll-back": roll_back,
}
