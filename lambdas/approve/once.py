"""That a link is used once: an item in the rollouts table, until the link would have ended."""

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from terrace.links import Link, LinkRefused
from terrace.names import TenantNames


def take(tenant: str, link: Link) -> None:
    """Uses a link up.

    Raises:
        LinkRefused: It was used before.
    """
    try:
        client("dynamodb").put_item(
            TableName=TenantNames(tenant=tenant).rollouts_table,
            Item=_key(link) | {"expires": {"N": str(link.until)}},
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": "model"},
        )
    except ClientError as error:
        if says(error, "ConditionalCheckFailedException"):
            raise LinkRefused(409, "This link was used before; it can be used once") from error
        raise


def used(tenant: str, link: Link) -> bool:
    """Whether a link was used before."""
    table = TenantNames(tenant=tenant).rollouts_table
    answer = client("dynamodb").get_item(TableName=table, Key=_key(link), ConsistentRead=True)
    return "Item" in answer


def give_back(tenant: str, link: Link) -> None:
    """Lets a link be used that led to nothing."""
    table = TenantNames(tenant=tenant).rollouts_table
    client("dynamodb").delete_item(TableName=table, Key=_key(link))


def _key(link: Link) -> dict[str, dict[str, str]]:
    return {"model": {"S": f"link {link.once}"}}
