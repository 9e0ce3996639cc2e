"""What docker's builder makes of an image, by its options."""

import pytest

from localcloud.containers.docker import _parsed
from localcloud.containers.manifests import DOCKER, OCI, OCI_INDEX, built

QUIET = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}  # as the CDK's command line sets it


@pytest.mark.parametrize(
    ("options", "environment", "media_type"),
    [
        ("", {}, OCI_INDEX),
        ("", QUIET, OCI),
        ("--provenance=false", {}, OCI),
        ("--output type=docker", QUIET, DOCKER),
        ("--output=type=docker --provenance=false", {}, DOCKER),
        ("--output type=docker", {}, OCI_INDEX),
        ("--output type=docker --provenance=true", QUIET, OCI_INDEX),
        ("--output type=docker --sbom=true", QUIET, OCI_INDEX),
        ("--output type=docker --attest type=provenance,disabled=true", {}, DOCKER),
        ("-o type=image,oci-mediatypes=false", QUIET, DOCKER),
        ("-o type=docker,oci-mediatypes=true", QUIET, OCI),
        ("--output type=image", QUIET, OCI),
    ],
)
def test_the_manifest_is_docker_s_only_where_it_is_asked_for(
    options: str, environment: dict[str, str], media_type: str
) -> None:
    told, _ = _parsed(["build", *options.split(), "."])
    assert built(told, environment) == media_type
