"""Queues that tests look into."""

import uuid
from dataclasses import dataclass
from typing import Any

from tests.local.conftest import Cloud, eventually, policy


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue of a test."""

    cloud: Cloud
    url: str
    arn: str

    def received(self) -> list[dict[str, Any]]:
        """The messages that wait now; they are taken out."""
        sqs = self.cloud.client("sqs")
        found = sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=1,
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        for message in found:
            sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return list(found)

    def next(self) -> dict[str, Any]:
        """The next message, as soon as there is one."""
        return dict(eventually(self.received)[0])

    def let_in(self, principal: str, source_arn: str) -> None:
        """Lets a service send on behalf of a source."""
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": principal},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
        }
        self.cloud.client("sqs").set_queue_attributes(
            QueueUrl=self.url, Attributes={"Policy": policy(statement)}
        )


def new_queue(cloud: Cloud, **attributes: str) -> Queue:
    """A new, empty queue."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:12]}", Attributes=attributes)
    found = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
    return Queue(cloud=cloud, url=url["QueueUrl"], arn=found["Attributes"]["QueueArn"])
