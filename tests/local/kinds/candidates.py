"""Versions that are registered once more with a fault, and people who ask all the time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from examples.demo.operator import Operator


def registered(operator: Operator, package: dict[str, Any], **container: str) -> str:
    """A version once more, with another image or artifact.

    Args:
        operator: The model's.
        package: The version's description.
        container: `Image` or `ModelDataUrl`.
    """
    kept = ("ModelPackageGroupName", "InferenceSpecification", "CustomerMetadataProperties")
    copied: dict[str, Any] = {key: package[key] for key in kept}
    copied["InferenceSpecification"]["Containers"][0] |= container
    copied["ModelApprovalStatus"] = "PendingManualApproval"
    return str(operator.client("sagemaker").create_model_package(**copied)["ModelPackageArn"])


def asked(operator: Operator, body: str, *, by_api: bool = False) -> bool:
    """Whether a request is answered; if not, the model has failed."""
    if by_api:
        assert operator.api
        return operator.api.ask(operator.model, body)[0] == 200
    try:
        operator.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=operator.names.endpoint, ContentType="text/csv", Body=body
        )
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ModelError"
        return False
    return True


@contextmanager
def callers(
    operator: Operator, bodies: list[str], count: int = 4, *, by_api: bool = False
) -> Iterator[None]:
    """People who ask all the time, and again where they got no answer."""
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.02):
            for body in bodies:
                asked(operator, body, by_api=by_api)

    with ThreadPoolExecutor(max_workers=count) as pool:
        asking = [pool.submit(ask) for _ in range(count)]
        try:
            yield
        finally:
            over.set()
        for one in asking:
            one.result()
