"""The media type of the manifest that docker's builder makes of an image, by its options.

As of buildx 0.10 with Docker's image store of containerd, which new installations have: an image
has an attestation of its provenance unless that is turned off, an attestation makes it an index of
the OCI's, and without one its manifest is the OCI's unless it is exported for Docker.

Sources: https://docs.docker.com/build/exporters/oci-docker/,
https://docs.docker.com/build/metadata/attestations/slsa-provenance/,
https://docs.docker.com/build/building/variables/, https://github.com/docker/buildx/issues/1533
"""

from collections.abc import Mapping, Sequence

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_OFF, _ON = ("0", "f", "false"), ("1", "t", "true")


def built(options: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> str:
    """The media type that `docker build` with these options makes."""
    if _is_attested(options, environment):
        return OCI_INDEX
    outputs = [*options.get("--output", ()), *options.get("-o", ())]
    for output in outputs:
        parameters = dict(part.partition("=")[::2] for part in output.split(","))
        default = "false" if parameters.get("type") == "docker" else "true"
        if parameters.get("oci-mediatypes", default).lower() in _OFF:
            return DOCKER
    return OCI


def _is_attested(options: Mapping[str, Sequence[str]], environment: Mapping[str, str]) -> bool:
    if any(value.lower() not in _OFF for value in options.get("--sbom", ())):
        return True
    choices = list(options.get("--provenance", ()))
    for attestation in options.get("--attest", ()):
        parameters = dict(part.partition("=")[::2] for part in attestation.split(","))
        disabled = parameters.get("disabled", "false").lower() in _ON
        if parameters.get("type") == "provenance" or not disabled:
            choices.append("false" if disabled else "true")
    if choices:
        return choices[-1].lower() not in _OFF
    return environment.get("BUILDX_NO_DEFAULT_ATTESTATIONS", "").lower() not in _ON
