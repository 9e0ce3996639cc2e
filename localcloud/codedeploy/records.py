"""What CodeDeploy keeps: applications, deployment groups, and how traffic is shifted."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localcloud.config import Config
from localcloud.json_api import ApiError, Operation

Record = dict[str, Any]
_ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"


def _predefined() -> Iterator[Record]:
    yield _config(_ALL_AT_ONCE, {"type": "AllAtOnce"})
    for minutes in (5, 10, 15, 30):
        shift = {"canaryPercentage": 10, "canaryInterval": minutes}
        told = {"type": "TimeBasedCanary", "timeBasedCanary": shift}
        yield _config(f"CodeDeployDefault.LambdaCanary10Percent{minutes}Minutes", told)
    for minutes in (1, 2, 3, 10):
        shift = {"linearPercentage": 10, "linearInterval": minutes}
        plural = "" if minutes == 1 else "s"
        told = {"type": "TimeBasedLinear", "timeBasedLinear": shift}
        yield _config(f"CodeDeployDefault.LambdaLinear10PercentEvery{minutes}Minute{plural}", told)


def _config(name: str, routing: Record) -> Record:
    return {
        "deploymentConfigName": name,
        "computePlatform": "Lambda",
        "trafficRoutingConfig": routing,
    }


class Records:
    """Every record, by name, guarded by one lock."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self._applications: dict[str, Record] = {}
        self._groups: dict[tuple[str, str], Record] = {}
        self._configs = {one["deploymentConfigName"]: one for one in _predefined()}

    def operations(self) -> dict[str, Operation]:
        """The operations on what is kept."""
        return {
            "CreateApplication": self._create_application,
            "GetApplication": lambda r: {"application": self._application(r["applicationName"])},
            "DeleteApplication": self._delete_application,
            "CreateDeploymentGroup": self._create_group,
            "GetDeploymentGroup": lambda r: {"deploymentGroupInfo": self.group(r)},
            "UpdateDeploymentGroup": self._update_group,
            "DeleteDeploymentGroup": self._delete_group,
            "CreateDeploymentConfig": self._create_config,
            "GetDeploymentConfig": lambda r: {
                "deploymentConfigInfo": self.config_of(r["deploymentConfigName"])
            },
            "DeleteDeploymentConfig": self._delete_config,
        }

    def group(self, request: Record) -> Record:
        """The deployment group that a request names.

        Raises:
            ApiError: There is none.
        """
        name = request.get("deploymentGroupName") or request.get("currentDeploymentGroupName", "")
        application = request["applicationName"]
        self._application(application)
        if (application, name) not in self._groups:
            raise ApiError(
                "DeploymentGroupDoesNotExistException",
                f"No Deployment Group found for name: {name}",
            )
        return self._groups[application, name]

    def config_of(self, name: str) -> Record:
        """A deployment configuration.

        Raises:
            ApiError: There is none.
        """
        if name not in self._configs:
            raise ApiError(
                "DeploymentConfigDoesNotExistException",
                f"No deployment configuration found for name: {name}",
            )
        return self._configs[name]

    def _application(self, name: str) -> Record:
        if name not in self._applications:
            raise ApiError("ApplicationDoesNotExistException", f"No application found for: {name}")
        return self._applications[name]

    def _create_application(self, request: Record) -> Record:
        name, platform = request["applicationName"], request.get("computePlatform", "Server")
        if platform != "Lambda":
            raise ApiError(
                "NotImplementedByTheEmbeddedCloud",
                f"computePlatform {platform}: the embedded cloud's CodeDeploy knows Lambda alone.",
            )
        with self.lock:
            if name in self._applications:
                raise ApiError("ApplicationAlreadyExistsException", f"{name} already exists")
            self._applications[name] = {
                "applicationId": str(uuid.uuid4()),
                "applicationName": name,
                "computePlatform": platform,
                "createTime": datetime.now(UTC),
            }
        return self._applications[name]

    def _delete_application(self, request: Record) -> Record:
        with self.lock:
            self._applications.pop(request["applicationName"], None)
        return {}

    def _create_group(self, request: Record) -> Record:
        application, name = request["applicationName"], request["deploymentGroupName"]
        self._application(application)
        config = request.get("deploymentConfigName", _ALL_AT_ONCE)
        self.config_of(config)
        with self.lock:
            if (application, name) in self._groups:
                raise ApiError("DeploymentGroupAlreadyExistsException", f"{name} already exists")
            self._groups[application, name] = request | {
                "deploymentGroupId": str(uuid.uuid4()),
                "deploymentConfigName": config,
                "computePlatform": "Lambda",
            }
            return self._groups[application, name]

    def _update_group(self, request: Record) -> Record:
        group = self.group(request)
        with self.lock:
            group.update({k: v for k, v in request.items() if k in group or k.startswith("a")})
        return {}

    def _delete_group(self, request: Record) -> Record:
        with self.lock:
            self._groups.pop((request["applicationName"], request["deploymentGroupName"]), None)
        return {}

    def _create_config(self, request: Record) -> Record:
        name = request["deploymentConfigName"]
        with self.lock:
            if name in self._configs:
                raise ApiError("DeploymentConfigAlreadyExistsException", f"{name} already exists")
            self._configs[name] = request | {"deploymentConfigId": str(uuid.uuid4())}
        return self._configs[name]

    def _delete_config(self, request: Record) -> Record:
        with self.lock:
            self._configs.pop(request["deploymentConfigName"], None)
        return {}
