"""Captures requests and answers in SageMaker's own format, through a delivery stream."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.aws import client
from lambdas.common.capture_lost import count_lost
from lambdas.common.objects import Objects
from terrace.capture.record import Exchange, object_key
from terrace.environment import ServingEnvironment
from terrace.names import ModelNames
from terrace.serving.payload import Payload

# Of one record, before it is encoded in base64.
# Source: https://docs.aws.amazon.com/firehose/latest/dev/limits.html
MAX_RECORD_BYTES = 1_000 * 1024


@dataclass(frozen=True, kw_only=True)
class Capturing:
    """Hands records to the stream, which writes many of them as one object.

    A record that is too large for the stream becomes an object of its own.
    """

    told: ServingEnvironment
    logger: Logger

    def take(
        self,
        asked: Payload,
        answered: Payload,
        *,
        event_id: str,
        inference_id: str,
        custom_attributes: str,
    ) -> None:
        """Captures one exchange, or passes it over as the sampling percentage says.

        A request is answered also where capturing fails: that is logged, and counted in a metric
        with an alarm.
        """
        if random.uniform(0, 100) >= self.told.sampling_percentage:  # noqa: S311  # no secret
            return
        exchange = Exchange(
            event_id=event_id,
            at=datetime.now(UTC),
            request=asked.body,
            request_type=asked.content_type,
            response=answered.body,
            response_type=answered.content_type,
            inference_id=inference_id,
            custom_attributes=custom_attributes,
        )
        try:
            self._deliver(exchange)
        except (ClientError, BotoCoreError):
            self.logger.exception("a record was not captured", extra={"event_id": event_id})
            count_lost(self.told.tenant, self.told.model)

    def _deliver(self, exchange: Exchange) -> None:
        record = exchange.line()
        if len(record.encode()) > MAX_RECORD_BYTES:
            names = ModelNames(tenant=self.told.tenant, model=self.told.model)
            objects = Objects(bucket=self.told.bucket)
            key = object_key(names, exchange)
            objects.write(key, record, content_type="application/jsonlines")
            return
        client("firehose").put_record(
            DeliveryStreamName=self.told.delivery_stream, Record={"Data": record.encode()}
        )
