"""The AWS account at hand: its clients, and calls that may fail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from terrace.errors import TerraceError

_ATTEMPTS = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5)
_ABSENT = {
    "NoSuchEntity", "NoSuchEntityException", "ParameterNotFound", "ResourceNotFoundException",
    "NoSuchResourceException", "NotFoundException", "ValidationError",
}  # fmt: skip


class CannotAsk(TerraceError):
    """AWS refused a call that a check needs, or could not be reached."""


@dataclass(frozen=True, eq=False)
class Account:
    """An account and a region."""

    session: boto3.session.Session

    @property
    def region(self) -> str | None:
        """The region that the environment or the profile names."""
        return self.session.region_name

    @cached_property
    def identity(self) -> dict[str, str]:
        """The account's number and the caller's ARN.

        Raises:
            CannotAsk: There are no credentials, or they are not valid.
        """
        described = self.call("sts", "get_caller_identity")
        return {"account": described["Account"], "arn": described["Arn"]}

    @property
    def number(self) -> str:
        """The account's number."""
        return self.identity["account"]

    @property
    def partition(self) -> str:
        """The AWS partition of the region, for example `aws` or `aws-cn`."""
        return str(self.session.get_partition_for_region(str(self.region)))

    def call(self, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
        """Calls AWS.

        Raises:
            CannotAsk: AWS refused the call, or could not be reached.
        """
        response: dict[str, Any] = self._call(self._client(service), operation, request)
        return response

    def find(self, service: str, operation: str, /, **request: Any) -> dict[str, Any] | None:
        """Calls AWS; None where what was asked for does not exist.

        Raises:
            CannotAsk: AWS refused the call for another reason, or could not be reached.
        """
        try:
            return self.call(service, operation, **request)
        except CannotAsk as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in _ABSENT:
                return None
            raise

    def each(
        self,
        service: str,
        operation: str,
        key: str,
        /,
        *,
        region: str | None = None,
        **request: Any,
    ) -> Iterator[Any]:
        """The items of a list operation, page by page.

        Raises:
            CannotAsk: AWS refused the call, or could not be reached.
        """
        client = self._client(service, region)
        if not client.can_paginate(operation):
            yield from self._call(client, operation, request).get(key, ())
            return
        pages = client.get_paginator(operation).paginate(**request)
        for page in _explained(f"{service}:{operation}", lambda: list(pages)):
            yield from page.get(key, ())

    def _client(self, service: str, region: str | None = None) -> Any:
        name: Any = service
        return self.session.client(name, region_name=region, config=_ATTEMPTS)

    def _call(self, client: Any, operation: str, request: dict[str, Any]) -> Any:
        name = f"{client.meta.service_model.service_name}:{operation}"
        return _explained(name, lambda: getattr(client, operation)(**request))


def _explained(name: str, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (BotoCoreError, ClientError) as error:
        raise CannotAsk(f"{name}: {error}") from error
