"""The approved versions around one: their numbers follow each other, and some are deleted."""

from collections.abc import Iterable

from botocore.exceptions import ClientError

from lambdas.common.aws import says
from lambdas.common.registry import Version, version


def approved_before(of: Version) -> Version | None:
    """The newest approved version before one."""
    found = (_there(of, number) for number in range(of.number - 1, 0, -1))
    return next((one for one in found if one and one.approved), None)


def approved_after(of: Version) -> Version | None:
    """An approved version after one."""
    return next((one for one in _following(of) if one.approved), None)


def _following(of: Version) -> Iterable[Version]:
    number = of.number + 1
    while found := _there(of, number):
        yield found
        number += 1


def _there(of: Version, number: int) -> Version | None:
    arn = f"{of.arn.rpartition('/')[0]}/{number}"
    try:
        return version(arn, of.names.tenant)
    except ClientError as error:
        if says(error, "ValidationException", "does not exist", "not found", "could not find"):
            return None
        raise
