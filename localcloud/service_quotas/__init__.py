"""Service Quotas: what an account may have, by AWS's codes and names.

The values are AWS's defaults, but for SageMaker's instances: their default is mostly 0, and this
account's were raised.
"""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import yaml

from localcloud.config import Config
from localcloud.hooks import services
from localcloud.json_api import ApiError, JsonApi, Operation

_TARGET = "ServiceQuotasV20190624"


def install(config: Config) -> None:
    """Serves Service Quotas."""
    api = JsonApi(
        service="service-quotas",
        operations=_operations(config),
        wanted=_wanted,
        passed_to="servicequotas.amazonaws.com",
    )
    services.add_service("servicequotas", api.handler(), target_prefix=_TARGET)


def _wanted(operation: str, _request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    # None of these operations takes a resource.
    yield f"servicequotas:{operation}", "*"


def _operations(config: Config) -> dict[str, Operation]:
    quotas = _read_quotas(config)

    def of_service(request: dict[str, Any]) -> list[dict[str, Any]]:
        code = request["ServiceCode"]
        if code not in quotas:
            raise ApiError(
                "NoSuchResourceException",
                f"The embedded cloud's Service Quotas knows no service {code}; it knows "
                f"{', '.join(sorted(quotas))}. Add it in localcloud/service_quotas/quotas.yaml.",
            )
        return quotas[code]

    def get(request: dict[str, Any]) -> dict[str, Any]:
        for quota in of_service(request):
            if quota["QuotaCode"] == request["QuotaCode"]:
                return {"Quota": quota}
        raise ApiError(
            "NoSuchResourceException",
            f"{request['ServiceCode']} has no quota {request['QuotaCode']} here.",
        )

    def listed(request: dict[str, Any]) -> dict[str, Any]:
        return {"Quotas": of_service(request)}

    return {
        "GetAWSDefaultServiceQuota": get,
        "GetServiceQuota": get,
        "ListAWSDefaultServiceQuotas": listed,
        "ListServiceQuotas": listed,
    }


def _read_quotas(config: Config) -> dict[str, list[dict[str, Any]]]:
    text = resources.files("localcloud.service_quotas").joinpath("quotas.yaml").read_text()
    by_service: dict[str, list[dict[str, Any]]] = yaml.safe_load(text)
    return {
        service: [
            {
                "ServiceCode": service,
                "QuotaCode": quota["code"],
                "QuotaName": quota["name"],
                "QuotaArn": f"arn:aws:servicequotas:{config.region}:{config.account}:"
                f"{service}/{quota['code']}",
                "Value": float(quota["value"]),
                "Unit": "None",
                "Adjustable": quota.get("adjustable", True),
                "GlobalQuota": service == "iam",
            }
            for quota in quotas
        ]
        for service, quotas in by_service.items()
    }
