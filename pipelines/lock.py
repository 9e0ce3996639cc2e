"""The lock that lets one rollout of a model run at a time: one item in the rollouts table.

It is put under the condition that nobody holds it, so there is no moment between looking and
taking. Only its owner takes it off. One that is left behind expires.
"""

from pipelines.states import State, call, expression
from terrace.rollouts import KEY

EXPIRES = "expires"  # its time to live, in seconds since 1970
NOT_MINE = "DynamoDB.ConditionalCheckFailedException"

_NOW = "$floor($millis() / 1000)"
_ME = {"S": expression("$states.context.Execution.Id")}
_MODEL = {"S": expression("$model")}


def taken_on(table: str, *, seconds: int) -> State:
    """A state that takes the lock for so long, or fails with `NOT_MINE`.

    Whoever has it already may take it again, so that a repeated call does no harm.
    """
    item = {
        KEY: _MODEL,
        "owner": _ME,
        EXPIRES: {"N": expression(f"$string({_NOW} + {seconds})")},
    }
    return call(
        "dynamodb:putItem",
        {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#key) OR #expires < :now OR #owner = :me",
            "ExpressionAttributeNames": {"#key": KEY, "#expires": EXPIRES, "#owner": "owner"},
            "ExpressionAttributeValues": {
                ":now": {"N": expression(f"$string({_NOW})")},
                ":me": _ME,
            },
        },
        never_again=[NOT_MINE],
    )


def taken_off(table: str) -> State:
    """A state that gives the lock back, or fails with `NOT_MINE`."""
    return call(
        "dynamodb:deleteItem",
        {
            "TableName": table,
            "Key": {KEY: _MODEL},
            "ConditionExpression": "#owner = :me",
            "ExpressionAttributeNames": {"#owner": "owner"},
            "ExpressionAttributeValues": {":me": _ME},
        },
        never_again=[NOT_MINE],
    )
