"""What a batch transform job captured, as the records that a real-time endpoint captures.

A transform job captures no payloads: below its destination are manifests in `input/` and `output/`,
which name the objects that it read and wrote. A row of the one is answered by the same row of the
other; with `GenerateInferenceId`, an id and a time end each answer.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from terrace.batch import InvalidData

_OUTPUT = ".out"  # what a transform job puts behind an input's name
_ID = re.compile(
    r",(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),"
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?)$"
)
_IN_JSON = ("SageMakerInferenceId", "SageMakerInferenceTime")
_JSON_LINES = (".jsonl", ".json", ".ndjson")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of a job, and what the job says of it."""

    data: str
    inference_id: str | None
    time: str | None


def listed(manifest: str, *, where: str) -> list[str]:
    """The addresses of the objects that a manifest names.

    Raises:
        InvalidData: It is no manifest.
    """
    try:
        told = json.loads(manifest)
        prefix = str(told[0]["prefix"])
        return [prefix + str(name) for name in told[1:]]
    except (ValueError, TypeError, LookupError) as error:
        raise InvalidData(
            f'{where}: cannot be read ({error!r}); expected a manifest, [{{"prefix": "s3://..."}}, '
            '"name", ...]'
        ) from error


def paired(inputs: Iterable[str], outputs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each input's address with that of its output.

    Raises:
        InvalidData: An input has no output.
    """
    by_name = {_name(address).removesuffix(_OUTPUT): address for address in outputs}
    for address in inputs:
        name = _name(address)
        if name not in by_name:
            raise InvalidData(f"{address}: no output {name}{_OUTPUT}; expected one of each input")
        yield address, by_name[name]


def records(
    requests: Iterable[str], answers: Iterable[str], *, address: str
) -> Iterator[dict[str, Any]]:
    """The records of one input and its output.

    Args:
        requests: The input's lines.
        answers: The output's.
        address: The input's.

    Raises:
        InvalidData: One has more lines than the other.
    """
    encoding = "JSON" if address.endswith(_JSON_LINES) else "CSV"
    content_type = "application/json" if encoding == "JSON" else "text/csv"
    pairs = zip(_filled(requests), _filled(answers), strict=True)
    try:
        for place, (request, answered) in enumerate(pairs, start=1):
            answer = _answer(answered, encoding)
            sides = {"endpointInput": ("INPUT", request), "endpointOutput": ("OUTPUT", answer.data)}
            yield {
                "captureData": {
                    side: {
                        "observedContentType": content_type,
                        "mode": mode,
                        "data": data,
                        "encoding": encoding,
                    }
                    for side, (mode, data) in sides.items()
                },
                "eventMetadata": {
                    "eventId": answer.inference_id or f"{address}#{place}",
                    "inferenceTime": answer.time or f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
                },
                "eventVersion": "0",
            }
    except ValueError as error:
        raise InvalidData(
            f"{address}: its output has another number of rows; expected one a request"
        ) from error


def _answer(line: str, encoding: str) -> Answer:
    if encoding == "JSON":
        try:
            told = json.loads(line)
        except ValueError:  # whoever reads the record will set it aside
            told = None
        known = dict(told) if isinstance(told, dict) else {}
        inference_id, time = (known.pop(name, None) for name in _IN_JSON)
        return Answer(
            data=json.dumps(known) if known else line, inference_id=inference_id, time=time
        )
    found = _ID.search(line)
    if not found:
        return Answer(data=line, inference_id=None, time=None)
    return Answer(data=line[: found.start()], inference_id=found["id"], time=found["time"])


def _filled(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in (line.rstrip("\r\n") for line in lines) if line)


def _name(address: str) -> str:
    return address.rpartition("/")[2]
