"""Application Auto Scaling for SageMaker's variants: targets and policies, kept and told.

A policy acts while one of its alarms fires; see `scaling_acts`. One that tracks a metric of its
own choice gets two alarms for it, as on AWS. One that tracks a metric that AWS has defined gets
none: the embedded cloud serves each variant with one process whatever its count.
"""

import asyncio
import json
import re
import threading
import uuid
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from localcloud import access
from localcloud.hooks import cloudformation, identity, services
from localcloud.hooks.cloudformation import Properties
from localcloud.hooks.services import Answer
from localcloud.properties import typed
from localcloud.sagemaker.cloud import Cloud, now
from localcloud.sagemaker.errors import SageMakerError, denied, invalid
from localcloud.sagemaker.provision import Made
from localcloud.sagemaker.scaling_acts import Acts, tracking_alarms

SERVICE = "application-autoscaling"
_TARGET = re.compile(r"^endpoint/([^/]+)/variant/([^/]+)$")
_Key = tuple[str, str]  # the resource and its dimension


def install(cloud: Cloud) -> None:
    """Serves Application Auto Scaling, and its CloudFormation types."""
    scaling = Scaling(cloud)
    services.add_service(SERVICE, scaling.handle, target_prefix="AnyScaleFrontendService")
    cloudformation.add_resource_type(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        create=_create_target,
        update=lambda _id, _old, new, stack: _create_target("", new, stack),
        delete=_delete_target,
    )
    cloudformation.add_resource_type(
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        create=_create_policy,
        update=lambda _id, _old, new, stack: _create_policy("", new, stack),
        delete=_delete_policy,
    )


class Scaling:
    """The targets and policies."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._targets: dict[_Key, dict[str, Any]] = {}
        self._policies: dict[tuple[_Key, str], dict[str, Any]] = {}
        self._operations = {
            "RegisterScalableTarget": self._register,
            "DeregisterScalableTarget": self._deregister,
            "DescribeScalableTargets": self._targets_found,
            "PutScalingPolicy": self._put,
            "DeleteScalingPolicy": self._delete,
            "DescribeScalingPolicies": self._policies_found,
        }
        acts = Acts(cloud, self._targets, self._policies)
        threading.Thread(target=acts.go_on, daemon=True, name="scaling").start()
        self._model: Any = botocore.session.get_session().get_service_model(SERVICE)

    async def handle(
        self, _method: str, _path: str, headers: dict[str, str], body: bytes, _query: Any
    ) -> Answer:
        """One request."""
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        json_type = {"Content-Type": "application/x-amz-json-1.1"}
        try:
            asked = json.loads(body or b"{}")
            answer = await asyncio.to_thread(self._answer, operation, headers, asked)
        except SageMakerError as error:
            told = json.dumps({"__type": error.code, "message": str(error)})
            return 400, json_type | {"x-amzn-errortype": error.code}, told.encode()
        return 200, json_type, json.dumps(answer).encode()

    def _answer(self, operation: str, headers: dict[str, str], request: Any) -> dict[str, Any]:
        if operation not in self._operations:
            raise SageMakerError(
                "NotImplementedByTheEmbeddedCloud",
                f"The embedded cloud's Application Auto Scaling does not know {operation}; it "
                f"knows {', '.join(sorted(self._operations))}. Add it in {__name__}.",
            )
        shape = self._model.operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape)
        if report.has_errors():
            raise invalid(f"{operation}: {report.generate_report()}")
        if request.get("ServiceNamespace") != "sagemaker":
            raise invalid(
                f"ServiceNamespace {request.get('ServiceNamespace')!r}: "
                f"the embedded cloud scales sagemaker alone"
            )
        account, region = self._cloud.config.account, self._cloud.config.region
        target = f"arn:aws:application-autoscaling:{region}:{account}:scalable-target/*"
        resource = "*" if operation.startswith("Describe") else target
        if refused := identity.denial(headers, f"{SERVICE}:{operation}", resource):
            raise denied(refused)
        return self._operations[operation](request)

    def _register(self, request: dict[str, Any]) -> dict[str, Any]:
        found = _TARGET.match(request["ResourceId"])
        if not found:
            raise invalid(
                f"ResourceId {request['ResourceId']!r}: expected endpoint/NAME/variant/NAME"
            )
        self._cloud.get("Endpoint", found.group(1))
        key = _key(request)
        known = self._targets.get(key, {"CreationTime": now().timestamp()})
        self._targets[key] = known | request | {"ScalableTargetARN": self._arn(key)}
        return {"ScalableTargetARN": self._arn(key)}

    def _deregister(self, request: dict[str, Any]) -> dict[str, Any]:
        key = self._known(request)
        del self._targets[key]
        for one in [one for one in self._policies if one[0] == key]:
            self._forget(one)
        return {}

    def _targets_found(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("ResourceIds")
        found = [t for t in self._targets.values() if not wanted or t["ResourceId"] in wanted]
        return {"ScalableTargets": found}

    def _put(self, request: dict[str, Any]) -> dict[str, Any]:
        key = self._known(request)
        arn = self._policy_arn(key, request["PolicyName"])
        alarms = tracking_alarms(request, arn)
        for alarm in alarms:
            self._cloud.client("cloudwatch").put_metric_alarm(**alarm)
        told = [{"AlarmName": one["AlarmName"], "AlarmARN": self._alarm_arn(one)} for one in alarms]
        kept = request | {"PolicyARN": arn, "Alarms": told, "CreationTime": now().timestamp()}
        self._policies[key, request["PolicyName"]] = kept
        return {"PolicyARN": arn, "Alarms": told}

    def _delete(self, request: dict[str, Any]) -> dict[str, Any]:
        key = (_key(request), request["PolicyName"])
        if key not in self._policies:
            raise SageMakerError("ObjectNotFoundException", f"No policy {request['PolicyName']}.")
        self._forget(key)
        return {}

    def _forget(self, key: tuple[_Key, str]) -> None:
        names = [alarm["AlarmName"] for alarm in self._policies.pop(key)["Alarms"]]
        if names:
            self._cloud.client("cloudwatch").delete_alarms(AlarmNames=names)

    def _policies_found(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request.get("ResourceId")
        every = self._policies.values()
        return {"ScalingPolicies": [p for p in every if wanted in (None, p["ResourceId"])]}

    def _known(self, request: dict[str, Any]) -> _Key:
        key = _key(request)
        if key not in self._targets:
            raise SageMakerError(
                "ObjectNotFoundException",
                f"No scalable target registered for {key[0]} with {key[1]}.",
            )
        return key

    def _alarm_arn(self, alarm: dict[str, Any]) -> str:
        config = self._cloud.config
        return f"arn:aws:cloudwatch:{config.region}:{config.account}:alarm:{alarm['AlarmName']}"

    def _policy_arn(self, key: _Key, name: str) -> str:
        config, made = self._cloud.config, uuid.uuid5(uuid.NAMESPACE_URL, "/".join((*key, name)))
        return (
            f"arn:aws:autoscaling:{config.region}:{config.account}:scalingPolicy:{made}:"
            f"resource/sagemaker/{key[0]}:policyName/{name}"
        )

    def _arn(self, key: _Key) -> str:
        config = self._cloud.config
        name = "-".join(key).replace("/", "-").replace(":", "-")
        return (
            f"arn:aws:application-autoscaling:{config.region}:{config.account}:"
            f"scalable-target/{name}"
        )


def _key(request: dict[str, Any]) -> _Key:
    return request["ResourceId"], request["ScalableDimension"]


def _create_target(_logical_id: str, properties: Properties, _stack: str) -> Made:
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
    request = typed(SERVICE, "RegisterScalableTarget", properties | {"Tags": tags})
    access.stack_client(SERVICE).register_scalable_target(**request)
    names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
    physical_id = "|".join(properties[name] for name in names)
    return physical_id, {"Id": physical_id}


def _delete_target(physical_id: str, _properties: Properties) -> None:
    resource, dimension, namespace = physical_id.split("|")
    client = access.stack_client(SERVICE)
    try:
        client.deregister_scalable_target(
            ServiceNamespace=namespace, ResourceId=resource, ScalableDimension=dimension
        )
    except client.exceptions.ObjectNotFoundException:
        return


def _create_policy(_logical_id: str, properties: Properties, _stack: str) -> Made:
    given = dict(properties)
    if target := given.pop("ScalingTargetId", None):
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        given |= dict(zip(names, target.split("|"), strict=True))
    tracking = "TargetTrackingScalingPolicyConfiguration"
    request = typed(SERVICE, "PutScalingPolicy", given)
    arn = access.stack_client(SERVICE).put_scaling_policy(**request)["PolicyARN"]
    return arn, {"Arn": arn, "PolicyName": given["PolicyName"], tracking: given.get(tracking)}


def _delete_policy(_arn: str, properties: Properties) -> None:
    given = dict(properties)
    if target := given.pop("ScalingTargetId", None):
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        given |= dict(zip(names, target.split("|"), strict=True))
    client = access.stack_client(SERVICE)
    try:
        client.delete_scaling_policy(
            PolicyName=given["PolicyName"],
            ServiceNamespace=given["ServiceNamespace"],
            ResourceId=given["ResourceId"],
            ScalableDimension=given["ScalableDimension"],
        )
    except client.exceptions.ObjectNotFoundException:
        return
