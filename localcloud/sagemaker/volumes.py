"""The keys that a training job or an endpoint is given, and who must be able to use them.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud import access
from localcloud.keys.uses import Use, refuse_caller
from localcloud.sagemaker.cloud import PRINCIPAL, Cloud
from localcloud.sagemaker.errors import invalid

_FOR_AWS = {"kms:GrantIsForAWSResource": "true"}


def check_job(request: Mapping[str, Any]) -> None:
    """Checks that a training job's execution role may use the keys that the job names.

    Raises:
        SageMakerError: It may not.
    """
    role = request["RoleArn"]
    for action, key in _keys_of_job(request):
        use = Use(service="sagemaker", key=key, actions=(action,), keys=_FOR_AWS)
        if refused := refuse_caller(access.role_access_key(role, PRINCIPAL), use):
            raise invalid(f"The execution role {role} cannot use {key}: {refused.message}")


def _keys_of_job(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if key := request["OutputDataConfig"].get("KmsKeyId"):
        yield "kms:Encrypt", key
    if key := request["ResourceConfig"].get("VolumeKmsKeyId"):
        yield "kms:CreateGrant", key


def key_of_endpoint(cloud: Cloud, request: Mapping[str, Any]) -> str | None:
    """The key of the volumes of an endpoint that is created or updated, if it has one.

    Whoever creates the endpoint lets SageMaker use the key by a grant.
    """
    configs = {one["EndpointConfigName"]: one for one in cloud.all("EndpointConfig")}
    config = configs.get(request["EndpointConfigName"]) or {}
    return config.get("KmsKeyId") or None
