"""Records how a version's rollout ended, for those who go back later; see `terrace.rollouts`."""

from pipelines.outcomes import anyway
from pipelines.states import State, States, call, choice, expression
from terrace.names import NO_VERSION
from terrace.rollouts import KEY, LEFT, RECORDS

_LONGEST_REASON = 1000
_NOW = expression("$states.context.State.EnteredTime")


def records(table: str, *, then: str) -> States:
    """The states from `Ended` on, which every rollout that held the lock passes.

    Only what was tried says something of a version: an approval that was refused does not.
    """
    left = f'$outcome = "deployed" and $not($tested) and $replaced != "{NO_VERSION}"'
    return {
        "Ended": choice(
            '$tried and $outcome in ["deployed", "rolled-back", "failed"]', "Record", then
        ),
        "Record": _put(table, "$arn", "$outcome", "$reason", "$replaced", "$not($tested)")
        | {"Catch": anyway("WasLeft"), "Next": "WasLeft"},
        "WasLeft": choice(left, "RecordLeft", then),
        "RecordLeft": _put(table, "$replaced", f'"{LEFT}"', "$description", "$arn", "false")
        | {"Catch": anyway(then), "Next": then},
    }


def _put(table: str, arn: str, outcome: str, reason: str, other: str, way_back: str) -> State:
    item = {
        KEY: {"S": expression(f"'{RECORDS}' & {arn}")},
        "outcome": {"S": expression(outcome)},
        "at": {"S": _NOW},
        "reason": {"S": expression(f"$substring({reason}, 0, {_LONGEST_REASON})")},
        "other": {"S": expression(other)},
        "way_back": {"BOOL": expression(way_back)},
    }
    return call("dynamodb:putItem", {"TableName": table, "Item": item})
