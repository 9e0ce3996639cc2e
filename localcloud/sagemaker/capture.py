"""Data capture: request and answer as JSON Lines in S3, in SageMaker's own layout."""

import base64
import json
import random
import threading
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from localcloud.sagemaker.cloud import Record
from localcloud.sagemaker.objects import parsed

_EVERY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as the container saw them."""

    event_id: str
    at: datetime
    request_type: str
    request: bytes
    response_type: str
    response: bytes
    inference_id: str = ""
    custom_attributes: str = ""


class Capture:
    """The capture of one variant; records are written in the background and when it ends."""

    def __init__(self, s3: Any, config: Record, endpoint: str, variant: str) -> None:
        self._s3, self._config = s3, config
        self._bucket, prefix = parsed(config["DestinationS3Uri"])
        self._prefix = "/".join(part for part in (prefix.strip("/"), endpoint, variant) if part)
        self._records: list[tuple[datetime, str]] = []
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write_often, daemon=True)
        self._thread.start()

    def take(self, exchange: Exchange) -> None:
        """Captures an exchange, or passes it over as the sampling percentage says."""
        if random.uniform(0, 100) >= self._config["InitialSamplingPercentage"]:  # noqa: S311  # sampling is no secret
            return
        line = json.dumps(record(self._config, exchange), separators=(",", ":"))
        with self._lock:
            self._records.append((exchange.at, line))

    def close(self) -> None:
        """Writes what is left."""
        self._ended.set()
        self._thread.join()

    def _write_often(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self._write()
        self._write()

    def _write(self) -> None:
        with self._lock:
            records, self._records = self._records, []
        hours: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for at, line in records:
            hours[f"{at:%Y/%m/%d/%H}"].append((at, line))
        key = self._config.get("KmsKeyId")
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        for hour, found in hours.items():
            first = found[0][0]
            name = f"{first:%M-%S}-{first.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
            body = "".join(line + "\n" for _, line in found)
            self._s3.put_object(
                Bucket=self._bucket,
                Key=f"{self._prefix}/{hour}/{name}",
                Body=body.encode(),
                **extra,
            )


def record(config: Record, exchange: Exchange) -> Record:
    """One line of a capture file."""
    modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
    both = "InputAndOutput" in modes
    data: Record = {}
    if both or "Input" in modes:
        data["endpointInput"] = _side(config, "INPUT", exchange.request_type, exchange.request)
    if both or "Output" in modes:
        data["endpointOutput"] = _side(config, "OUTPUT", exchange.response_type, exchange.response)
    metadata: Record = {"eventId": exchange.event_id}
    if exchange.custom_attributes:
        metadata["customAttributes"] = [exchange.custom_attributes]
    if exchange.inference_id:
        metadata["inferenceId"] = exchange.inference_id
    metadata["inferenceTime"] = f"{exchange.at:%Y-%m-%dT%H:%M:%SZ}"
    return {"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}


def _side(config: Record, mode: str, content_type: str, body: bytes) -> Record:
    encoding = _encoding(config.get("CaptureContentTypeHeader", {}), content_type)
    if encoding == "BASE64":
        data = base64.b64encode(body).decode()
    else:
        data = body.decode(errors="replace")
    return {
        "observedContentType": content_type,
        "mode": mode,
        "data": data,
        "encoding": encoding,
    }


def _encoding(headers: Record, content_type: str) -> str:
    plain = content_type.partition(";")[0].strip()
    if plain in headers.get("CsvContentTypes", []):
        return "CSV"
    return "JSON" if plain in headers.get("JsonContentTypes", []) else "BASE64"
