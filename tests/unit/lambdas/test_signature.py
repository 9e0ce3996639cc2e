"""Signed versions: what was changed after the registration is not rolled out."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lambdas.common.registry import Version, VersionRefused, version
from lambdas.common.signature import verified
from lambdas.register.handler import handler

from .conftest import MODEL, TENANT, Cloud, Context
from .test_register import asked

GROUP = f"{TENANT}--{MODEL}"


@pytest.fixture
def key(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> str:
    made = cloud.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    arn = str(made["KeyMetadata"]["Arn"])
    monkeypatch.setenv("TERRACE_SIGNING_KEY", arn)
    return arn


@pytest.fixture
def signed(cloud: Cloud, context: Context, key: str) -> Version:
    cloud.deploy()
    cloud.client("sagemaker").create_model_package_group(ModelPackageGroupName=GROUP)
    return version(handler(asked(), context)["model_package_arn"], TENANT)


def changed(of: Version, **noted: str) -> Version:
    """The same version with other properties."""
    properties = of.description["CustomerMetadataProperties"] | noted
    description: dict[str, Any] = of.description | {"CustomerMetadataProperties": properties}
    return Version(arn=of.arn, names=of.names, number=of.number, description=description)


def test_a_version_as_it_was_registered_is_verified_by_anybody_with_the_public_key(
    cloud: Cloud, signed: Version, key: str
) -> None:
    verified(key, signed)
    public = load_der_public_key(cloud.client("kms").get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    noted = [signed.property(name) for name in ("artifact_sha256", "sample_uri", "baselines_uri")]
    message = "\n".join([GROUP, signed.artifact_uri, *noted]).encode()
    public.verify(base64.b64decode(signed.property("signature")), message, ec.ECDSA(SHA256()))


@pytest.mark.parametrize("name", ["artifact_sha256", "sample_uri", "baselines_uri"])
def test_a_version_that_somebody_changed_is_refused(signed: Version, key: str, name: str) -> None:
    with pytest.raises(VersionRefused, match="Somebody changed the version"):
        verified(key, changed(signed, **{name: "b" * 64}))


@pytest.mark.parametrize("forged", ["", "no base64", base64.b64encode(b"forged").decode()])
def test_a_signature_that_is_none_is_refused(signed: Version, key: str, forged: str) -> None:
    with pytest.raises(VersionRefused):
        verified(key, changed(signed, signature=forged))


def test_a_version_that_was_never_signed_is_refused(signed: Version, key: str) -> None:
    properties = dict(signed.description["CustomerMetadataProperties"])
    del properties["signature"]
    description = signed.description | {"CustomerMetadataProperties": properties}
    bare = Version(arn=signed.arn, names=signed.names, number=1, description=description)
    with pytest.raises(VersionRefused, match="no signature in its CustomerMetadataProperties"):
        verified(key, bare)
