from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from lambdas.register.handler import handler
from lambdas.register.package import package, properties
from lambdas.register.request import Request
from localcloud.shapes import violations

from .conftest import BUCKET, IMAGE, MODEL, Cloud, Context

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:terrace--north--training:one"
FOLDER = f"s3://{BUCKET}/tool-wear"
BASELINES = f"{FOLDER}/baselines/0123456789ab"


def asked(**hyperparameters: str) -> dict[str, Any]:
    return {
        "model": MODEL,
        "run": "0123456789ab",
        "execution": EXECUTION,
        "plan": {
            "model": MODEL,
            "run": "0123456789ab",
            "data": {
                "uri": f"{FOLDER}/training/data/set.csv",
                "channel_uri": f"{FOLDER}/training/runs/0123456789ab/",
                "version_id": None,
                "sha256": "d" * 64,
                "rows": 17520,
            },
            "code_version": "abc123",
            "job": {
                "name": "north--tool-wear--0123456789ab",
                "image": IMAGE,
                "role_arn": "r",
                "instance_type": "ml.m5.large",
                "volume_size_gb": 10,
                "max_runtime_seconds": 3600,
                "hyperparameters": {},
                "output_uri": "o",
                "kms_key_id": "k",
            },
        },
        "evaluation": {
            "metrics": {"random": {"accuracy": 0.9934, "mcc": None}},
            "training_job": "north--tool-wear--0123456789ab",
            "hyperparameters": hyperparameters,
            "evaluation_uri": f"{FOLDER}/evaluations/0123456789ab/evaluation.json",
            "sample_uri": f"{FOLDER}/evaluations/0123456789ab/sample.json",
            "artifact_uri": f"{FOLDER}/training/jobs/j/output/model.tar.gz",
            "artifact_sha256": "a" * 64,
            "features_uri": f"{FOLDER}/baselines/0123456789ab/features.parquet",
            "predictions_uri": None,
        },
        "baseline": {
            "folder_uri": BASELINES,
            "files": {
                "data-quality": {
                    name: f"{BASELINES}/data-quality/{name}.json"
                    for name in ("statistics", "constraints", "options")
                },
                "bias-drift": {"analysis": f"{BASELINES}/bias-drift/analysis.json"},
            },
        },
    }


def test_a_version_waits_for_approval_with_its_whole_lineage(
    cloud: Cloud, context: Context
) -> None:
    cloud.deploy()
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="north--tool-wear")

    answer = handler(asked(trees="7"), context)

    assert answer["version"] == 1
    found = sagemaker.describe_model_package(ModelPackageName=answer["model_package_arn"])
    assert found["ModelPackageGroupName"] == "north--tool-wear"
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    container = found["InferenceSpecification"]["Containers"][0]
    assert container["Image"] == IMAGE
    assert container["ModelDataUrl"].endswith("/model.tar.gz")
    baseline = found["DriftCheckBaselines"]["ModelDataQuality"]
    assert baseline["Statistics"]["S3Uri"].endswith("/data-quality/statistics.json")
    assert baseline["Constraints"]["S3Uri"].endswith("/data-quality/constraints.json")
    bias = found["DriftCheckBaselines"]["Bias"]
    assert bias["PostTrainingConstraints"]["S3Uri"] == f"{BASELINES}/bias-drift/analysis.json"
    assert found["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"].endswith("evaluation.json")
    assert found["MetadataProperties"] == {"GeneratedBy": EXECUTION, "CommitId": "abc123"}
    noted = found["CustomerMetadataProperties"]
    assert noted["artifact_sha256"] == "a" * 64
    assert noted["baselines_uri"] == BASELINES
    assert noted["data_sha256"] == "d" * 64
    assert noted["data_version_id"] == "none"
    assert noted["training_job"] == "north--tool-wear--0123456789ab"
    assert noted["metric:random:accuracy"] == "0.9934"
    assert noted["metric:random:mcc"] == "undefined"
    assert noted["hyperparameter:trees"] == "7"


def test_a_second_registration_is_the_next_version(cloud: Cloud, context: Context) -> None:
    cloud.deploy()
    cloud.client("sagemaker").create_model_package_group(ModelPackageGroupName="north--tool-wear")

    versions = [handler(asked(), context)["version"] for _ in range(2)]

    assert versions == [1, 2]


def test_too_many_hyperparameters_are_left_out_and_counted() -> None:
    given = {f"p{number}": "1" for number in range(60)}

    noted = properties(Request.model_validate(asked(**given)))

    assert len(noted) == 49
    assert noted["artifact_sha256"] == "a" * 64
    assert noted["baselines_uri"] == BASELINES
    kept = sum(name.startswith("hyperparameter:") for name in noted)
    assert noted["left_out"] == str(60 - kept)


def test_values_that_sagemaker_would_refuse_are_made_fit() -> None:
    noted = properties(Request.model_validate(asked(layers="[8, 4] {x}", long="y" * 999, none="")))

    assert noted["hyperparameter:layers"] == "_8_ 4_ _x_"
    assert noted["hyperparameter:long"] == "y" * 256
    assert "hyperparameter:none" not in noted


def test_a_retried_registration_carries_the_token_of_the_first(cloud: Cloud) -> None:
    model = cloud.deploy()
    request = Request.model_validate(asked())
    other = request.model_copy(update={"run": "ba9876543210"})

    token = package(request, model)["ClientToken"]

    assert token == package(request, model)["ClientToken"] != package(other, model)["ClientToken"]
    assert len(token) <= 36


@pytest.mark.parametrize(
    ("endpoint", "training", "realtime", "transform"),
    [
        ("ml.m5.large", "ml.m5.large", True, True),
        ("ml.c5d.large", "ml.m5.large", True, False),
        (None, "ml.c6i.xlarge", True, True),
        (None, "ml.c5n.xlarge", False, False),
        (None, "ml.p5.48xlarge", True, False),
    ],
)
def test_a_package_names_the_instance_type_only_for_what_sagemaker_has_it(
    cloud: Cloud, endpoint: str | None, training: str, *, realtime: bool, transform: bool
) -> None:
    given: dict[str, Any] = {"kind": "lambda"}
    if endpoint:
        given = {"kind": "real-time", "instance_type": endpoint}
    model = cloud.deploy(endpoint=given, training={"instance_type": training})
    arguments = package(Request.model_validate(asked()), model)
    told = arguments["InferenceSpecification"]
    expected = [endpoint or training]
    assert told.get("SupportedRealtimeInferenceInstanceTypes") == (expected if realtime else None)
    assert told.get("SupportedTransformInstanceTypes") == (expected if transform else None)
    request = {**arguments, "ModelPackageGroupName": "g"}
    service = botocore.session.get_session().get_service_model("sagemaker")
    shape = service.operation_model("CreateModelPackage").input_shape
    assert not ParamValidator().validate(request, shape).has_errors()
    assert list(violations(request, shape)) == []
