"""`terrace ground-truth`: labels that became known, to where the monitors look for them."""

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from terrace import dataset
from terrace.batch import Batch, InvalidData, column_sql
from terrace.cli.choosing import chosen
from terrace.errors import TerraceError
from terrace.names import TenantNames
from terrace.settings_file import DEFAULT_PATH, load


class LabelsNotUploaded(TerraceError):
    """Labels could not be brought to the tenant's bucket."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("ground-truth")(ground_truth)


def ground_truth(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    model: Annotated[str, typer.Argument(help="The model's name.")],
    labels: Annotated[Path, typer.Argument(help="A .csv or .parquet file, one label a row.")],
    identifier: Annotated[
        str, typer.Option("--id", help="The column with the inference id, or the event id.")
    ] = "inference_id",
    label: Annotated[
        str | None, typer.Option(help="The column with the label. Default: the model's.")
    ] = None,
    settings: Annotated[Path, typer.Option(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Upload labels; monitors join them with captured predictions by inference id."""
    column = label or chosen(load(settings), tenant, model).label
    batch = dataset.whole(str(labels))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        count = 0
        for record in records(batch, identifier, column, where=str(labels)):
            file.write(json.dumps(record) + "\n")
            count += 1
        file.flush()
        try:
            uri = _uploaded(tenant, model, Path(file.name))
        except (BotoCoreError, ClientError) as error:
            raise LabelsNotUploaded(
                f"{labels}: its labels were not uploaded for {tenant}/{model}: {error}"
            ) from error
    typer.echo(f"{count} labels in {uri}")


def records(batch: Batch, identifier: str, label: str, *, where: str) -> Iterator[dict[str, Any]]:
    """SageMaker's ground-truth records of a table, one a prediction that has a label.

    Rows that follow each other with the same id are of one request, which had several rows.

    Raises:
        InvalidData: A column is absent, or a label is of no prediction.
    """
    for name in (identifier, label):
        if name not in batch.columns:
            raise InvalidData(
                f"{where}: no column {name!r}; expected one of: {', '.join(batch.columns)}"
            )
    found = batch.relation.project(
        f"CAST({column_sql(identifier)} AS VARCHAR), CAST({column_sql(label)} AS VARCHAR)"
    )
    numbered = enumerate(found.fetchall(), start=1)
    for event_id, rows in groupby(numbered, key=lambda item: item[1][0]):
        values = [(number, value) for number, (_, value) in rows]
        if event_id is None:
            raise InvalidData(
                f"{where}: row {values[0][0]} has no {identifier!r}; "
                "expected the id of a prediction"
            )
        if any(value is not None for _, value in values):
            yield {
                "groundTruthData": {
                    "data": "\n".join(_as_csv(value or "") for _, value in values),
                    "encoding": "CSV",
                },
                "eventMetadata": {"eventId": event_id},
                "eventVersion": "0",
            }


def _as_csv(value: str) -> str:
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow([value])
    return row.getvalue()


def _uploaded(tenant: str, model: str, path: Path) -> str:
    account = boto3.client("sts").get_caller_identity()["Account"]
    s3 = boto3.client("s3")
    bucket = TenantNames(tenant=tenant).bucket(account, s3.meta.region_name)
    # Filed under the hour in which the label became known, as SageMaker has it.
    key = f"{model}/ground-truth/{datetime.now(UTC):%Y/%m/%d/%H}/{uuid4()}.jsonl"
    s3.upload_file(str(path), bucket, key)
    return f"s3://{bucket}/{key}"
