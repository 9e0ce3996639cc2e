"""What a function acts on belongs to its own tenant; what names another tenant is refused here.

Rules, filters and policies already keep a neighbour's events away. A function does not rely on
them: each identifier in an event (a tenant, a bucket, an endpoint, an alarm, an account) is
compared with the function's own before anything is read or changed.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from terrace.errors import TerraceError
from terrace.names import SEPARATOR, ModelNames

_ACCOUNT_FIELD = 4  # of an ARN


class NotOwn(TerraceError):
    """An event is about another tenant, bucket or account than the function's own."""


def check_account(event: dict[str, Any], context: LambdaContext) -> None:
    """Checks that an EventBridge event comes from the function's own account.

    Raises:
        NotOwn: Another account sent it.
    """
    own = context.invoked_function_arn.split(":")[_ACCOUNT_FIELD]
    account = str(event.get("account", own))
    if account != own:
        raise NotOwn(f"event got account {account}; expected {own}, the function's own")


def check_tenant(what: str, tenant: str) -> None:
    """Checks that something is the function's own tenant's.

    Args:
        what: What names the tenant, for the message.
        tenant: The tenant that it names.

    Raises:
        NotOwn: It is another tenant's.
    """
    own = environment().tenant
    if tenant != own:
        raise NotOwn(f"{what} got tenant {tenant!r}; expected {own!r}, the function's own")


def check_bucket(what: str, bucket: str) -> None:
    """Checks that an object is in the function's own tenant's bucket.

    Raises:
        NotOwn: It is in another bucket.
    """
    own = environment().bucket
    if bucket != own:
        raise NotOwn(f"{what} got bucket {bucket!r}; expected {own!r}, the tenant's own")


def own_model(what: str, name: str) -> ModelNames:
    """The model that an endpoint's or a model package group's name stands for.

    Raises:
        NotOwn: The name is another tenant's, or none of Terrace's.
    """
    try:
        names = ModelNames.of(name)
    except ValueError as error:
        raise NotOwn(f"{what}: {error}") from error
    check_tenant(f"{what} {name!r}", names.tenant)
    return names


def own_alarm(name: str) -> tuple[str, str]:
    """The model and the kind of one of the tenant's endpoints' alarms.

    Raises:
        NotOwn: The alarm is another tenant's, or none of an endpoint's.
    """
    tenant, *parts = name.split(SEPARATOR)
    if len(parts) != 2 or not all(parts):
        raise NotOwn(f"alarm got {name!r}; expected <tenant>{SEPARATOR}<model>{SEPARATOR}<alarm>")
    check_tenant(f"alarm {name!r}", tenant)
    return parts[0], parts[1]
