"""What is remembered of a model's trainings, in the tenant's table; of two writers one wins."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from lambdas.common.aws import client, says
from terrace.errors import TerraceError
from terrace.names import TenantNames
from terrace.retraining import Trainings

_KEY, _WRITTEN, _REVISION = "model", "trainings", "revision"


class Overtaken(TerraceError):
    """Somebody else remembered something meanwhile; Lambda tries again."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """One model's item; beside those with which rollouts are locked."""

    tenant: str
    model: str

    def read(self) -> tuple[Trainings, int]:
        """What is remembered, and the revision that `write` wants back."""
        answer = client("dynamodb").get_item(
            TableName=self._table, Key=self._item, ConsistentRead=True
        )
        item = answer.get("Item")
        if not item:
            return Trainings(), 0
        return Trainings.model_validate_json(item[_WRITTEN]["S"]), int(item[_REVISION]["N"])

    def write(self, trainings: Trainings, revision: int) -> None:
        """Remembers.

        Raises:
            Overtaken: It is not what was read any more.
        """
        item = {_WRITTEN: {"S": trainings.model_dump_json()}, _REVISION: {"N": str(revision + 1)}}
        try:
            client("dynamodb").put_item(
                TableName=self._table,
                Item=self._item | item,
                ConditionExpression="attribute_not_exists(#key) OR #revision = :revision",
                ExpressionAttributeNames={"#key": _KEY, "#revision": _REVISION},
                ExpressionAttributeValues={":revision": {"N": str(revision)}},
            )
        except ClientError as error:
            if says(error, "ConditionalCheckFailedException"):
                raise Overtaken(f"trainings of {self.model} were written meanwhile") from error
            raise

    @property
    def _table(self) -> str:
        return TenantNames(tenant=self.tenant).rollouts_table

    @property
    def _item(self) -> dict[str, dict[str, str]]:
        # No model is called so, since names hold no `#`.
        return {_KEY: {"S": f"{self.model}#trainings"}}
