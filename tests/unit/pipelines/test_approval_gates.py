"""What stands between an approval and a rollout: a second person, and a shadow test."""

from typing import Any

from terrace.events import UNTESTED
from tests.unit.pipelines.approving import CHECKED, NEW, OLD, Cloud, event, failing, run, told


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


def test_an_older_version_is_gone_back_to_only_where_that_was_asked_for() -> None:
    older = {"Payload": CHECKED | {"older": True}}
    late = run(cloud := Cloud(), event("Approved"), Verify=lambda _asked: older)
    assert (late.error, cloud.version, told(late).outcome) == (None, OLD, "older")
    asked = run(
        cloud := Cloud(), event("Approved", **{UNTESTED: "true"}), Verify=lambda _asked: older
    )
    assert (asked.error, cloud.version, told(asked).outcome) == (None, NEW, "deployed")


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


WATCHED = {"Payload": CHECKED | {"has_canary": True}}
QUIET = {"Payload": {"passed": False, "reason": "0 requests were captured"}}


def test_a_version_that_was_asked_while_it_was_watched_stays() -> None:
    cloud = Cloud()
    execution = run(cloud, event("Approved"), Verify=lambda _asked: WATCHED)
    asked = execution.asked["Canary"]["Payload"]
    assert (asked["model"], asked["model_package_arn"]) == ("tool-wear", NEW)
    assert asked["since"] <= asked["until"]
    assert "SettleCanary" not in execution.visited
    assert (told(execution).outcome, cloud.version) == ("deployed", NEW)


def test_what_is_captured_late_is_waited_for() -> None:
    cloud = Cloud()
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: WATCHED,
        Canary=lambda _asked: QUIET,
        CanaryAgain=lambda _asked: {"Payload": {"passed": True, "reason": "3 requests"}},
    )
    assert "SettleCanary" in execution.visited
    assert (told(execution).outcome, cloud.version) == ("deployed", NEW)


def test_a_version_that_nobody_asked_goes_back() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: WATCHED,
        Canary=lambda _asked: QUIET,
        CanaryAgain=lambda _asked: QUIET,
    )
    assert "SmokeTest" not in execution.visited
    assert (execution.error, cloud.version) == ("NobodyAsked", OLD)
    assert (told(execution).outcome, told(execution).reason) == (
        "rolled-back",
        "0 requests were captured",
    )


def test_a_count_that_fails_takes_the_version_back() -> None:
    cloud = Cloud("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: WATCHED,
        Canary=failing("AccessDenied", "not allowed"),
    )
    assert (execution.error, cloud.version) == ("AccessDenied", OLD)
    assert told(execution).outcome == "rolled-back"


def test_a_way_back_needs_no_traffic() -> None:
    given = event("Approved")
    given["detail"]["WithoutShadowTest"] = True
    cloud = Cloud()
    execution = run(cloud, given, Verify=lambda _asked: WATCHED)
    assert "Canary" not in execution.visited
    assert cloud.version == NEW


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


SPLIT = {"Payload": CHECKED | {"has_ab_test": True, "looks": 3, "look_seconds": 60}}


def looked(*verdicts: str) -> Any:
    """The A/B test's answers, one after the other."""
    left = list(verdicts)

    def look(_asked: Any) -> Any:
        return {"Payload": {"verdict": left.pop(0), "reason": f"{len(left)} looks are left"}}

    return look


def test_a_candidate_that_wins_is_rolled_out_once_the_variants_are_as_before() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 3)
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: SPLIT,
        ABTest=looked("not yet", "not yet", "challenger"),
    )
    assert execution.visited.count("ABTest") == 3
    asked = execution.asked["ABTest"]["Payload"]
    assert (asked["model"], asked["model_package_arn"]) == ("tool-wear", NEW)
    assert asked["since"] <= asked["until"]
    assert cloud.challengers == [NEW, "leaving", "none"]
    assert cloud.versions == [OLD, OLD, NEW]
    assert (execution.error, cloud.version) == (None, NEW)
    assert told(execution).outcome == "deployed"
    assert "Its A/B test: 0 looks are left" in told(execution).reason


def test_a_candidate_that_loses_is_taken_away_and_pending_again() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 2)
    execution = run(
        cloud, event("Approved"), Verify=lambda _asked: SPLIT, ABTest=looked("champion")
    )
    assert "Deploy" not in execution.visited
    assert cloud.challengers == [NEW, "leaving"]
    assert (execution.error, cloud.version) == ("ABTestLost", OLD)
    assert execution.asked["SendBack"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert told(execution).outcome == "refused"


def test_a_candidate_that_is_rejected_meanwhile_stays_rejected() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 2)
    execution = run(
        cloud, event("Approved"), Verify=lambda _asked: SPLIT, ABTest=looked("rejected")
    )
    assert "SendBack" not in execution.visited
    assert (cloud.challengers, cloud.version) == ([NEW, "leaving"], OLD)
    assert told(execution).outcome == "refused"


def test_a_test_without_a_winner_ends() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 2)
    execution = run(
        cloud, event("Approved"), Verify=lambda _asked: SPLIT, ABTest=looked(*["not yet"] * 3)
    )
    assert execution.visited.count("ABTest") == 3
    assert (execution.error, cloud.version) == ("ABTestLost", OLD)
    assert "The A/B test: not yet. 0 looks are left" in told(execution).reason


def test_a_look_that_fails_takes_the_candidate_away() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 2)
    execution = run(
        cloud,
        event("Approved"),
        Verify=lambda _asked: SPLIT,
        ABTest=failing("VersionReplaced", "another version"),
    )
    assert (execution.error, cloud.version) == ("VersionReplaced", OLD)
    assert cloud.challengers == [NEW, "leaving"]
    assert told(execution).outcome == "failed"


def test_what_an_execution_left_behind_is_cleared_first() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 2)
    left = {"Payload": SPLIT["Payload"] | {"split": True, "looks": 0}}
    execution = run(cloud, event("Approved"), Verify=lambda _asked: left)
    assert cloud.challengers == ["leaving", "none"]
    assert cloud.versions == [OLD, NEW]
    assert told(execution).outcome == "deployed"


def test_a_way_back_is_no_test() -> None:
    given = event("Approved")
    given["detail"]["WithoutShadowTest"] = True
    execution = run(cloud := Cloud(), given, Verify=lambda _asked: SPLIT)
    assert "Split" not in execution.visited
    assert (cloud.version, cloud.challengers) == (NEW, ["none"])


def test_after_the_shadow_test_comes_the_ab_test_and_both_are_told() -> None:
    cloud = Cloud(*["UPDATE_COMPLETE"] * 4)
    both = {"Payload": SPLIT["Payload"] | {"shadow_seconds": 600}}
    execution = run(
        cloud, event("Approved"), Verify=lambda _asked: both, ABTest=looked("challenger")
    )
    assert execution.visited.index("Compare") < execution.visited.index("Split")
    assert told(execution).reason == (
        "version 2 replaces version 1. Its shadow test: all alike. Its A/B test: 0 looks are left"
    )
