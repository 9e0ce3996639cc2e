"""Writes what it reads: one exchange as a record in SageMaker's data-capture format."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from terrace.names import VARIANT, ModelNames

_AS_TEXT = {"text/csv": "CSV", "application/json": "JSON", "application/jsonlines": "JSON"}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer.

    Attributes:
        event_id: Unique among all requests.
        inference_id: The caller's own, by which ground truth is joined later; may be empty.
        custom_attributes: The caller's own; may be empty.
    """

    event_id: str
    at: datetime
    request: bytes
    request_type: str
    response: bytes
    response_type: str
    inference_id: str = ""
    custom_attributes: str = ""

    def line(self) -> str:
        """The record as a line of JSON, with its end."""
        metadata: dict[str, object] = {"eventId": self.event_id}
        if self.custom_attributes:
            metadata["customAttributes"] = [self.custom_attributes]
        if self.inference_id:
            metadata["inferenceId"] = self.inference_id
        metadata["inferenceTime"] = f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        record = {
            "captureData": {
                "endpointInput": _side("INPUT", self.request, self.request_type),
                "endpointOutput": _side("OUTPUT", self.response, self.response_type),
            },
            "eventMetadata": metadata,
            "eventVersion": "0",
        }
        return json.dumps(record, separators=(",", ":")) + "\n"


def object_key(names: ModelNames, exchange: Exchange) -> str:
    """Where a record lies that is an object of its own, in SageMaker's own layout."""
    folder = f"{names.model}/capture/{names.endpoint}/{VARIANT}"
    return f"{folder}/{exchange.at.astimezone(UTC):%Y/%m/%d/%H/%M-%S}-{exchange.event_id}.jsonl"


def _side(mode: str, body: bytes, content_type: str) -> dict[str, str]:
    encoding = _AS_TEXT.get(content_type.partition(";")[0].strip().lower(), "BASE64")
    try:
        data = body.decode() if encoding != "BASE64" else base64.b64encode(body).decode()
    except UnicodeDecodeError:
        encoding, data = "BASE64", base64.b64encode(body).decode()
    return {
        "observedContentType": content_type,
        "mode": mode,
        "data": data,
        "encoding": encoding,
    }
