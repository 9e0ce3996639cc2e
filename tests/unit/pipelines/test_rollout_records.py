"""How a rollout ends is recorded for those who go back, and a rejection meanwhile undoes it."""

import pytest

from terrace.events import UNTESTED
from tests.unit.pipelines.approving import CHECKED, NEW, OLD, Cloud, event, failing, run, told


def way_back() -> dict[str, object]:
    return event(
        "Approved", ApprovalDescription="instead of version 1: it fails", **{UNTESTED: "y"}
    )


def test_a_version_that_was_deployed_is_recorded_as_one_that_served_well() -> None:
    cloud = Cloud()
    run(cloud, event("Approved"))
    record = cloud.records[NEW]
    assert record.served_well
    assert (record.other, record.way_back) == (OLD, False)
    assert record.reason == "version 2 replaces version 1"
    assert list(cloud.records) == [NEW]


def test_a_version_that_was_gone_back_from_is_recorded_as_left() -> None:
    cloud = Cloud()
    run(cloud, way_back())
    new, old = cloud.records[NEW], cloud.records[OLD]
    assert (new.outcome, new.way_back, new.other) == ("deployed", True, OLD)
    assert (old.outcome, old.way_back, old.other) == ("left", False, NEW)
    assert old.reason == "instead of version 1: it fails"
    assert not old.served_well


def test_the_first_version_leaves_no_other() -> None:
    cloud = Cloud()
    first = CHECKED | {"current_model_package_arn": "none"}
    run(cloud, way_back(), Verify=lambda _asked: {"Payload": first})
    assert list(cloud.records) == [NEW]


@pytest.mark.parametrize("ends", [("UPDATE_ROLLBACK_COMPLETE",), ("UPDATE_ROLLBACK_FAILED",)])
@pytest.mark.parametrize("back", [True, False])
def test_a_version_that_could_not_be_deployed_is_recorded_so(
    ends: tuple[str, ...], back: bool
) -> None:
    cloud = Cloud(*ends)
    execution = run(cloud, way_back() if back else event("Approved"))
    record = cloud.records[NEW]
    assert record.outcome == told(execution).outcome
    assert (record.served_well, record.way_back) == (False, back)
    assert OLD not in cloud.records
    # A way back that failed says from where; it has left nothing.
    assert told(execution).reason.startswith("instead of version 1" if back else "The update did")


def test_what_fails_its_smoke_test_is_recorded_as_rolled_back() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    run(cloud, event("Approved"), SmokeTest=failing("SmokeTestFailed", "answers 0"))
    assert cloud.records[NEW].outcome == "rolled-back"


@pytest.mark.parametrize(
    "checked", [{"already_deployed": True}, {"older": True}, {"enough_approvals": False}]
)
def test_an_approval_that_deploys_nothing_records_nothing(checked: dict[str, bool]) -> None:
    cloud = Cloud()
    run(cloud, event("Approved"), Verify=lambda _asked: {"Payload": CHECKED | checked})
    assert cloud.records == {}


def test_an_approval_that_is_refused_says_nothing_of_the_version() -> None:
    """Or whoever may not approve could mark every earlier version as a bad one."""
    cloud = Cloud()
    run(cloud, event("Approved"), Verify=failing("ApprovalRefused", "trained by the same"))
    assert cloud.records == {}


def test_a_version_that_cannot_be_verified_any_more_is_not_gone_back_to_again() -> None:
    cloud = Cloud()
    run(cloud, way_back(), Verify=failing("ChecksumMismatch", "SHA-256 got x"))
    assert cloud.records[NEW].outcome == "failed"


@pytest.mark.parametrize("state", ["Record", "RecordLeft"])
def test_a_record_that_cannot_be_written_stops_nothing(state: str) -> None:
    cloud = Cloud()
    execution = run(cloud, way_back(), **{state: failing("DynamoDB.Gone")})
    assert (told(execution).outcome, execution.error) == ("deployed", None)


def test_a_version_that_is_rejected_while_it_is_rolled_out_goes_back() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    rejected = {"ModelApprovalStatus": "Rejected"}
    execution = run(cloud, event("Approved"), LookAgain=lambda _asked: rejected)
    assert execution.asked["LookAgain"] == {"ModelPackageName": NEW}
    assert cloud.version == OLD
    assert (told(execution).outcome, execution.error) == ("rolled-back", "ApprovalWithdrawn")
    assert told(execution).reason == "It is Rejected in the model registry by now."
    assert not cloud.records[NEW].served_well
