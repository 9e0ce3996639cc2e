"""A link by which one person decides about one version: what it says, and how it is written."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from terrace.approval_settings import Approver
from terrace.errors import TerraceError

TOKEN = "token"  # noqa: S105  # the parameter of the address that holds what is signed


class LinkRefused(TerraceError):
    """A link that cannot be used."""

    def __init__(self, status: int, reason: str) -> None:
        """`status` is HTTP's."""
        super().__init__(reason)
        self.status = status


class Links(BaseModel):
    """What the functions that make and take links know.

    Attributes:
        key: The ARN of the KMS key that authenticates links.
        url: Where they lead to.
        topic: The ARN of the topic that brings each person their own.
        hours: How long one can be used.
        people: Who gets them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    url: str
    topic: str
    hours: int
    people: tuple[Approver, ...]

    def person(self, email: str) -> Approver:
        """The person behind an address.

        Raises:
            LinkRefused: They approve no more.
        """
        for one in self.people:
            if one.email == email:
                return one
        raise LinkRefused(403, f"{email} is not among those who approve by link any more")


class Link(BaseModel):
    """What one link says.

    Attributes:
        arn: The version's.
        email: Whose link it is.
        until: When it ends, in seconds since 1970.
        once: What makes it one of a kind, so that it is used once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arn: str
    email: str
    until: int
    once: str

    def message(self) -> bytes:
        """What is authenticated."""
        return json.dumps(self.model_dump(), sort_keys=True).encode()

    def token(self, mac: bytes) -> str:
        """It and its authentication, as one word for an address."""
        return f"{_word(self.message())}.{_word(mac)}"

    @classmethod
    def read(cls, query: Mapping[str, str] | None) -> tuple[Self, bytes]:
        """A link and its authentication, which is not checked yet.

        Args:
            query: The address's parameters.

        Raises:
            LinkRefused: It is not of our form.
        """
        told, _, mac = (query or {}).get(TOKEN, "").partition(".")
        try:
            return cls.model_validate_json(_bytes(told)), _bytes(mac)
        except (binascii.Error, ValidationError, ValueError) as error:
            raise LinkRefused(403, "This is not a link of ours, or it was cut short") from error


def _word(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(word: str) -> bytes:
    return base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
