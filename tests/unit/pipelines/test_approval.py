"""The approval state machine: what is changed, what is undone, and that the lock always goes."""

from typing import Any

import pytest

from pipelines.approval import FUNCTIONS, Approval
from terrace.events import RolloutFinished
from tests.unit.pipelines.machine import Execution, Task, TaskFailed

DEFINITION = Approval(
    tenant="north",
    event_bus="bus",
    rollouts_table="rollouts",
    rollout_role_arn="arn:rollout",
    approvers=2,
    longest_shadow_seconds=3600,
    functions={name: f"arn:{name}" for name in FUNCTIONS},
).definition()
OLD, NEW = (f"arn:aws:sagemaker:r:1:model-package/north--tool-wear/{n}" for n in (1, 2))
CHECKED = {
    "model": "tool-wear",
    "tenant": "north",
    "version": 2,
    "stack_name": "terrace--north--tool-wear",
    "endpoint_name": "north--tool-wear",
    "current_model_package_arn": OLD,
    "already_deployed": False,
    "enough_approvals": True,
    "approvals": "approved by arn:ada: 1 of 2 people who must approve it",
    "sample_uri": "s3://b/sample.json",
    "has_shadow": True,
    "shadow_seconds": 0,
    "reason": "version 2 replaces version 1",
}
NOT_MINE = "DynamoDB.ConditionalCheckFailedException"


class Cloud:
    """A stack and a lock, as far as the state machine sees them."""

    def __init__(self, *ends: str, held_for: int = 0) -> None:
        self.version = OLD
        self.shadow, self.mirrored = "none", False
        self.locked = False
        self._held_for = held_for
        self._ends = list(ends) or ["UPDATE_COMPLETE"]
        self._progress = 0

    def lock(self, _asked: Any) -> Any:
        self._held_for -= 1
        if self._held_for >= 0:
            raise TaskFailed(NOT_MINE)
        self.locked = True

    def unlock(self, _asked: Any) -> Any:
        self.locked = False

    def update(self, asked: Any) -> Any:
        assert asked["UsePreviousTemplate"] is True
        assert asked["RoleARN"] == "arn:rollout"
        assert self.locked, "a stack is updated only under the lock"
        parameter, shadow = asked["Parameters"]
        assert (parameter["ParameterKey"], shadow["ParameterKey"]) == (
            "ModelPackageArn",
            "ShadowModelPackageArn",
        )
        self._progress = 2
        if self._ends[0] == "UPDATE_COMPLETE":
            self.version = parameter["ParameterValue"]
            self.shadow = shadow["ParameterValue"]
            self.mirrored |= self.shadow == NEW

    def look(self, _asked: Any) -> Any:
        self._progress -= 1
        status = "UPDATE_IN_PROGRESS" if self._progress > 0 else self._ends.pop(0)
        return {"Stacks": [{"StackStatus": status}]}

    def why(self, _asked: Any) -> Any:
        """The newest event first, those of an earlier update at the end."""
        told = [
            ("2026-01-02T00:00:02.000Z", "ScalingPolicy", "CREATE_FAILED", "cancelled"),
            ("2026-01-02T00:00:01.000Z", "Endpoint", "CREATE_FAILED", "no capacity"),
            ("2026-01-02T00:00:00.500Z", "Model", "CREATE_COMPLETE", ""),
            ("2026-01-01T00:00:00.000Z", "Model", "CREATE_FAILED", "long ago"),
        ]
        names = ("Timestamp", "LogicalResourceId", "ResourceStatus", "ResourceStatusReason")
        return {"StackEvents": [dict(zip(names, event, strict=True)) for event in told]}


def failing(error: str, cause: str = "because") -> Task:
    def fail(_asked: Any) -> Any:
        raise TaskFailed(error, cause)

    return fail


def event(status: str, **more: str) -> dict[str, Any]:
    return {"detail": {"ModelPackageArn": NEW, "ModelApprovalStatus": status} | more}


def run(cloud: Cloud, given: dict[str, Any], **tasks: Task) -> Execution:
    usual: dict[str, Task] = {
        "Lock": cloud.lock,
        "Unlock": cloud.unlock,
        "Verify": lambda _asked: {"Payload": CHECKED},
        "Deploy": cloud.update,
        "DeployLook": cloud.look,
        "DeployWhy": cloud.why,
        "SmokeTest": lambda _asked: {"Payload": {"requests": 1}},
        "Shadow": cloud.update,
        "ShadowLook": cloud.look,
        "ShadowWhy": cloud.why,
        "Compare": lambda _asked: {"Payload": {"passed": True, "reason": "all alike"}},
        "TakeShadow": cloud.update,
        "TakeShadowLook": cloud.look,
        "TakeShadowWhy": cloud.why,
        "RollBack": cloud.update,
        "RollBackLook": cloud.look,
        "RollBackWhy": cloud.why,
        "SendBack": lambda _asked: {},
        "ForgetApprovals": lambda _asked: {},
        "TellFinished": lambda _asked: {},
    }
    execution = Execution(definition=DEFINITION, tasks=usual | tasks).run(given)
    assert not cloud.locked, "the lock is always taken off"
    return execution


def told(execution: Execution) -> RolloutFinished:
    (entry,) = execution.events
    detail = RolloutFinished.model_validate(entry["Detail"])
    assert (detail.tenant, detail.model, detail.model_package_arn, detail.version) == (
        "north", "tool-wear", NEW, 2,
    )  # fmt: skip
    return detail


def test_an_approved_version_is_deployed_and_told() -> None:
    cloud = Cloud()
    execution = run(cloud, event("Approved"))
    assert (execution.error, cloud.version) == (None, NEW)
    assert told(execution).outcome == "deployed"
    assert told(execution).reason == "version 2 replaces version 1"


def test_a_rejected_version_changes_nothing_and_takes_no_lock() -> None:
    cloud = Cloud()
    execution = run(cloud, event("Rejected", ApprovalDescription="too slow"))
    assert execution.visited == [
        "Begin", "Decision", "Rejected", "ForgetApprovals", "TellFinished", "Finished", "Done",
    ]  # fmt: skip
    assert (told(execution).outcome, cloud.version) == ("rejected", OLD)
    assert "too slow" in told(execution).reason


def test_a_version_that_runs_already_is_not_deployed_again() -> None:
    running = CHECKED | {"already_deployed": True}
    execution = run(Cloud(), event("Approved"), Verify=lambda _asked: {"Payload": running})
    assert "Deploy" not in execution.visited
    assert (told(execution).outcome, execution.error) == ("already-deployed", None)


def test_one_approval_of_two_is_kept_and_the_version_is_sent_back() -> None:
    cloud, waiting = Cloud(), CHECKED | {"enough_approvals": False}
    execution = run(cloud, event("Approved"), Verify=lambda _asked: {"Payload": waiting})
    assert execution.asked["Verify"]["Payload"]["approvers"] == 2
    assert execution.asked["SendBack"] == {
        "ModelPackageArn": NEW,
        "ModelApprovalStatus": "PendingManualApproval",
    }
    assert (execution.error, cloud.version) == (None, OLD)
    assert told(execution).outcome == "awaiting-approval"
    assert "1 of 2 people" in told(execution).reason


def test_an_approval_that_does_not_count_is_told_and_the_version_is_sent_back() -> None:
    cloud = Cloud()
    refused = failing("ApprovalRefused", "who asked for its training")
    execution = run(cloud, event("Approved"), Verify=refused)
    assert "SendBack" in execution.visited
    assert (execution.error, cloud.version) == ("ApprovalRefused", OLD)
    assert told(execution).outcome == "failed"


SHADOWED = {"Payload": CHECKED | {"shadow_seconds": 600}}


def test_a_candidate_that_answers_alike_is_deployed_and_leaves_no_shadow() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    execution = run(cloud, event("Approved"), Verify=lambda _asked: SHADOWED)
    assert cloud.mirrored
    assert execution.visited.index("Mirror") < execution.visited.index("Compare")
    asked = execution.asked["Compare"]["Payload"]
    assert (asked["model"], asked["model_package_arn"]) == ("tool-wear", NEW)
    assert asked["since"] <= asked["until"]
    assert (execution.error, cloud.version, cloud.shadow) == (None, NEW, "none")
    assert told(execution).outcome == "deployed"


def test_a_candidate_that_answers_otherwise_is_refused_and_taken_away() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    unlike = {"Payload": {"passed": False, "reason": "of 200 requests 40 decided otherwise"}}
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: SHADOWED,
        Compare=lambda _asked: unlike,
    )
    assert "Deploy" not in execution.visited
    assert (execution.error, cloud.version, cloud.shadow) == ("ShadowTestFailed", OLD, "none")
    assert execution.asked["SendBack"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert told(execution).outcome == "refused"
    assert "40 decided otherwise" in told(execution).reason


def test_a_comparison_that_fails_takes_the_shadow_away() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: SHADOWED,
        Compare=failing("UnreadableRecord", "no record"),
    )
    assert (execution.error, cloud.version, cloud.shadow) == ("UnreadableRecord", OLD, "none")
    assert told(execution).outcome == "failed"


def test_a_way_back_does_not_wait_for_a_shadow_test() -> None:
    given = event("Approved")
    given["detail"]["WithoutShadowTest"] = True
    cloud = Cloud()
    execution = run(cloud, given, Verify=lambda _asked: SHADOWED)
    assert "Shadow" not in execution.visited
    assert (cloud.version, cloud.mirrored) == (NEW, False)


def test_a_shadow_that_cannot_be_made_changes_nothing() -> None:
    cloud = Cloud("UPDATE_ROLLBACK_COMPLETE")
    execution = run(cloud, event("Approved"), Verify=lambda _asked: SHADOWED)
    assert "Compare" not in execution.visited
    assert (told(execution).outcome, cloud.version) == ("rolled-back", OLD)


def test_a_stack_without_a_shadow_is_given_one_parameter() -> None:
    asked: list[Any] = []
    cloud = Cloud()

    def update(given: Any) -> Any:
        asked.append(given["Parameters"])
        cloud._progress = 2
        cloud.version = given["Parameters"][0]["ParameterValue"]

    plain = {"Payload": CHECKED | {"has_shadow": False}}
    run(cloud, event("Approved"), Verify=lambda _asked: plain, Deploy=update)
    assert asked == [[{"ParameterKey": "ModelPackageArn", "ParameterValue": NEW}]]


def test_a_rejection_makes_earlier_approvals_count_for_nothing() -> None:
    execution = run(Cloud(), event("Rejected"))
    assert execution.asked["ForgetApprovals"]["Key"] == {"model": {"S": f"approvals of {NEW}"}}


def test_a_second_approval_waits_its_turn() -> None:
    cloud = Cloud(held_for=3)
    execution = run(cloud, event("Approved"))
    assert execution.visited.count("WaitForTurn") == 3
    assert cloud.version == NEW


def test_the_lock_is_its_owners_alone_and_expires() -> None:
    execution = run(Cloud(), event("Approved"))
    lock, unlock = execution.asked["Lock"], execution.asked["Unlock"]
    assert lock["Item"]["model"] == {"S": "tool-wear"}
    assert lock["Item"]["owner"] == {"S": execution.arn}
    now = int(lock["ExpressionAttributeValues"][":now"]["N"])
    assert int(lock["Item"]["expires"]["N"]) - now >= DEFINITION["TimeoutSeconds"]
    assert unlock["ConditionExpression"] == "#owner = :me"
    assert unlock["ExpressionAttributeValues"] == {":me": {"S": execution.arn}}


def test_a_failing_verification_touches_no_stack() -> None:
    cloud = Cloud()
    execution = run(cloud, event("Approved"), Verify=failing("ChecksumMismatch", "SHA-256 got x"))
    assert "Deploy" not in execution.visited
    assert (execution.error, execution.cause) == ("ChecksumMismatch", "SHA-256 got x")
    assert (told(execution).outcome, cloud.version) == ("failed", OLD)


def test_a_failing_smoke_test_sets_the_version_back() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    execution = run(cloud, event("Approved"), SmokeTest=failing("SmokeTestFailed", "answers 0"))
    assert (execution.error, execution.cause) == ("SmokeTestFailed", "answers 0")
    assert (told(execution).outcome, cloud.version) == ("rolled-back", OLD)


def test_a_stack_that_rolls_itself_back_is_not_tried_again() -> None:
    cloud = Cloud("UPDATE_ROLLBACK_COMPLETE")
    execution = run(cloud, event("Approved"))
    assert "SmokeTest" not in execution.visited
    assert execution.error == "StackUpdateFailed"
    assert (told(execution).outcome, cloud.version) == ("rolled-back", OLD)
    assert told(execution).reason == (
        "The update did not go through: terrace--north--tool-wear is UPDATE_ROLLBACK_COMPLETE: "
        "Endpoint: no capacity"
    )


@pytest.mark.parametrize("error", ["States.DataLimitExceeded", "CloudFormation.Throttled"])
def test_a_reason_that_cannot_be_had_changes_nothing_else(error: str) -> None:
    execution = run(Cloud("UPDATE_ROLLBACK_COMPLETE"), event("Approved"), DeployWhy=failing(error))
    assert told(execution).outcome == "rolled-back"
    assert told(execution).reason.endswith("its events tell why")


def test_a_stack_that_tells_no_reason_is_told_all_the_same() -> None:
    nothing: Task = lambda _asked: {"StackEvents": []}  # noqa: E731  # as short as what it says
    execution = run(Cloud("UPDATE_FAILED"), event("Approved"), DeployWhy=nothing)
    assert told(execution).reason.endswith("is UPDATE_FAILED: its events tell why")


@pytest.mark.parametrize("end", ["UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED"])
def test_a_stack_that_neither_moves_on_nor_back_is_told_as_failed(end: str) -> None:
    assert told(run(Cloud(end), event("Approved"))).outcome == "failed"


def test_a_way_back_that_fails_is_told_with_both_reasons() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_ROLLBACK_FAILED")
    execution = run(cloud, event("Approved"), SmokeTest=failing("SmokeTestFailed", "answers 0"))
    assert told(execution).outcome == "failed"
    assert "answers 0" in told(execution).reason
    assert "UPDATE_ROLLBACK_FAILED" in told(execution).reason


@pytest.mark.parametrize("state", ["Deploy", "DeployLook", "RollBack", "RollBackLook"])
def test_an_error_of_cloudformation_is_told_and_the_lock_goes(state: str) -> None:
    smoke_test = {"SmokeTest": failing("SmokeTestFailed")} if "RollBack" in state else {}
    tasks = smoke_test | {state: failing("CloudFormation.Throttled", "Rate exceeded")}
    execution = run(Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE"), event("Approved"), **tasks)
    assert (told(execution).outcome, told(execution).reason) == ("failed", "Rate exceeded")
    assert execution.error == "CloudFormation.Throttled"


def test_a_table_that_cannot_be_reached_is_told() -> None:
    execution = run(Cloud(), event("Approved"), Lock=failing("DynamoDB.Gone", "no table"))
    assert "Verify" not in execution.visited
    assert (told(execution).outcome, execution.error) == ("failed", "DynamoDB.Gone")


def test_an_execution_that_cannot_tell_fails() -> None:
    execution = run(Cloud(), event("Rejected"), TellFinished=failing("EventBridge.FailedEntry"))
    assert execution.error == "EventBridge.FailedEntry"
