"""Which images SageMaker takes: those with a manifest in Docker's own format.

Sources: https://github.com/aws/amazon-sagemaker-feedback/issues/180,
https://github.com/mlflow/mlflow/issues/13834
"""

from localcloud.containers import images, manifests
from localcloud.sagemaker.errors import invalid


def check_image(uri: str) -> None:
    """Refuses an image that was pushed with another manifest.

    Raises:
        SageMakerError: Its manifest is the OCI's, or an index.
    """
    try:
        image = images.find(uri)
    except images.NoSuchImage:
        return  # what is started from it fails
    if image.manifest_type != manifests.DOCKER:
        raise invalid(
            f"Unsupported manifest media type {image.manifest_type} for image {uri}. "
            "Ensure that valid manifest media type is used for specified image."
        )
