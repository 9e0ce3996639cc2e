"""The model registry: groups of model packages, versions, and who approved what."""

from typing import Any

from localcloud.json_api import Operation, caller
from localcloud.sagemaker.cloud import Cloud, Record
from localcloud.sagemaker.errors import invalid, missing
from localcloud.sagemaker.listing import page

# What an event tells of a model package, beside its times.
_TOLD = (
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "InferenceSpecification",
    "ModelPackageStatus",
    "ModelPackageStatusDetails",
    "CertifyForMarketplace",
    "ModelApprovalStatus",
    "MetadataProperties",
    "ModelMetrics",
    "CustomerMetadataProperties",
    "ApprovalDescription",
)


def operations(cloud: Cloud) -> dict[str, Operation]:
    """The operations on groups and packages."""
    registry = Registry(cloud)
    return {
        "CreateModelPackageGroup": registry.create_group,
        "DescribeModelPackageGroup": lambda r: cloud.get(
            "ModelPackageGroup", r["ModelPackageGroupName"]
        ),
        "DeleteModelPackageGroup": registry.delete_group,
        "ListModelPackageGroups": lambda r: page(
            cloud.all("ModelPackageGroup"),
            r,
            name="ModelPackageGroupName",
            answer="ModelPackageGroupSummaryList",
        ),
        "CreateModelPackage": registry.create_package,
        "DescribeModelPackage": lambda r: cloud.get("ModelPackage", r["ModelPackageName"]),
        "UpdateModelPackage": registry.update_package,
        "DeleteModelPackage": registry.delete_package,
        "ListModelPackages": registry.list_packages,
    }


class Registry:
    """Groups and packages."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._versions: dict[str, int] = {}

    def create_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """A new, empty group."""
        record = {k: v for k, v in request.items() if k != "Tags"}
        record["ModelPackageGroupStatus"] = "Completed"
        name = request["ModelPackageGroupName"]
        return self._cloud.add("ModelPackageGroup", name, record, request.get("Tags", []))

    def delete_group(self, request: dict[str, Any]) -> dict[str, Any]:
        """Removes a group that has no packages."""
        name = request["ModelPackageGroupName"]
        if self._packages(name):
            raise invalid(f"Model package group {name} has model packages; delete them first.")
        self._cloud.remove("ModelPackageGroup", name)
        return {}

    def create_package(self, request: dict[str, Any]) -> dict[str, Any]:
        """The next version in a group, or a package of its own name."""
        record = {k: v for k, v in request.items() if k not in ("Tags", "ClientToken")}
        group = request.get("ModelPackageGroupName")
        with self._cloud.lock:
            if group:
                found = self._cloud.get("ModelPackageGroup", group)
                version = self._versions.get(found["ModelPackageGroupArn"], 0) + 1
                self._versions[found["ModelPackageGroupArn"]] = version
                record |= {
                    "ModelPackageGroupName": found["ModelPackageGroupName"],
                    "ModelPackageVersion": version,
                }
                record.setdefault("ModelApprovalStatus", "PendingManualApproval")
                name = f"{found['ModelPackageGroupName']}/{version}"
            elif "ModelPackageName" in request:
                name = request["ModelPackageName"]
            else:
                raise invalid("CreateModelPackage needs ModelPackageGroupName or ModelPackageName.")
            record |= {
                "CreatedBy": _by(),
                "LastModifiedBy": _by(),
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
                "CertifyForMarketplace": request.get("CertifyForMarketplace", False),
            }
            kept = self._cloud.add("ModelPackage", name, record, request.get("Tags", []))
        self._tell(kept)
        return kept

    def update_package(self, request: dict[str, Any]) -> dict[str, Any]:
        """Approves, rejects, or changes what is told of a package."""
        record = self._cloud.get("ModelPackage", request["ModelPackageArn"])
        changed = {
            key: value
            for key, value in request.items()
            if key in ("ModelApprovalStatus", "ApprovalDescription")
        }
        properties = dict(record.get("CustomerMetadataProperties", {}))
        properties |= request.get("CustomerMetadataProperties", {})
        for key in request.get("CustomerMetadataPropertiesToRemove", []):
            properties.pop(key, None)
        if properties:
            changed["CustomerMetadataProperties"] = properties
        self._cloud.change(record, LastModifiedBy=_by(), **changed)
        self._tell(record)
        return record

    def delete_package(self, request: dict[str, Any]) -> dict[str, Any]:
        """Removes a package; its version number is not given again."""
        self._cloud.remove("ModelPackage", request["ModelPackageName"])
        return {}

    def list_packages(self, request: dict[str, Any]) -> dict[str, Any]:
        """The packages of a group, or those that have none."""
        found = self._packages(request.get("ModelPackageGroupName"))
        status = request.get("ModelApprovalStatus")
        chosen = [r for r in found if status in (None, r.get("ModelApprovalStatus"))]
        return page(chosen, request, name="ModelPackageArn", answer="ModelPackageSummaryList")

    def _packages(self, group: str | None) -> list[Record]:
        if group:
            group = self._cloud.get("ModelPackageGroup", group)["ModelPackageGroupName"]
        every = self._cloud.all("ModelPackage")
        return [record for record in every if record.get("ModelPackageGroupName") == group]

    def _tell(self, record: Record) -> None:
        detail = {key: record[key] for key in _TOLD if key in record}
        for key in ("CreationTime", "LastModifiedTime"):
            detail[key] = record[key].strftime("%Y-%m-%dT%H:%M:%SZ")
        self._cloud.tell("ModelPackage", record, detail)


def _by() -> Record:
    """Who sent the request, as SageMaker tells it."""
    arn = caller.get()
    return {"IamIdentity": {"Arn": arn, "PrincipalId": arn.rpartition("/")[2]}}


def container_of(cloud: Cloud, package: str) -> Record:
    """The container of a package that may be deployed.

    Raises:
        SageMakerError: There is no such package, or it is not approved.
    """
    record = cloud.get("ModelPackage", package)
    if record.get("ModelApprovalStatus", "Approved") != "Approved":
        raise invalid(
            f"Cannot create Model for ModelPackage {record['ModelPackageArn']} because it has "
            f"ModelApprovalStatus {record['ModelApprovalStatus']}; expected Approved."
        )
    containers = record.get("InferenceSpecification", {}).get("Containers", [])
    if not containers:
        raise missing(record["ModelPackageArn"])
    return dict(containers[0])
