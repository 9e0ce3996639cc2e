"""Models and endpoint configurations: records that an endpoint is made from."""

from typing import Any

from localcloud.json_api import Operation
from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.errors import invalid
from localcloud.sagemaker.image import check_image
from localcloud.sagemaker.listing import page
from localcloud.sagemaker.registry import container_of


def operations(cloud: Cloud) -> dict[str, Operation]:
    """The operations on models and endpoint configurations."""

    def create_model(request: dict[str, Any]) -> dict[str, Any]:
        containers = request.get("Containers") or [request.get("PrimaryContainer")]
        if len(containers) != 1 or containers[0] is None:
            raise invalid(
                f"The embedded cloud serves models of one container; got {len(containers)}. "
                f"Deploy it to AWS, or add it in localcloud/sagemaker/hosting.py."
            )
        if containers[0].get("Mode") == "MultiModel":
            _check_multi_model(containers[0])
        if package := containers[0].get("ModelPackageName"):
            check_image((container_of(cloud, package) | containers[0])["Image"])
        else:
            check_image(containers[0].get("Image", ""))
        record = {k: v for k, v in request.items() if k not in ("Tags", "Containers")}
        record["PrimaryContainer"] = containers[0]
        record.setdefault("EnableNetworkIsolation", False)
        return cloud.add("Model", request["ModelName"], record, request.get("Tags", []))

    def create_config(request: dict[str, Any]) -> dict[str, Any]:
        _check_config(cloud, request)
        record = {k: v for k, v in request.items() if k != "Tags"}
        name = request["EndpointConfigName"]
        return cloud.add("EndpointConfig", name, record, request.get("Tags", []))

    def delete(kind: str) -> Operation:
        def remove(request: dict[str, Any]) -> dict[str, Any]:
            cloud.remove(kind, request[f"{kind}Name"])
            return {}

        return remove

    return {
        "CreateModel": create_model,
        "DescribeModel": lambda r: cloud.get("Model", r["ModelName"]),
        "DeleteModel": delete("Model"),
        "ListModels": lambda r: page(cloud.all("Model"), r, name="ModelName", answer="Models"),
        "CreateEndpointConfig": create_config,
        "DescribeEndpointConfig": lambda r: cloud.get("EndpointConfig", r["EndpointConfigName"]),
        "DeleteEndpointConfig": delete("EndpointConfig"),
        "ListEndpointConfigs": lambda r: page(
            cloud.all("EndpointConfig"), r, name="EndpointConfigName", answer="EndpointConfigs"
        ),
    }


def _check_multi_model(container: dict[str, Any]) -> None:
    """Refuses a container that no model could be loaded into.

    Raises:
        SageMakerError: It is asked for what a container of many models does not have.
    """
    uri = container.get("ModelDataUrl", "")
    if not (uri.startswith("s3://") and uri.endswith("/")):
        raise invalid(
            f"Mode MultiModel with ModelDataUrl {uri!r}; expected the S3 prefix of all artifacts."
        )


def _check_config(cloud: Cloud, request: dict[str, Any]) -> None:
    """Refuses what AWS, or the embedded cloud, has no endpoint for.

    Raises:
        SageMakerError: There is no such model, or it is asked for what does not go together.
    """
    if "AsyncInferenceConfig" in request and request.get("ShadowProductionVariants"):
        raise invalid("AsyncInferenceConfig does not go together with ShadowProductionVariants.")
    for variant in _variants(request):
        cloud.get("Model", variant["ModelName"])
        if "ServerlessConfig" in variant:
            _check_serverless(cloud, request, variant)
        elif "InstanceType" not in variant:
            raise invalid(
                f"variant {variant['VariantName']}: the embedded cloud has no inference "
                f"components. Deploy it to AWS, or add it in localcloud/sagemaker/fleet.py."
            )


def _check_serverless(cloud: Cloud, request: dict[str, Any], variant: dict[str, Any]) -> None:
    """Refuses what AWS refuses of a serverless endpoint.

    Raises:
        SageMakerError: It is asked for what such an endpoint does not have.
    """
    model = cloud.get("Model", variant["ModelName"])
    refused = {
        "InstanceType": "InstanceType" in variant,
        "DataCaptureConfig": "DataCaptureConfig" in request,
        "more than one variant": len(_variants(request)) > 1,
        "AsyncInferenceConfig": "AsyncInferenceConfig" in request,
        "a model with VpcConfig": "VpcConfig" in model,
        "Mode MultiModel": model["PrimaryContainer"].get("Mode") == "MultiModel",
        "a model with EnableNetworkIsolation": model["EnableNetworkIsolation"],
    }
    if found := [what for what, given in refused.items() if given]:
        raise invalid(f"ServerlessConfig does not go together with {', '.join(found)}.")


def _variants(config: dict[str, Any]) -> list[dict[str, Any]]:
    return list(config["ProductionVariants"]) + list(config.get("ShadowProductionVariants", []))
