"""Endpoints: made, changed blue/green with guarded traffic, and taken away."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.guarding import AlarmFired, CannotLook, Guard
from localcloud.json_api import Operation
from localcloud.sagemaker.cloud import PRINCIPAL, Cloud, Record
from localcloud.sagemaker.errors import invalid
from localcloud.sagemaker.fleet import Fleet
from localcloud.sagemaker.guardrails import Guardrails, TookTooLong
from localcloud.sagemaker.listing import page

_BUSY = ("Creating", "Updating", "Deleting", "RollingBack", "SystemUpdating")


def operations(cloud: Cloud) -> dict[str, Operation]:
    """The operations on endpoints."""
    endpoints = Endpoints(cloud)
    return {
        "CreateEndpoint": endpoints.create,
        "UpdateEndpoint": endpoints.update,
        "UpdateEndpointWeightsAndCapacities": endpoints.reweigh,
        "DeleteEndpoint": endpoints.delete,
        "DescribeEndpoint": lambda r: cloud.get("Endpoint", r["EndpointName"]),
        "ListEndpoints": lambda r: page(
            cloud.all("Endpoint"),
            r,
            name="EndpointName",
            answer="Endpoints",
            status="EndpointStatus",
        ),
    }


class Endpoints:
    """The operations; what takes time goes on in a thread of its own."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts the servers of a new endpoint."""
        config = self._cloud.get("EndpointConfig", request["EndpointConfigName"])
        Guardrails.of(request.get("DeploymentConfig") or {}, _instances(config))
        record = self._cloud.add(
            "Endpoint",
            request["EndpointName"],
            {
                "EndpointName": request["EndpointName"],
                "EndpointConfigName": request["EndpointConfigName"],
                "EndpointStatus": "Creating",
                "LastDeploymentConfig": request.get("DeploymentConfig"),
                "fleets": [],
            },
            request.get("Tags", []),
        )
        self._tell(record)
        self._later(self._start, record, config)
        return record

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts new servers beside the old, shifts the traffic, and takes the old ones away."""
        record = self._idle(request["EndpointName"])
        config = self._cloud.get("EndpointConfig", request["EndpointConfigName"])
        if config["EndpointConfigName"] == record["EndpointConfigName"]:
            raise invalid("Cannot update an endpoint to the endpoint configuration that it has.")
        deployment = request.get("DeploymentConfig")
        if request.get("RetainDeploymentConfig"):
            deployment = record["LastDeploymentConfig"]
        if deployment and _names(config) != _names(record):
            raise invalid(
                "A deployment configuration needs the same variant names in the old and in the new "
                f"endpoint configuration: got {sorted(_names(config))}, expected "
                f"{sorted(_names(record))}."
            )
        guardrails = Guardrails.of(deployment or {}, _instances(config))
        self._cloud.change(record, EndpointStatus="Updating", LastDeploymentConfig=deployment)
        self._tell(record)
        self._later(self._shift, record, config, guardrails)
        return record

    def reweigh(self, request: dict[str, Any]) -> dict[str, Any]:
        """Changes how the traffic is shared between the variants, and their instance counts."""
        record = self._idle(request["EndpointName"])
        variants = {v["VariantName"]: dict(v) for v in record["ProductionVariants"]}
        for wanted in request["DesiredWeightsAndCapacities"]:
            name = wanted["VariantName"]
            if name not in variants:
                raise invalid(f'Variant name "{name}" does not exist for the endpoint.')
            if "DesiredWeight" in wanted:
                weight = float(wanted["DesiredWeight"])
                variants[name] |= {"CurrentWeight": weight, "DesiredWeight": weight}
            if "DesiredInstanceCount" in wanted:
                count = wanted["DesiredInstanceCount"]
                variants[name] |= {"CurrentInstanceCount": count, "DesiredInstanceCount": count}
        self._cloud.change(record, ProductionVariants=list(variants.values()))
        self._tell(record)
        return record

    def delete(self, request: dict[str, Any]) -> dict[str, Any]:
        """Takes an endpoint away; its servers end."""
        record = self._idle(request["EndpointName"])
        self._cloud.change(record, EndpointStatus="Deleting")
        self._tell(record)
        self._cloud.remove("Endpoint", request["EndpointName"])
        for fleet, _ in record["fleets"]:
            fleet.retire()
        return {}

    def _idle(self, name: str) -> Record:
        record = self._cloud.get("Endpoint", name)
        if record["EndpointStatus"] in _BUSY:
            raise invalid(
                f"Cannot change in-progress endpoint {record['EndpointArn']!r}: "
                f"it is {record['EndpointStatus']}."
            )
        return record

    def _later(self, work: Callable[..., None], *arguments: Any) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _start(self, record: Record, config: Record) -> None:
        try:
            fleet = Fleet(self._cloud, record["EndpointName"], config)
        except Exception as error:  # the endpoint fails; the reason is its reader's
            self._end(record, EndpointStatus="Failed", FailureReason=str(error))
            return
        self._serve(record, config, fleet)

    def _serve(self, record: Record, config: Record, fleet: Fleet) -> None:
        self._end(
            record,
            EndpointStatus="InService",
            FailureReason=None,
            EndpointConfigName=config["EndpointConfigName"],
            ProductionVariants=_summaries(config["ProductionVariants"]),
            ShadowProductionVariants=_summaries(config.get("ShadowProductionVariants", [])) or None,
            DataCaptureConfig=_capture_summary(config),
            fleets=[(fleet, 1.0)],
        )

    def _shift(self, record: Record, config: Record, guardrails: Guardrails) -> None:
        old: list[tuple[Fleet, float]] = record["fleets"]
        began, guard = time.monotonic(), self._guard(config, guardrails)
        try:
            guard.check_rights()
            new = Fleet(self._cloud, record["EndpointName"], config)
        except Exception as error:  # the old servers go on; the reason is the reader's
            self._end(record, EndpointStatus="InService", FailureReason=str(error))
            return
        # Only waits pass at the speed of the clock; servers start as fast as this machine can.
        elapsed = time.monotonic() - began
        try:
            guard.check()
            for step in guardrails.steps:
                elapsed += step.seconds
                guardrails.check_time(elapsed)
                shared = [(fleet, 1 - step.share) for fleet, _ in old] if step.share < 1 else []
                self._cloud.change(record, fleets=[*shared, (new, step.share)])
                guard.watch(step.seconds)
        except (AlarmFired, CannotLook, TookTooLong) as ended:
            self._cloud.change(record, EndpointStatus="RollingBack", fleets=old)
            new.retire()
            self._end(
                record, EndpointStatus="InService", FailureReason=f"Deployment rolled back: {ended}"
            )
            return
        self._serve(record, config, new)
        for fleet, _ in old:
            fleet.retire()

    def _guard(self, config: Record, guardrails: Guardrails) -> Guard:
        models = [self._cloud.get("Model", v["ModelName"]) for v in config["ProductionVariants"]]
        return Guard(
            cloudwatch=self._cloud.client("cloudwatch"),
            names=guardrails.alarms,
            role_arns=sorted({model["ExecutionRoleArn"] for model in models}),
            principal=PRINCIPAL,
            since=datetime.now(UTC),
        )

    def _end(self, record: Record, **values: Any) -> None:
        self._cloud.change(record, **values)
        self._tell(record)

    def _tell(self, record: Record) -> None:
        words = record["EndpointStatus"]
        detail: Record = {
            key: record[key]
            for key in ("EndpointName", "EndpointArn", "EndpointConfigName", "ProductionVariants")
            if key in record
        }
        detail["EndpointStatus"] = "".join(
            f"_{c}" if c.isupper() and i else c for i, c in enumerate(words)
        ).upper()
        for key in ("CreationTime", "LastModifiedTime"):
            detail[key] = int(record[key].timestamp() * 1000)
        self._cloud.tell("Endpoint", record, detail | {"Tags": {}})


def _names(config: Record) -> set[str]:
    return {str(variant["VariantName"]) for variant in config["ProductionVariants"]}


def _instances(config: Record) -> int:
    """How many the smallest production variant has."""
    return min(int(one.get("InitialInstanceCount", 1)) for one in config["ProductionVariants"])


def _summaries(variants: list[Record]) -> list[Record]:
    return [
        {
            "VariantName": variant["VariantName"],
            "CurrentWeight": float(variant.get("InitialVariantWeight", 1)),
            "DesiredWeight": float(variant.get("InitialVariantWeight", 1)),
            **_size(variant),
        }
        for variant in variants
    ]


def _size(variant: Record) -> Record:
    if serverless := variant.get("ServerlessConfig"):
        return {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    count = variant.get("InitialInstanceCount", 1)
    return {"CurrentInstanceCount": count, "DesiredInstanceCount": count}


def _capture_summary(config: Record) -> Record | None:
    capture = config.get("DataCaptureConfig")
    if not capture:
        return None
    return {
        "EnableCapture": capture.get("EnableCapture", True),
        "CaptureStatus": "Started" if capture.get("EnableCapture", True) else "Stopped",
        "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
        "DestinationS3Uri": capture["DestinationS3Uri"],
        "KmsKeyId": capture.get("KmsKeyId", ""),
    }
