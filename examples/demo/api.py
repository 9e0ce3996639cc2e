"""A tenant's API, as its callers see it: an address and a key."""

import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError

from terrace.names import TenantNames


@dataclass(frozen=True, kw_only=True)
class Api:
    """What answers for the models that functions serve."""

    url: str
    key: str

    @classmethod
    def of(cls, client: Callable[[str], Any], tenant: str) -> "Api | None":
        """The tenant's API, or None where SageMaker serves all of its models."""
        names = TenantNames(tenant=tenant)
        found = client("cloudformation").describe_stacks(StackName=names.stack)["Stacks"][0]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}
        if "ApiUrl" not in outputs:
            return None
        gateway = client("apigateway")
        key = gateway.get_api_key(apiKey=outputs["ApiKeyId"], includeValue=True)["value"]
        # https://<id>.execute-api.<region>.amazonaws.com/<stage>/, which is elsewhere here
        api, stage = outputs["ApiUrl"].split("//")[1].split(".")[0], outputs["ApiUrl"].split("/")[3]
        cloud = gateway.meta.endpoint_url
        return cls(url=f"{cloud}/restapis/{api}/{stage}/_user_request_", key=key)

    def ask(
        self, model: str, body: str, inference_id: str | None = None, key: str | None = None
    ) -> tuple[int, str]:
        """The status and body of the answer to rows of CSV."""
        headers = {"Content-Type": "text/csv", "x-api-key": self.key if key is None else key}
        if inference_id:
            headers["X-Amzn-SageMaker-Inference-Id"] = inference_id
        request = urllib.request.Request(  # noqa: S310  # the address is the cloud's own
            f"{self.url}/{model}/invocations", data=body.encode(), headers=headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
