"""What the approval state machine records of each version's last rollout, in the rollouts table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KEY = "model"  # the table's partition key
RECORDS = "rollout of "  # in front of a version's ARN, as a key
LEFT = "left"  # the outcome of a version that was gone back from


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The last rollout of a version.

    Attributes:
        outcome: `deployed`, `rolled-back` or `failed`; `left` where it was gone back from since.
        at: When that was recorded, ISO 8601.
        reason: In words.
        other: The version that it replaced, or that replaced it; `none` for the first.
        way_back: Whether it was deployed to go back to it.
    """

    outcome: str
    at: str
    reason: str
    other: str
    way_back: bool

    @property
    def served_well(self) -> bool:
        """Whether it was deployed, passed its tests and was not gone back from."""
        return self.outcome == "deployed"

    @classmethod
    def of(cls, item: Mapping[str, Mapping[str, Any]]) -> "Rollout":
        """From an item of the table, as DynamoDB has it."""
        return cls(
            outcome=str(item["outcome"]["S"]),
            at=str(item["at"]["S"]),
            reason=str(item["reason"]["S"]),
            other=str(item["other"]["S"]),
            way_back=bool(item["way_back"]["BOOL"]),
        )


def record_key(model_package_arn: str) -> dict[str, dict[str, str]]:
    """The key of a version's record."""
    return {KEY: {"S": f"{RECORDS}{model_package_arn}"}}
