"""The version to go back to: the last one that served well and is still approved."""

from botocore.exceptions import ClientError

from lambdas.common.aws import says
from lambdas.common.registry import Version, version
from lambdas.roll_back.rollouts import last_rollout


def served_before(of: Version) -> Version | None:
    """The newest version before one whose last rollout went well and that is still approved."""
    versions = (_there(of, number) for number in range(of.number - 1, 0, -1))
    return next((one for one in versions if one and _is_good(one)), None)


def _is_good(one: Version) -> bool:
    last = last_rollout(one.names.tenant, one.arn)
    return one.approved and last is not None and last.served_well


def _there(of: Version, number: int) -> Version | None:
    arn = f"{of.arn.rpartition('/')[0]}/{number}"
    try:
        return version(arn, of.names.tenant)
    except ClientError as error:
        if says(error, "ValidationException", "does not exist", "not found", "could not find"):
            return None
        raise
