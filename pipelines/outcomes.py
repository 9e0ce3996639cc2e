"""How a rollout ends: what is remembered of it, and where its errors lead."""

from typing import Any

from pipelines.states import caught
from terrace.events import Outcome


def finished(outcome: Outcome, reason: str) -> dict[str, str]:
    """The variables of a rollout that has come to an end."""
    return {"outcome": outcome, "reason": reason}


def failing(then: str) -> dict[str, Any]:
    """A catcher that ends the rollout as failed, for the reason that was caught."""
    failed = caught(then)
    failed["Assign"] |= {"outcome": "failed", "reason": failed["Assign"]["cause"]}
    return failed


def anyway(then: str) -> list[dict[str, Any]]:
    """Catchers of every error of a state that the rollout can do without."""
    # An answer that is too large is the one error that States.ALL leaves out.
    errors = ("States.DataLimitExceeded", "States.ALL")
    return [{"ErrorEquals": [error], "Next": then} for error in errors]
