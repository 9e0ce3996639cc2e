"""The model registry: one version, as a function needs it."""

import re
from dataclasses import dataclass
from typing import Any

from lambdas.common.aws import client
from terrace.errors import TerraceError
from terrace.events import APPROVED
from terrace.names import ModelNames

APPROVED_BY = "approved_by"  # the property that tells who approved it by a link
HOLDOUT = "holdout"  # the property that tells which rows a version never saw

_LONGEST = 256  # characters of a property's value
_NOT_ALLOWED = re.compile(r"[^\w .:/=+\-@]")


class VersionRefused(TerraceError):
    """A model package is not one that this tenant may deploy."""


class ChecksumMismatch(TerraceError):
    """A model artifact is no longer the one that was evaluated and registered."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of one model of the function's tenant."""

    arn: str
    names: ModelNames
    number: int
    description: dict[str, Any]

    @property
    def approved(self) -> bool:
        """Whether people approved it."""
        return bool(self.description.get("ModelApprovalStatus") == APPROVED)

    @property
    def artifact_uri(self) -> str:
        """Where the model artifact is."""
        return str(self.description["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])

    def noted(self, name: str) -> str | None:
        """What was noted of the version when it was registered, if it was."""
        properties: dict[str, str] = self.description.get("CustomerMetadataProperties", {})
        return properties.get(name)

    def property(self, name: str) -> str:
        """What must have been noted of the version when it was registered.

        Raises:
            VersionRefused: It was not.
        """
        properties = self.description.get("CustomerMetadataProperties", {})
        if name not in properties:
            raise VersionRefused(
                f"{self.arn}: no {name} in its CustomerMetadataProperties, which hold "
                f"{', '.join(sorted(properties)) or 'nothing'}; expected a version that "
                "Terrace's training registered"
            )
        return str(properties[name])


def as_noted(text: str) -> str:
    """A text as a version's properties can hold it."""
    return _NOT_ALLOWED.sub("_", text)[:_LONGEST]


def version(arn: str, tenant: str) -> Version:
    """The version behind an ARN.

    Raises:
        VersionRefused: It is in no model package group of this tenant.
    """
    description = dict(client("sagemaker").describe_model_package(ModelPackageName=arn))
    group = str(description.get("ModelPackageGroupName", ""))
    try:
        names = ModelNames.of(group)
    except ValueError as error:
        raise VersionRefused(f"{arn}: {error}") from error
    if names.tenant != tenant:
        raise VersionRefused(
            f"{arn} is in model package group {group!r} of tenant {names.tenant!r}; "
            f"expected one of tenant {tenant!r}"
        )
    return Version(
        arn=arn,
        names=names,
        number=int(description["ModelPackageVersion"]),
        description=description,
    )


def checked(approved: Version, got: str) -> None:
    """Compares an artifact's SHA-256 with the one noted at registration.

    Raises:
        ChecksumMismatch: It is another.
    """
    expected = approved.property("artifact_sha256")
    if got != expected:
        raise ChecksumMismatch(
            f"{approved.artifact_uri} of {approved.arn}: SHA-256 got {got}; expected {expected}, "
            "as registered. The artifact was changed after its evaluation: do not deploy it"
        )
