"""A model package, as `CreateModelPackage` takes it."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from lambdas.common.registry import HOLDOUT, as_noted
from lambdas.common.training import Baseline
from lambdas.register.card import card
from lambdas.register.request import Request
from terrace.deployment import Deployment
from terrace.endpoint_settings import RealTime
from terrace.instance_types import HOSTING, TRANSFORM

CONTENT_TYPES = ["text/csv", "application/json"]

_MOST_PROPERTIES = 49  # of the 50 that SageMaker takes: one is the signature
_LONGEST_NAME = 128
_STATISTICS = {"Statistics": "statistics", "Constraints": "constraints"}
_SHOWN_AS = {
    "data-quality": ("ModelDataQuality", _STATISTICS),
    "model-quality": ("ModelQuality", _STATISTICS),
    "bias-drift": ("Bias", {"PostTrainingConstraints": "analysis"}),
    "attribution-drift": ("Explainability", {"Constraints": "analysis"}),
}


def package(request: Request, model: Deployment) -> dict[str, Any]:
    """The arguments of `CreateModelPackage`, with the whole lineage of the version."""
    group = model.names.model_package_group
    return {
        "ModelPackageGroupName": group,
        "ModelPackageDescription": f"Run {request.run} of {request.model}: "
        f"data {request.plan.data.uri}, code {request.plan.code_version}"[:1024],
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": _inference(request, model),
        "ModelMetrics": {
            "ModelQuality": {"Statistics": _file(request.evaluation.evaluation_uri)},
            **drift_checks(request.baseline, ["data-quality"]),
        },
        "DriftCheckBaselines": drift_checks(request.baseline, list(_SHOWN_AS)),
        "CustomerMetadataProperties": properties(request),
        "ModelCard": card(request, model.model),
        "MetadataProperties": {
            "GeneratedBy": request.execution[:1024],
            "CommitId": request.plan.code_version[:1024],
        },
        # A retried step asks for the same version again instead of registering another.
        "ClientToken": hashlib.sha256(f"{group}/{request.run}".encode()).hexdigest()[:36],
    }


def properties(request: Request) -> dict[str, str]:
    """The lineage and the metrics as names and values, within SageMaker's limits.

    What is needed to check and to reproduce the version comes first; hyperparameters beyond the
    limit are left out and counted, the training job has them all.
    """
    given = list(_named(request))
    kept = given
    if len(given) > _MOST_PROPERTIES:
        kept = given[: _MOST_PROPERTIES - 1]
        kept.append(("left_out", str(len(given) - len(kept))))
    return {as_noted(name)[:_LONGEST_NAME]: as_noted(value) for name, value in kept if value}


def _named(request: Request) -> Iterator[tuple[str, str]]:
    plan, evaluation = request.plan, request.evaluation
    yield "artifact_sha256", evaluation.artifact_sha256
    yield "sample_uri", evaluation.sample_uri
    yield "baselines_uri", request.baseline.folder_uri
    if evaluation.trials_uri:
        yield "trials_uri", evaluation.trials_uri
    yield "run", request.run
    yield "training_job", evaluation.training_job
    yield "data_uri", plan.data.uri
    yield "data_version_id", plan.data.version_id or "none"
    yield "data_sha256", plan.data.sha256
    yield "data_rows", str(plan.data.rows)
    if plan.data.held_out:
        yield HOLDOUT, plan.data.held_out.rule
        yield "held_out_rows", str(plan.data.held_out.rows)
    yield "code_version", plan.code_version
    yield "reason", plan.reason
    yield "requested_by", plan.requested_by
    for split, metrics in evaluation.metrics.items():
        for metric, value in metrics.items():
            yield f"metric:{split}:{metric}", "undefined" if value is None else f"{value:.6g}"
    for parameter, text in evaluation.hyperparameters.items():
        yield f"hyperparameter:{parameter}", text


def _inference(request: Request, model: Deployment) -> dict[str, Any]:
    return {
        "Containers": [
            {"Image": request.plan.job.image, "ModelDataUrl": request.evaluation.artifact_uri}
        ],
        **_instance_types(model),
        "SupportedContentTypes": CONTENT_TYPES,
        "SupportedResponseMIMETypes": CONTENT_TYPES,
    }


def _instance_types(model: Deployment) -> dict[str, list[str]]:
    """The model's instance type where SageMaker has it for endpoints, and for batch transform.

    SageMaker refuses a type that it does not have for the purpose, and takes a package that names
    none.
    """
    endpoint = model.model.endpoint
    # What is served without instances can be tried on those of its training.
    on = endpoint if isinstance(endpoint, RealTime) else model.model.training
    purposes = {
        "SupportedRealtimeInferenceInstanceTypes": HOSTING,
        "SupportedTransformInstanceTypes": TRANSFORM,
    }
    return {
        name: [on.instance_type]
        for name, allowed in purposes.items()
        if on.instance_type in allowed
    }


def drift_checks(baseline: Baseline, kinds: Sequence[str]) -> dict[str, Any]:
    """The monitors' baselines where the model registry has a place for them."""
    found = {
        place: {
            member: _file(baseline.files[kind][name])
            for member, name in members.items()
            if name in baseline.files[kind]
        }
        for kind, (place, members) in _SHOWN_AS.items()
        if kind in kinds and kind in baseline.files
    }
    return {place: members for place, members in found.items() if members}


def _file(uri: str) -> dict[str, str]:
    return {"ContentType": "application/json", "S3Uri": uri}
