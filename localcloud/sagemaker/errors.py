"""SageMaker's errors, by the codes that its clients know."""

from localcloud.json_api import ApiError


class SageMakerError(ApiError):
    """An error that SageMaker answers with."""


def invalid(message: str) -> SageMakerError:
    """What is asked cannot be done as asked."""
    return SageMakerError("ValidationException", message)


def missing(arn: str) -> SageMakerError:
    """What is asked for does not exist; SageMaker says so with a validation error."""
    kind = arn.split(":")[5].partition("/")[0].replace("-", " ")
    return SageMakerError("ValidationException", f'Could not find {kind} "{arn}".')


def in_use(message: str) -> SageMakerError:
    """The name is taken, or the state forbids it."""
    return SageMakerError("ResourceInUse", message)


def denied(message: str) -> SageMakerError:
    """IAM forbids it."""
    return SageMakerError("AccessDeniedException", message)
