"""Captures requests and answers in SageMaker's own format, through a delivery stream."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.common.aws import client
from lambdas.common.capture_lost import count_lost
from terrace.capture.record import Exchange
from terrace.environment import ServingEnvironment
from terrace.serving.payload import Payload


@dataclass(frozen=True, kw_only=True)
class Capturing:
    """Hands records to the stream, which writes many of them as one object."""

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
            client("firehose").put_record(
                DeliveryStreamName=self.told.delivery_stream,
                Record={"Data": exchange.line().encode()},
            )
        except (ClientError, BotoCoreError):
            self.logger.exception("a record was not captured", extra={"event_id": event_id})
            count_lost(self.told.tenant, self.told.model)
