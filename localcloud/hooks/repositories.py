"""ECR: an image that is not there is told, not left out; the CDK asks so whether to push it."""

from typing import Any

from ministack.core import responses
from ministack.services import ecr


def install() -> None:
    """Lets DescribeImages fail for images that a repository does not hold."""
    describe = ecr._describe_images

    def describe_known(request: dict[str, Any]) -> Any:
        name = request.get("repositoryName", "")
        for wanted in request.get("imageIds") or []:
            if name in ecr._repositories and not ecr._find_image(name, wanted):
                return responses.error_response_json(
                    "ImageNotFoundException", _missing(name, wanted), 400
                )
        return describe(request)

    ecr._describe_images = describe_known


def _missing(repository: str, wanted: dict[str, str]) -> str:
    digest, tag = wanted.get("imageDigest", "null"), wanted.get("imageTag", "null")
    return (
        f"The image with imageId {{imageDigest:'{digest}', imageTag:'{tag}'}} does not exist "
        f"within the repository with name '{repository}' in the registry with id "
        f"'{responses.get_account_id()}'"
    )
