"""The approval state machine: what is changed, what is undone, and that the lock always goes."""

import pytest

from tests.unit.pipelines.approving import (
    CHECKED,
    DEFINITION,
    NEW,
    OLD,
    Cloud,
    event,
    failing,
    run,
    told,
)
from tests.unit.pipelines.machine import Task


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


def test_an_endpoint_that_serves_its_stacks_configuration_has_the_version() -> None:
    cloud = Cloud()
    cloud.served = ["v2"]
    execution = run(cloud, event("Approved"))
    assert told(execution).outcome == "deployed"
    assert "DeployServes" in execution.visited


def test_an_endpoint_that_went_back_by_itself_is_told_as_not_updated() -> None:
    cloud = Cloud()
    cloud.served = ["v1"]
    execution = run(cloud, event("Approved"))
    assert told(execution).outcome != "deployed"
    assert "endpoint north--tool-wear serves v1, and its stack says v2" in told(execution).reason
    assert "SmokeTest" not in execution.visited
