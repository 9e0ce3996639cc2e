"""`terrace lineage`: from a version back to data, code, parameters, baselines and approver."""

import json
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from terrace.cli.choosing import chosen
from terrace.cli.rollouts import last_rollout
from terrace.cli.versions import NotDeployed, described, one, running
from terrace.errors import TerraceError
from terrace.names import NO_VERSION, ModelNames
from terrace.rollouts import LEFT
from terrace.settings_file import DEFAULT_PATH, load

_PARAMETER, _METRIC = "hyperparameter:", "metric:"

Lineage = dict[str, dict[str, str]]


class NoLineage(TerraceError):
    """What the registry does not tell."""


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(lineage)


def lineage(
    tenant: Annotated[str, typer.Argument(help="The tenant's name.")],
    model: Annotated[str, typer.Argument(help="The model's name.")],
    version: Annotated[
        int | None, typer.Option(help="The version. Default: the one that runs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    settings: Annotated[Path, typer.Option(help="The settings file.")] = DEFAULT_PATH,
) -> None:
    """Where a version comes from, and who let it run."""
    chosen(load(settings), tenant, model)
    names = ModelNames(tenant=tenant, model=model)
    try:
        arn = running(names) if version is None else one(names, version).arn
        if arn is None:
            raise NotDeployed(f"{tenant}/{model} runs no version yet; expected --version")
        found = _walked(arn, names)
    except (BotoCoreError, ClientError) as error:
        raise NoLineage(f"{tenant}/{model}: {error}") from error
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    table = Table(title=f"{tenant}/{model}, version {arn.rpartition('/')[2]}", show_header=False)
    for title, facts in found.items():
        for place, (name, value) in enumerate(facts.items()):
            table.add_row("" if place else title, name, value)
        table.add_section()
    Console().print(table)


def _walked(arn: str, names: ModelNames) -> Lineage:
    package = described(arn)
    told: dict[str, str] = package.get("CustomerMetadataProperties", {})
    container = package["InferenceSpecification"]["Containers"][0]
    found = {
        "version": {
            "arn": arn,
            "endpoint": names.endpoint if arn == running(names) else "does not run",
            "registered": str(package["CreationTime"]),
        },
        "approval": _approval(package, told),
        "rollout": _rollout(names.tenant, arn),
        "artifact": {
            "uri": container["ModelDataUrl"],
            "sha256": told.get("artifact_sha256", ""),
            "image": container.get("Image", ""),
        },
        "data": {name[5:]: told.get(name, "") for name in told if name.startswith("data_")},
        "code": {"version": told.get("code_version", "")},
        "training": _training(package, told),
        "parameters": _named(told, _PARAMETER),
        "metrics": _named(told, _METRIC),
        "baselines": {"folder": told.get("baselines_uri", "")},
    }
    return {title: {k: v for k, v in facts.items() if v} for title, facts in found.items()}


def _named(told: dict[str, str], prefix: str) -> dict[str, str]:
    return {name[len(prefix) :]: value for name, value in told.items() if name.startswith(prefix)}


def _approval(package: dict[str, Any], told: dict[str, str]) -> dict[str, str]:
    by = package.get("LastModifiedBy", {})
    who = by.get("IamIdentity", {}).get("Arn") or by.get("UserProfileName") or ""
    return {
        "status": str(package["ModelApprovalStatus"]),
        "description": str(package.get("ApprovalDescription", "")),
        "by": str(who),
        # Of one that was approved by a link, `by` is the function behind it.
        "by link": told.get("approved_by", "") if str(who).endswith("--approve") else "",
        "at": str(package.get("LastModifiedTime", "")),
    }


def _rollout(tenant: str, arn: str) -> dict[str, str]:
    """How the version's last rollout ended, and whether it was gone back from since."""
    try:
        last = last_rollout(tenant, arn)
    except ClientError as error:  # the registry tells the rest, to whom it may be told
        return {"outcome": f"not known: {error}"}
    if last is None:
        return {"outcome": "none was tried"}
    version = last.other.rpartition("/")[2]
    other = {"replaced by" if last.outcome == LEFT else "replaced": f"version {version}"}
    return {
        "outcome": "deployed, and gone back from" if last.outcome == LEFT else last.outcome,
        "at": last.at,
        "reason": last.reason,
        **(other if last.other != NO_VERSION else {}),
    }


def _training(package: dict[str, Any], told: dict[str, str]) -> dict[str, str]:
    name = told.get("training_job", "")
    facts = {
        "job": name,
        "reason": told.get("reason", ""),
        "execution": str(package.get("MetadataProperties", {}).get("GeneratedBy", "")),
    }
    if name:
        job = boto3.client("sagemaker").describe_training_job(TrainingJobName=name)
        facts |= {
            "instance": job["ResourceConfig"]["InstanceType"],
            "started": str(job.get("TrainingStartTime", "")),
            "ended": str(job.get("TrainingEndTime", "")),
            "read": job["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"],
        }
    return facts
