"""What all rooms of SageMaker share: the records, ARNs, and clients that act for somebody."""

import threading
from datetime import UTC, datetime
from typing import Any

import boto3

from localcloud import access
from localcloud.config import Config
from localcloud.hooks.events import put_aws_event
from localcloud.sagemaker.errors import in_use, missing

Record = dict[str, Any]
PRINCIPAL = "sagemaker.amazonaws.com"
# The kinds of records, as IAM spells them in ARNs.
ARN_KINDS = {
    "TrainingJob": "training-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "Model": "model",
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
    "ModelPackageGroup": "model-package-group",
    "ModelPackage": "model-package",
    "MlflowTrackingServer": "mlflow-tracking-server",
}


def now() -> datetime:
    """The time that records carry."""
    return datetime.now(UTC)


class Cloud:
    """The records of every kind, by name, guarded by one lock."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.tags: dict[str, dict[str, str]] = {}
        self._records: dict[str, dict[str, Record]] = {kind: {} for kind in ARN_KINDS}

    def arn(self, kind: str, name: str) -> str:
        """The ARN of what has this name."""
        return (
            f"arn:aws:sagemaker:{self.config.region}:{self.config.account}:{ARN_KINDS[kind]}/{name}"
        )

    def add(self, kind: str, name: str, record: Record, tags: list[dict[str, str]]) -> Record:
        """Keeps a new record, with its ARN and times.

        Raises:
            SageMakerError: The name is taken.
        """
        arn = self.arn(kind, name)
        with self.lock:
            if name in self._records[kind]:
                raise in_use(f"Cannot create already existing {ARN_KINDS[kind]} {arn!r}.")
            created = {f"{kind}Arn": arn, "CreationTime": now(), "LastModifiedTime": now()}
            self._records[kind][name] = record | created
            self.tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
            return self._records[kind][name]

    def get(self, kind: str, name: str) -> Record:
        """The record of a name or an ARN.

        Raises:
            SageMakerError: There is none.
        """
        short = name.partition(f":{ARN_KINDS[kind]}/")[2] or name
        with self.lock:
            if short not in self._records[kind]:
                raise missing(self.arn(kind, short))
            return self._records[kind][short]

    def change(self, record: Record, **values: Any) -> None:
        """Changes a record, and its time with it."""
        with self.lock:
            record.update(values, LastModifiedTime=now())

    def remove(self, kind: str, name: str) -> None:
        """Forgets a record.

        Raises:
            SageMakerError: There is none.
        """
        with self.lock:
            record = self.get(kind, name)
            self.tags.pop(record[f"{kind}Arn"], None)
            short = name.partition(f":{ARN_KINDS[kind]}/")[2] or name
            del self._records[kind][short]

    def all(self, kind: str) -> list[Record]:
        """Every record of a kind, oldest first."""
        with self.lock:
            return sorted(self._records[kind].values(), key=lambda record: record["CreationTime"])

    def client(self, service: str) -> Any:
        """A client of SageMaker's own, for what AWS does without asking a role."""
        make: Any = boto3.client  # its stubs know literal service names alone
        return make(service)

    def client_of(self, role_arn: str, service: str) -> Any:
        """A client with a role's rights.

        Raises:
            CannotAssume: SageMaker may not assume the role.
        """
        return access.client(service, access.credentials(role_arn, PRINCIPAL, "SageMaker"))

    def tell(self, kind: str, record: Record, detail: Record) -> None:
        """Puts the state change of a record on the default event bus."""
        spaced = "".join(f" {c}" if c.isupper() else c for c in kind).strip()
        put_aws_event(
            "aws.sagemaker",
            f"SageMaker {spaced} State Change",
            detail,
            [record[f"{kind}Arn"]],
        )
