"""Deployments: an alias's traffic goes over to another version, step by step, or back."""

import json
import secrets
import string
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3

from localcloud import access
from localcloud.codedeploy.records import Record, Records
from localcloud.guarding import AlarmFired, CannotLook, Guard
from localcloud.json_api import ApiError, Operation

PRINCIPAL = "codedeploy.amazonaws.com"
_ENDED = ("Succeeded", "Failed", "Stopped")


@dataclass(frozen=True, kw_only=True)
class Move:
    """What an AppSpec asks for."""

    function: str
    alias: str
    current: str
    target: str

    @classmethod
    def of(cls, revision: Record) -> "Move":
        """The move of a revision.

        Raises:
            ApiError: It is no AppSpec for one function.
        """
        content = revision.get("appSpecContent") or revision.get("string") or {}
        try:
            (resource,) = json.loads(content["content"])["Resources"]
            properties = next(iter(resource.values()))["Properties"]
            return cls(
                function=properties["Name"],
                alias=properties["Alias"],
                current=str(properties["CurrentVersion"]),
                target=str(properties["TargetVersion"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ApiError(
                "InvalidRevisionException", f"expected an AppSpec in JSON for one function: {error}"
            ) from error


class Deployments:
    """The deployments that were made, each of which goes on in a thread of its own."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._made: dict[str, Record] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations on deployments."""
        return {
            "CreateDeployment": self._create,
            "GetDeployment": lambda r: {"deploymentInfo": self._get(r["deploymentId"])},
            "ListDeployments": self._list,
            "StopDeployment": self._stop,
        }

    def place(self, made: str) -> str:
        """The application and the group of a deployment, as IAM's ARNs spell them."""
        record = self._made.get(made, {})
        return f"{record.get('applicationName', '*')}/{record.get('deploymentGroupName', '*')}"

    def _get(self, made: str) -> Record:
        if made not in self._made:
            raise ApiError("DeploymentDoesNotExistException", f"no deployment {made}")
        return self._made[made]

    def _create(self, request: Record) -> Record:
        group = self._records.group(request)
        move = Move.of(request.get("revision") or {})
        config = request.get("deploymentConfigName") or group["deploymentConfigName"]
        record = self._added(request, config, "InProgress")
        steps = list(_steps(self._records.config_of(config)["trafficRoutingConfig"]))
        threading.Thread(target=self._shift, args=(record, group, move, steps), daemon=True).start()
        return {"deploymentId": record["deploymentId"]}

    def _added(self, like: Record, config: str, status: str) -> Record:
        """A new deployment of the application, group and revision of a request or another one."""
        made = "d-" + "".join(secrets.choice(string.ascii_uppercase) for _ in range(9))
        record: Record = {
            "applicationName": like["applicationName"],
            "deploymentGroupName": like["deploymentGroupName"],
            "deploymentConfigName": config,
            "deploymentId": made,
            "revision": like["revision"],
            "status": status,
            "createTime": datetime.now(UTC),
            "startTime": datetime.now(UTC),
            "computePlatform": "Lambda",
        }
        self._made[made] = record
        return record

    def _list(self, request: Record) -> Record:
        wanted = {k: request[k] for k in ("applicationName", "deploymentGroupName") if k in request}
        found = [
            made
            for made, record in reversed(self._made.items())
            if wanted.items() <= record.items()
            and record["status"] in request.get("includeOnlyStatuses", [record["status"]])
        ]
        return {"deployments": found}

    def _stop(self, request: Record) -> Record:
        record = self._get(request["deploymentId"])
        if record["status"] in _ENDED:
            raise ApiError("DeploymentAlreadyCompletedException", "the deployment has ended")
        record["status"] = "Stopped"
        record["stopsWithRollback"] = request.get("autoRollbackEnabled")
        return {"status": "Pending"}

    def _shift(
        self, record: Record, group: Record, move: Move, steps: list[tuple[float, float]]
    ) -> None:
        def stopped() -> bool:
            return bool(record["status"] == "Stopped")

        event = "DEPLOYMENT_FAILURE"
        try:
            role = group["serviceRoleArn"]
            functions = access.role_client("lambda", role, PRINCIPAL, "CodeDeploy")
            guard = _guard(group, record["startTime"])
            try:
                guard.check_rights()
                guard.check()
                for share, seconds in steps:
                    _route(functions, move, share)
                    guard.watch(seconds, stopped)
                    if stopped():
                        break
                else:
                    _route(functions, move, 1.0)
                    _end(record, "Succeeded")
                    return
                event = "DEPLOYMENT_STOP_ON_REQUEST"
            except AlarmFired as fired:
                event = "DEPLOYMENT_STOP_ON_ALARM"
                _end(record, "Stopped", str(fired), "ALARM_ACTIVE")
            except CannotLook as error:
                _end(record, "Failed", str(error), "IAM_ROLE_PERMISSIONS")
            if _rolls_back(record, group, event):
                _route(functions, move, 0.0)
                again = self._added(record, record["deploymentConfigName"], "Succeeded")
                record["rollbackInfo"] = {"rollbackDeploymentId": again["deploymentId"]}
        except Exception as error:  # whatever it is, the deployment has failed of it
            _end(record, "Failed", str(error), "INTERNAL_ERROR")


def _guard(group: Record, since: datetime) -> Guard:
    alarms = group.get("alarmConfiguration") or {}
    return Guard(
        cloudwatch=_own_client("cloudwatch"),
        names=[one["name"] for one in alarms.get("alarms", [])] if alarms.get("enabled") else [],
        role_arns=[group["serviceRoleArn"]],
        principal=PRINCIPAL,
        since=since,
    )


def _rolls_back(record: Record, group: Record, event: str) -> bool:
    """Whether the traffic returns to the version before; if not, it stays shared as it is."""
    if event == "DEPLOYMENT_STOP_ON_REQUEST" and record["stopsWithRollback"] is not None:
        return bool(record["stopsWithRollback"])
    automatic = group.get("autoRollbackConfiguration") or {}
    return bool(automatic.get("enabled")) and event in automatic.get("events", [])


def _own_client(service: str) -> Any:
    """A client of CodeDeploy's own, for what its role was asked for before."""
    make: Any = boto3.client  # its stubs know literal service names alone
    return make(service)


def _steps(routing: Record) -> Iterator[tuple[float, float]]:
    """The new version's share before it has everything, and how long each step is watched."""
    if canary := routing.get("timeBasedCanary"):
        yield canary["canaryPercentage"] / 100, 60.0 * canary["canaryInterval"]
    if linear := routing.get("timeBasedLinear"):
        step = int(linear["linearPercentage"])
        for percent in range(step, 100, step):
            yield percent / 100, 60.0 * linear["linearInterval"]


def _route(functions: Any, move: Move, share: float) -> None:
    """Gives the target version its share of the alias's traffic."""
    version = move.target if share >= 1 else move.current
    weights = {move.target: share} if 0 < share < 1 else {}
    functions.update_alias(
        FunctionName=move.function,
        Name=move.alias,
        FunctionVersion=version,
        RoutingConfig={"AdditionalVersionWeights": weights},
    )


def _end(record: Record, status: str, message: str = "", code: str = "") -> None:
    record |= {"status": status, "completeTime": datetime.now(UTC)}
    if message:
        record["errorInformation"] = {"code": code, "message": message}
