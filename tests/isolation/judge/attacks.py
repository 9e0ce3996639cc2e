"""Attacks: calls on somebody's resources, each denied or let through."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from .calls import CALLS

Client = Callable[[str], Any]

_DENIALS = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized", "Forbidden")
_DENIALS_OF_KEYS = ("KMS.AccessDenied", "KMSAccessDenied", "KmsAccessDenied")
# The prefix of IAM's actions where it is not the name of the client.
_PREFIXES = {"stepfunctions": "states", "sagemaker-runtime": "sagemaker"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """A deployed resource.

    Attributes:
        type: CloudFormation's.
        id: The physical id: a name, an ARN or a URL.
        arn: Its ARN.
        tenant: Whose it is.
    """

    type: str
    id: str
    arn: str
    tenant: str


@dataclass(frozen=True, kw_only=True)
class Attack:
    """A call on a target."""

    service: str
    operation: str
    parameters: dict[str, Any]
    on: str

    @property
    def prefix(self) -> str:
        """IAM's prefix of the actions that the call needs."""
        return _PREFIXES.get(self.service, self.service)

    @property
    def title(self) -> str:
        return f"{self.service}:{self.operation} on {self.on}"

    def is_let(self, client: Client) -> bool:
        """Whether the call gets past the permissions."""
        try:
            getattr(client(self.service), self.operation)(**self.parameters)
        except ClientError as error:
            return not is_denial(error)
        except ResponseParserError as error:
            # A refusal of a role for a stack is no XML, as the others of the service are.
            return "AccessDenied" not in str(error)
        return True


def is_denial(error: ClientError) -> bool:
    """Whether a call was refused for the caller's rights."""
    code = str(error.response["Error"]["Code"])
    message = str(error.response["Error"].get("Message", ""))
    return (
        any(one in code for one in (*_DENIALS, *_DENIALS_OF_KEYS))
        or "is not authorized to perform" in message
        or "not authorized to" in message
    )


def attacks(targets: Iterable[Target], only: frozenset[str] = frozenset()) -> Iterator[Attack]:
    """Every call on each target, or only those that are called so."""
    for target in targets:
        fields = _fields(target)
        for service, operation, parameters in CALLS.get(target.type, ()):
            if not only or operation in only:
                yield Attack(
                    service=service,
                    operation=operation,
                    parameters=_filled(parameters, fields),
                    on=f"{target.type.rpartition('::')[2]} {target.arn.rpartition(':')[2]}",
                )


def _fields(target: Target) -> dict[str, str]:
    return {
        "id": target.id,
        "arn": target.arn,
        "tenant": target.tenant,
        "account": target.arn.split(":")[4],
        "execution": target.arn.replace(":stateMachine:", ":execution:"),
        "package": f"{target.arn.replace(':model-package-group/', ':model-package/')}/1",
    }


def _filled(value: Any, fields: dict[str, str]) -> Any:
    match value:
        case str():
            return value.format(**fields)
        case dict():
            return {key: _filled(one, fields) for key, one in value.items()}
        case list():
            return [_filled(one, fields) for one in value]
        case _:
            return value
