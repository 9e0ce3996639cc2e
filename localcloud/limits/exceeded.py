"""What a limit's check raises, and what it is."""

from collections.abc import Callable
from typing import Any

from localcloud.errors import LocalCloudError

Parameters = dict[str, Any]  # of a call, or a resource's properties
# Raises Exceeded where the parameters pass a limit.
Check = Callable[[Parameters], None]


class Exceeded(LocalCloudError):
    """A limit of AWS is passed.

    Attributes:
        code: The error that the service answers with.
        status: The answer's HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code, self.status = code, status
        super().__init__(message)
