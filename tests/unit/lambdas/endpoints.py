"""A running endpoint with a registered version behind it, as the endpoint's stack leaves it."""

from datetime import datetime

from moto.sagemaker.models import sagemaker_backends

from .conftest import ACCOUNT, BUCKET, IMAGE, REGION, ROLE, Cloud

ENDPOINT = "north--tool-wear"
BASELINES = f"s3://{BUCKET}/tool-wear/baselines/0"


def registered(cloud: Cloud, *, baseline: bool = True, **noted: str) -> str:
    """A version in the model registry, with what was noted of it; its ARN."""
    properties = ({"baselines_uri": BASELINES} if baseline else {}) | noted
    sagemaker = cloud.client("sagemaker")
    if not sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        sagemaker.create_model_package_group(ModelPackageGroupName=ENDPOINT)
    answer = sagemaker.create_model_package(
        ModelPackageGroupName=ENDPOINT,
        InferenceSpecification={
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **({"CustomerMetadataProperties": properties} if properties else {}),
    )
    return str(answer["ModelPackageArn"])


def serve(cloud: Cloud, container: dict[str, str], *, since: datetime | None = None) -> None:
    """An endpoint that runs one container."""
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "m",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
    }
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="c")
    if since:
        # moto tells its own clock alone
        endpoint = sagemaker_backends[ACCOUNT][REGION].endpoints[ENDPOINT]
        endpoint.creation_time = since.strftime("%Y-%m-%d %H:%M:%S")


def serve_both(cloud: Cloud, second: str, **noted: str) -> str:
    """An endpoint with two versions, the second behind a variant of that name; its ARN.

    moto knows no shadow variants; where a variant is named makes no difference here.
    """
    sagemaker = cloud.client("sagemaker")
    arns = [registered(cloud, **noted), registered(cloud, **noted)]
    variants = []
    for name, arn in zip(("AllTraffic", second), arns, strict=True):
        sagemaker.create_model(
            ModelName=name, PrimaryContainer={"ModelPackageName": arn}, ExecutionRoleArn=ROLE
        )
        variants.append(
            {
                "VariantName": name,
                "ModelName": name,
                "InitialInstanceCount": 1,
                "InstanceType": "ml.m5.large",
            }
        )
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=variants)
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="c")
    return arns[1]


def evaluation(features_uri: str, predictions_uri: str | None = None) -> dict[str, object]:
    """What evaluate found of a run, as far as its baseline is concerned."""
    return {
        "metrics": {},
        "evaluation_uri": f"s3://{BUCKET}/evaluation.json",
        "sample_uri": f"s3://{BUCKET}/sample.json",
        "artifact_uri": f"s3://{BUCKET}/model.tar.gz",
        "artifact_sha256": "0" * 64,
        "features_uri": features_uri,
        "predictions_uri": predictions_uri,
    }
