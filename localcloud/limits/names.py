"""Names that a service refuses though its API's description lets them pass."""

import re
from collections.abc import Mapping, Sequence

from localcloud.limits.exceeded import Check, Exceeded, Parameters

_TRAIL = re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*")
_ADDRESS = re.compile(r"\d+(\.\d+){3}")
_TRAIL_ARN = "arn:"


def check_trail(name: str) -> None:
    """Checks the name of a CloudTrail trail.

    Raises:
        Exceeded: CloudTrail does not take the name.
    """
    valid = 3 <= len(name) <= 128 and _TRAIL.fullmatch(name) and not _ADDRESS.fullmatch(name)
    if not valid:
        raise Exceeded(
            "InvalidTrailNameException",
            f"Trail name {name!r}: expected 3 to 128 letters, digits, periods, underscores and "
            "dashes, none of the last three next to each other, a letter or digit at both ends, "
            "and no IP address",
        )


def _trail(parameters: Parameters) -> None:
    name = str(parameters.get("Name") or "")
    if not name.startswith(_TRAIL_ARN):
        check_trail(name)


OPERATIONS: Mapping[tuple[str, str], Sequence[Check]] = {
    ("cloudtrail", "CreateTrail"): [_trail],
    ("cloudtrail", "UpdateTrail"): [_trail],
}
TYPES: Mapping[str, Sequence[Check]] = {}
