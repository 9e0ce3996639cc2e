"""Validate: is the training set fit to train on, and what exactly will the job be?"""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.common.aws import environment
from lambdas.common.deployments import deployment
from lambdas.common.objects import Objects
from lambdas.common.request import ModelRequest
from lambdas.common.training import ENDINGS, HeldOut, Job, Plan, TrainingSet
from lambdas.validate.dividing import divided
from lambdas.validate.reading import InvalidTrainingData, TrainingFile
from lambdas.validate.searching import in_one_job, refuse_searched, searched
from lambdas.validate.training_set import checked_rows
from terrace.deployment import Deployment
from terrace.model_settings import Model
from terrace.names import TenantNames, joined
from terrace.training_settings import Parameter

logger = Logger(service="validate")

# A training job's name has 63 characters, of which tenant, model and separators take up to 48.
_RUN_LENGTH = 12


class Request(ModelRequest):
    """A training set of one model; without `data`, the newest one in the tenant's bucket."""

    execution: str
    data: str | None = None
    code_version: str = "unknown"
    parameters: dict[str, Parameter] | None = None
    reason: str = "asked for by hand"
    requested_by: str = "unknown"


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Checks the training set and answers with the `Plan` of the training job."""
    request = Request.model_validate(event)
    told = environment()
    model = deployment(told.tenant, request.model)
    objects = Objects(bucket=told.bucket)
    run = hashlib.sha256(request.execution.encode()).hexdigest()[:_RUN_LENGTH]
    data = checked(objects, request, run=run, model=model.model)
    plan = planned(objects, request, model, run=run, data=data)
    logger.info("training set checked", extra={"plan": plan.model_dump()})
    return plan.model_dump()


def checked(objects: Objects, request: Request, *, run: str, model: Model) -> TrainingSet:
    """The training set, once it is known to be one, with a copy that this run alone reads.

    A channel is a prefix, which other objects may share, and its newest version may not be the
    one that was checked; the copy is exactly that, and stays when old versions are deleted. What
    is held out is not in it.

    Raises:
        InvalidTrainingData: It cannot be trained on, or there is none.
    """
    uri = request.data or _newest(objects, request.model)
    expected = objects.uri(_folder(request.model))
    if not uri.startswith(expected):
        raise InvalidTrainingData(
            f"training set got {uri!r}; expected an object below {expected}, "
            "where the model's training job may read"
        )
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "training-set"
        found = objects.download(uri, path)
        file = TrainingFile(path=path, uri=uri)
        rows = checked_rows(file, model.label)
        held_out = None
        if model.holdout:
            sides = divided(file, model.label, model.holdout, Path(temporary))
            path = sides.training
            held_out = HeldOut(
                # Where the training role may not read.
                uri=objects.upload(sides.held_out, f"{request.model}/held-out/{run}.parquet"),
                rows=sides.held_out_rows,
                rule=str(model.holdout),
            )
        channel = f"{request.model}/training/runs/{run}/"
        objects.upload(path, channel + uri.rpartition("/")[2])
    return TrainingSet(
        uri=uri,
        version_id=found.version_id,
        sha256=found.sha256,
        rows=rows,
        channel_uri=objects.uri(channel),
        held_out=held_out,
    )


def planned(
    objects: Objects, request: Request, model: Deployment, *, run: str, data: TrainingSet
) -> Plan:
    """The training job, or the search by several, that this execution will create.

    Raises:
        InvalidParameters: A hyperparameter was asked for that is searched for.
    """
    training = model.model.training
    parameters = training.hyperparameters | (request.parameters or {})
    told = {name: _text(value) for name, value in parameters.items()}
    search = None
    if training.tuning:
        refuse_searched(training.tuning, told)
        if training.tuning.where == "jobs":
            search = searched(training.tuning, TenantNames(tenant=model.tenant).tuning_job(run))
        else:
            told |= in_one_job(training.tuning)
    job = Job(
        name=joined(model.tenant, request.model, run),
        image=model.image,
        role_arn=model.training_role_arn,
        instance_type=training.instance_type,
        volume_size_gb=training.volume_size_gb,
        max_runtime_seconds=training.max_runtime_seconds,
        hyperparameters=told,
        output_uri=objects.uri(f"{request.model}/training/jobs/"),
        kms_key_id=model.key_arn,
    )
    return Plan(
        model=request.model,
        run=run,
        data=data,
        code_version=request.code_version,
        reason=request.reason,
        requested_by=request.requested_by,
        job=job,
        search=search,
    )


def _folder(model: str) -> str:
    return f"{model}/training/data/"


def _newest(objects: Objects, model: str) -> str:
    prefix = _folder(model)
    found = [item for item in objects.listed(prefix) if item.key.lower().endswith(ENDINGS)]
    if not found:
        raise InvalidTrainingData(
            f"no training set below {objects.uri(prefix)}; expected one at least, "
            f"its name ending in {' or '.join(ENDINGS)}"
        )
    return objects.uri(max(found, key=lambda item: (item.modified, item.key)).key)


def _text(value: Parameter) -> str:
    """A hyperparameter as SageMaker takes it, and as the file that holds it writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
