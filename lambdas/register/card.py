"""A version's model card, in the schema that SageMaker has for the cards of model packages.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html#model-card-schema
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from lambdas.register.request import Request
from terrace.gate import Metrics
from terrace.model_settings import Model

_LONGEST_CARD = 100_000
_LONGEST_NAME, _LONGEST_METRIC = 63, 255
_LONGEST_TEXT, _LONGEST_OBSERVATION = 1024, 2096
_MOST_PARAMETERS = 100

Part = dict[str, Any]


def card(request: Request, model: Model) -> Part:
    """The card, for `CreateModelPackage`; what it says of people is what the file says."""
    content = {
        "model_overview": {
            "model_creator": request.plan.requested_by[:_LONGEST_TEXT],
            "model_artifact": [request.evaluation.artifact_uri],
        },
        **_intended(model),
        "training_details": _training(request, model),
        "evaluation_details": list(_evaluations(request)),
        "additional_information": _additional(request, model),
    }
    while len(told := json.dumps(content)) > _LONGEST_CARD:
        # The last are slices and facets, which the evaluation's own file has as well.
        content["evaluation_details"].pop()
    return {"ModelCardContent": told, "ModelCardStatus": "PendingReview"}


def _intended(model: Model) -> Part:
    told = {
        "purpose_of_model": model.card.purpose,
        "intended_uses": model.card.intended_uses,
        "risk_rating": model.card.risk_rating,
    }
    return {"intended_uses": {name: text for name, text in told.items() if text}}


def _training(request: Request, model: Model) -> Part:
    plan, tuning = request.plan, model.training.tuning
    parameters = list(request.evaluation.hyperparameters.items())[:_MOST_PARAMETERS]
    details = {
        "training_datasets": [plan.data.uri],
        "training_environment": {"container_image": [plan.job.image]},
        "user_provided_hyper_parameters": [
            {"name": name[:_LONGEST_METRIC], "value": text[:_LONGEST_METRIC] or "none"}
            for name, text in parameters
        ],
    }
    observed = f"Training job {request.evaluation.training_job}, {plan.reason}"
    found: Part = {
        "training_observations": observed[:_LONGEST_TEXT],
        "training_job_details": details,
    }
    if tuning:
        facet = tuning.objective[:_LONGEST_NAME]
        found["objective_function"] = {"function": {"function": tuning.goal, "facet": facet}}
    return found


def _evaluations(request: Request) -> Iterator[Part]:
    """One a split, then one a column that was sliced by, then one of the bias."""
    evaluation = request.evaluation
    verdicts = "\n".join(request.gate.verdicts)
    for split, metrics in evaluation.metrics.items():
        yield _evaluation(f"split {split}", {"metrics": metrics}, evaluation.evaluation_uri)
    yield _observation("gate", verdicts or "The model has no gate.")
    yield _observation("data", "\n".join(request.baseline.data) or "Nothing was compared.")
    for column in dict.fromkeys(one.column for one in evaluation.slices):
        groups = {
            f"{one.value} ({one.rows} rows)": one.metrics
            for one in evaluation.slices
            if one.column == column
        }
        yield _evaluation(f"slices of {column}", groups, evaluation.evaluation_uri)
    if evaluation.bias:
        yield _evaluation("bias", evaluation.bias, evaluation.evaluation_uri)


def _observation(name: str, words: str) -> Part:
    return {"name": name, "evaluation_observation": words[:_LONGEST_OBSERVATION]}


def _evaluation(name: str, groups: Mapping[str, Metrics], uri: str) -> Part:
    return {
        "name": name[:_LONGEST_NAME],
        "datasets": [uri],
        "metric_groups": [
            {"name": group[:_LONGEST_NAME] or "none", "metric_data": list(_metrics(metrics))}
            for group, metrics in groups.items()
        ],
    }


def _metrics(metrics: Metrics) -> Iterator[Part]:
    for name, value in metrics.items():
        if value is None or not math.isfinite(value):
            yield {"name": name, "type": "string", "value": "undefined"}
        else:
            yield {"name": name, "type": "number", "value": value}


def _additional(request: Request, model: Model) -> Part:
    plan = request.plan
    details = {
        "artifact_sha256": request.evaluation.artifact_sha256,
        "baselines": request.baseline.folder_uri,
        "code_version": plan.code_version,
        "data_rows": str(plan.data.rows),
        "data_sha256": plan.data.sha256,
        "data_version_id": plan.data.version_id,
        "execution": request.execution,
        "held_out": plan.data.held_out
        and f"{plan.data.held_out.rows} rows, {plan.data.held_out.rule}",
        "run": request.run,
        "trials": request.evaluation.trials_uri,
    }
    told = {
        "ethical_considerations": model.card.ethical_considerations,
        "caveats_and_recommendations": model.card.caveats,
    }
    return {name: text for name, text in told.items() if text} | {
        "custom_details": {name: text[:_LONGEST_TEXT] for name, text in details.items() if text}
    }
