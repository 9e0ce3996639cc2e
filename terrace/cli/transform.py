"""`terrace batch-capture`: what a batch transform job captured, for `terrace check`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from terrace.batch import InvalidData
from terrace.capture.transform import listed, paired, records


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("batch-capture")(batch_capture)


def batch_capture(
    destination: Annotated[
        str, typer.Argument(help="The job's DataCaptureConfig.DestinationS3Uri.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .jsonl file to write.")],
) -> None:
    """Write a transform job's requests and answers as captured records."""
    if not destination.startswith("s3://"):
        raise InvalidData(f"destination got {destination!r}; expected s3://bucket/prefix")
    count = 0
    try:
        inputs, outputs = (list(_named(destination, side)) for side in ("input", "output"))
        if not inputs:
            raise InvalidData(f"{destination}: no manifests below input/; expected a job's capture")
        with output.open("w", encoding="utf-8") as file:
            for address, answered in paired(inputs, outputs):
                for record in records(_lines(address), _lines(answered), address=address):
                    file.write(json.dumps(record) + "\n")
                    count += 1
    except (BotoCoreError, ClientError) as error:
        raise InvalidData(f"{destination}: cannot be read: {error}") from error
    typer.echo(f"{count} records of {len(inputs)} inputs in {output}")


def _named(destination: str, side: str) -> Iterator[str]:
    """The objects that all manifests of one side name."""
    bucket, prefix = _split(f"{destination.rstrip('/')}/{side}/")
    pages = boto3.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            address = f"s3://{bucket}/{item['Key']}"
            yield from listed("".join(_lines(address)), where=address)


def _lines(address: str) -> Iterator[str]:
    bucket, key = _split(address)
    body: Any = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
    return (line.decode() for line in body.iter_lines(keepends=True))


def _split(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key
