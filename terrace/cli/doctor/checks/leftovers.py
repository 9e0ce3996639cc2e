"""Whether an earlier deployment failed half-way."""

from collections.abc import Iterator

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks.ownership import statuses
from terrace.cli.doctor.finding import Finding, ok, problem, warning

_CHECK = "leftovers"
_DELETE = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Looks at the status of the stacks that exist."""
    existing = statuses(account, assembly)
    findings = [finding for name, status in existing.items() for finding in _read(name, status)]
    if findings:
        yield from findings
    elif existing:
        yield ok(
            _CHECK, f"{len(existing)} of {len(assembly.stacks)} stacks exist and can be updated"
        )
    else:
        yield ok(_CHECK, "a first deployment: none of the stacks exists")


def _read(name: str, status: str) -> Iterator[Finding]:
    state = f"stack {name} is in {status}"
    if status in _DELETE:
        yield problem(
            _CHECK,
            f"{state}, from which CloudFormation updates no stack",
            f"read its events, then `aws cloudformation delete-stack --stack-name {name}`",
        )
    elif status == "UPDATE_ROLLBACK_FAILED":
        yield problem(
            _CHECK,
            state,
            f"`aws cloudformation continue-update-rollback --stack-name {name}`",
        )
    elif status.endswith("_IN_PROGRESS"):
        yield warning(_CHECK, state, "wait until it has ended, then ask again")
