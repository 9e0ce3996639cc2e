"""Endpoints: made, changed blue/green with guarded traffic, and taken away."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from localcloud.guarding import AlarmFired, watch_alarms
from localcloud.json_api import Operation
from localcloud.sagemaker.cloud import Cloud, Record
from localcloud.sagemaker.errors import invalid
from localcloud.sagemaker.fleet import Fleet
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
        self._cloud.change(record, EndpointStatus="Updating", LastDeploymentConfig=deployment)
        self._tell(record)
        self._later(self._shift, record, config, deployment or {})
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

    def _shift(self, record: Record, config: Record, deployment: Record) -> None:
        old: list[tuple[Fleet, float]] = record["fleets"]
        try:
            new = Fleet(self._cloud, record["EndpointName"], config)
        except Exception as error:  # the old servers go on; the reason is the reader's
            self._end(record, EndpointStatus="InService", FailureReason=str(error))
            return
        began = datetime.now(UTC)
        try:
            for share, seconds in _steps(deployment):
                shared = [(fleet, 1 - share) for fleet, _ in old] if share < 1 else []
                self._cloud.change(record, fleets=[*shared, (new, share)])
                self._bake(deployment, seconds, began)
        except AlarmFired as fired:
            self._cloud.change(record, EndpointStatus="RollingBack", fleets=old)
            new.retire()
            self._end(
                record, EndpointStatus="InService", FailureReason=f"Deployment rolled back: {fired}"
            )
            return
        self._serve(record, config, new)
        for fleet, _ in old:
            fleet.retire()

    def _bake(self, deployment: Record, seconds: float, began: datetime) -> None:
        alarms = deployment.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        names = [alarm["AlarmName"] for alarm in alarms]
        watch_alarms(self._cloud.client("cloudwatch"), names, seconds, began)

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


def _steps(deployment: Record) -> Iterator[tuple[float, float]]:
    """The new fleet's share of the traffic, step by step, and how long each is watched."""
    policy = deployment.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    interval = float(routing.get("WaitIntervalInSeconds", 0))
    if routing["Type"] == "CANARY":
        yield _share(routing["CanarySize"]), interval
    if routing["Type"] == "LINEAR":
        step = _share(routing["LinearStepSize"])
        share = step
        while share < 1:
            yield share, interval
            share += step
    yield 1.0, max(interval, float(policy.get("TerminationWaitInSeconds", 0)))


def _share(size: Record) -> float:
    # One server stands for a variant's instances, so a count of them is a share like any other.
    return min(1.0, float(size["Value"]) / 100) if size["Type"] == "CAPACITY_PERCENT" else 0.5


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
