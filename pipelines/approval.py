"""The approval state machine: what becomes of a version that a person approved or rejected.

    Lock -> Verify -> Deploy (the endpoint's stack) -> Canary -> SmokeTest -> LookAgain -> Record
    -> Unlock -> TellFinished

Where two people must approve, the first approval is kept and the version is sent back. Before
`Deploy`, a candidate may be mirrored to (`Shadow`), and then have a share of the traffic (`Split`).

The version that serves is changed as infrastructure is: by updating the endpoint's stack with
another `ModelPackageArn`. A smoke test that fails sets the parameter back, and so does a rejection
that came while the version was rolled out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.candidate import STEP_SECONDS, Candidate
from pipelines.lock import NOT_MINE, taken_off, taken_on
from pipelines.outcomes import anyway, failing, finished
from pipelines.records import records
from pipelines.stack_update import POLL_SECONDS, TOLD, StackUpdate
from pipelines.states import (
    State,
    States,
    call,
    caught,
    choice,
    expression,
    invoke,
    machine,
    remember,
    tell,
)
from terrace.events import APPROVED, UNTESTED, Outcome, RolloutFinished
from terrace.names import NO_VERSION, SEPARATOR
from terrace.rollouts import KEY

FUNCTIONS = ("verify", "compare", "ab_test", "canary", "smoke_test")

_SPARE_SECONDS = 3600  # for everything but tests and updates of the stack
# Step Functions ends an execution after 25,000 events; a look at a stack makes about ten.
_MOST_LOOKS = 2000


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What the approval state machine works with."""

    tenant: str
    event_bus: str
    rollouts_table: str
    rollout_role_arn: str
    approvers: int  # different people who must approve a version
    longest_test_seconds: int  # that a candidate of any model is beside the one that serves
    longest_rollout_seconds: int  # that the updates of any model's stack take, there and back
    functions: Mapping[str, str]  # ARNs by name; `ab_test` where some model has such tests

    def definition(self) -> dict[str, Any]:
        """The state machine."""
        states = self._decision() | self._lock() | self._rollout() | self._way_back()
        return machine(
            "Begin",
            states | self._endings(),
            comment=f"Rolls approved versions of the models of {self.tenant} out, one at a time.",
            seconds=self._timeout_seconds,
        )

    @property
    def _splits(self) -> bool:
        return "ab_test" in self.functions

    @property
    def _timeout_seconds(self) -> int:
        return _SPARE_SECONDS + self.longest_rollout_seconds + self.longest_test_seconds

    @property
    def _poll_seconds(self) -> int:
        return max(POLL_SECONDS, -(-self.longest_rollout_seconds // _MOST_LOOKS))

    def _decision(self) -> States:
        """Reads the event. Its ARN and status are enough, so a person can start it too."""
        about = {
            "arn": expression("$states.input.detail.ModelPackageArn"),
            "model": expression(
                '$substringAfter($split($states.input.detail.ModelPackageArn, "/")[1], '
                f'"{SEPARATOR}")'
            ),
            "version": expression('$number($split($states.input.detail.ModelPackageArn, "/")[-1])'),
            "status": expression("$states.input.detail.ModelApprovalStatus"),
            # A way back to what has served before must not wait for an hour of traffic.
            "tested": expression(f"$not($exists($states.input.detail.{UNTESTED}))"),
            "description": expression(
                "$exists($states.input.detail.ApprovalDescription)"
                " ? $states.input.detail.ApprovalDescription : 'no reason was given'"
            ),
            "seen": "",  # what the tests found, in words
            "replaced": NO_VERSION,
            # Whoever goes back has tried a version even where it cannot be verified any more.
            "tried": expression(f"$exists($states.input.detail.{UNTESTED})"),
        }
        return {
            "Begin": remember(about, "Decision"),
            "Decision": choice('$status = "Approved"', "Lock", "Rejected"),
            "Rejected": remember(
                finished(
                    "rejected", expression("'Rejected in the model registry: ' & $description")
                ),
                "ForgetApprovals",
            ),
            # Who approved it before does not count when it is approved again.
            "ForgetApprovals": call(
                "dynamodb:deleteItem",
                {
                    "TableName": self.rollouts_table,
                    "Key": {KEY: {"S": expression("'approvals of ' & $arn")}},
                },
            )
            | {"Catch": anyway("TellFinished"), "Next": "TellFinished"},
        }

    def _lock(self) -> States:
        taken = {"ErrorEquals": [NOT_MINE], "Next": "WaitForTurn"}
        # A lock that cannot be taken off expires; that is no reason not to tell.
        unlock = taken_off(self.rollouts_table) | {"Catch": anyway("TellFinished")}
        return {
            "Lock": taken_on(self.rollouts_table, seconds=self._timeout_seconds)
            | {"Catch": [taken, failing("TellFinished")], "Next": "Verify"},
            "WaitForTurn": {"Type": "Wait", "Seconds": POLL_SECONDS, "Next": "Lock"},
            **records(self.rollouts_table, then="Unlock"),
            "Unlock": unlock | {"Next": "TellFinished"},
        }

    def _rollout(self) -> States:
        deploys = "IsSplit" if self._splits else "Deploy"
        candidate = Candidate(functions=self.functions, update=self._update, deploys=deploys)
        undone = '$stack.status = "UPDATE_ROLLBACK_COMPLETE" ? "rolled-back" : "failed"'
        # Who goes back says why, and that is told.
        told = "$checked.reason & $seen"
        reason = expression(f"$tested ? {told} : $description & '. ' & {told}")
        older = expression(
            "'Version ' & $version & ' is older than the one that runs, '"
            " & $checked.current_model_package_arn"
        )
        not_through = f"'The update did not go through: ' & {TOLD}"
        not_deployed = {
            "outcome": expression(undone),
            "reason": expression(f"($tested ? '' : $description & '. ') & {not_through}"),
            "error": "StackUpdateFailed",
        }
        return {
            "Verify": self._verify()
            | {
                # Somebody else can still approve what this approval does not count for.
                "Catch": [
                    failing("SendBack") | {"ErrorEquals": ["ApprovalRefused"]},
                    failing("Ended"),
                ],
                "Next": "IsNew",
            },
            "IsNew": choice("$checked.already_deployed", "AlreadyDeployed", "IsOlder"),
            # Only who asks for the way back gets it: an approval may just come late.
            "IsOlder": choice("$checked.older and $tested", "Older", "IsApproved"),
            "Older": remember(finished("older", older), "Ended"),
            "IsApproved": choice(
                "$checked.enough_approvals",
                "IsClear" if self._splits else "IsShadowed",
                "AwaitApproval",
            ),
            "AwaitApproval": remember(
                finished("awaiting-approval", expression("$checked.approvals")), "SendBack"
            ),
            "SendBack": self._send_back() | {"Catch": [failing("Ended")], "Next": "Ended"},
            "AlreadyDeployed": remember(finished("already-deployed", reason), "Ended"),
            **candidate.shadow(),
            **(candidate.ab_test() if self._splits else {}),
            **candidate.canary(),
            **self._deploy(),
            "NotDeployed": remember(not_deployed, "Ended"),
            "SmokeTest": self._smoke_test() | {"Catch": [caught("RollBack")], "Next": "LookAgain"},
            **self._look_again(),
            "Deployed": remember(finished("deployed", reason), "Ended"),
        }

    def _verify(self) -> State:
        asked = {
            "model_package_arn": expression("$arn"),
            "approvers": self.approvers,
            "approvals_table": self.rollouts_table,
        }
        verify = invoke(self.functions["verify"], asked, seconds=STEP_SECONDS, assign="checked")
        current = expression("$states.result.Payload.current_model_package_arn")
        verify["Assign"] = {**verify["Assign"], "replaced": current}
        return verify

    def _deploy(self) -> States:
        states = self._update("Deploy", "$arn", then="IsWatched", otherwise="NotDeployed")
        states["Deploy"]["Assign"] = {**states["Deploy"]["Assign"], "tried": True}
        return states

    def _look_again(self) -> States:
        """Somebody may have rejected the version while it was rolled out."""
        asked = {"ModelPackageName": expression("$arn")}
        look = call("aws-sdk:sagemaker:describeModelPackage", asked)
        look["Assign"] = {"status": expression("$states.result.ModelApprovalStatus")}
        withdrawn = {
            "cause": expression("'It is ' & $status & ' in the model registry by now.'"),
            "error": "ApprovalWithdrawn",
        }
        return {
            "LookAgain": look | {"Catch": [caught("RollBack")], "Next": "IsStillApproved"},
            "IsStillApproved": choice(f'$status = "{APPROVED}"', "Deployed", "Withdrawn"),
            "Withdrawn": remember(withdrawn, "RollBack"),
        }

    def _send_back(self) -> State:
        """Marks the version as pending again, so that the next person can approve it."""
        pending = {
            "ModelPackageArn": expression("$arn"),
            "ModelApprovalStatus": "PendingManualApproval",
        }
        return call("aws-sdk:sagemaker:updateModelPackage", pending)

    def _smoke_test(self) -> State:
        named = ("model", "endpoint_name", "sample_uri")
        asked = {name: expression(f"$checked.{name}") for name in named}
        return invoke(
            self.functions["smoke_test"], asked, seconds=STEP_SECONDS, assign="smoke_test"
        )

    def _way_back(self) -> States:
        before = "$checked.current_model_package_arn"
        return {
            **self._update("RollBack", before, then="RolledBack", otherwise="NotRolledBack"),
            "RolledBack": remember(
                {"outcome": "rolled-back", "reason": expression("$cause")}, "Ended"
            ),
            "NotRolledBack": remember(
                {
                    "outcome": "failed",
                    "reason": expression(f"$cause & ' And the way back failed: ' & {TOLD}"),
                },
                "Ended",
            ),
        }

    def _update(self, name: str, version: str, **more: str) -> States:
        """An update of the endpoint's stack; see `StackUpdate`."""
        return StackUpdate(
            name=name,
            version=version,
            role_arn=self.rollout_role_arn,
            poll_seconds=self._poll_seconds,
            **more,
        ).states()

    def _endings(self) -> States:
        told = {
            "tenant": self.tenant,
            "model": expression("$model"),
            "model_package_arn": expression("$arn"),
            "version": expression("$version"),
            "outcome": expression("$outcome"),
            "reason": expression("$reason"),
        }
        good: tuple[Outcome, ...] = (
            "deployed", "already-deployed", "older", "awaiting-approval", "rejected"
        )  # fmt: skip
        wanted = ", ".join(f'"{outcome}"' for outcome in good)
        return {
            "TellFinished": tell(self.event_bus, RolloutFinished, told)
            | {"Catch": [failing("Failed")], "Next": "Finished"},
            "Finished": choice(f"$outcome in [{wanted}]", "Done", "Failed"),
            "Done": {"Type": "Pass", "Output": told, "End": True},
            "Failed": {
                "Type": "Fail",
                "Error": expression("$error"),
                "Cause": expression("$reason"),
            },
        }
