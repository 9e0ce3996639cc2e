"""`localcloud-docker`: what the CDK's command line asks of docker, without a container engine.

The CDK takes the program from CDK_DOCKER. It builds, tags and pushes image assets with it.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

import boto3

from localcloud.containers import images, manifests
from localcloud.containers.dockerfile import read
from localcloud.errors import LocalCloudError

_WITH_VALUE = {
    "--tag", "-t", "--file", "-f", "--platform", "--build-arg", "--target", "--network",
    "--cache-from", "--cache-to", "--output", "-o", "--secret", "--ssh", "--username", "-u",
    "--format", "--provenance", "--sbom", "--attest",
}  # fmt: skip


class NotLikeDocker(LocalCloudError):
    """A docker command that the stand-in does not know."""


def main() -> None:
    """Does one docker command."""
    try:
        _run(sys.argv[1:])
    except LocalCloudError as error:
        sys.exit(f"localcloud-docker: {error}")


def _run(arguments: list[str]) -> None:
    options, words = _parsed(arguments)
    match words:
        case ["info"]:
            print("Server: the embedded cloud's images")  # noqa: T201
        case ["buildx", "version"]:
            print("the embedded cloud's stand-in for buildx")  # noqa: T201
        case ["login", *_]:
            sys.stdin.read()
        case ["build", context]:
            _build(options, Path(context))
        case ["inspect", name]:
            images.find(name)
        case ["tag", name, other]:
            images.keep(other, images.find(name))
        case ["push", name]:
            _push(name)
        case _:
            raise NotLikeDocker(
                f"docker {' '.join(arguments)} is not known here; "
                f"expected info, buildx version, login, build, inspect, tag or push"
            )


def _parsed(arguments: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    options: dict[str, list[str]] = {}
    words, rest = [], iter(arguments)
    for argument in rest:
        name, separator, value = argument.partition("=")
        if not argument.startswith("-"):
            words.append(argument)
        elif name in _WITH_VALUE:
            options.setdefault(name, []).append(value if separator else next(rest))
        else:
            options.setdefault(name, [])
    return options, words


def _build(options: dict[str, list[str]], context: Path) -> None:
    refused = options.keys() & {"--target", "--secret", "--ssh"}
    if refused:
        raise NotLikeDocker(f"docker build {refused.pop()} needs a real container engine")
    given = [argument.partition("=") for argument in options.get("--build-arg", [])]
    files = options.get("--file", []) + options.get("-f", [])
    path = context / (files[0] if files else "Dockerfile")
    recipe = read(path, {name: value for name, _, value in given})
    manifest_type = manifests.built(options, os.environ)
    for name in options.get("--tag", []) + options.get("-t", []):
        for note in images.build(name, context, recipe, manifest_type):
            print(note, file=sys.stderr)  # noqa: T201  # docker's own place for its progress


def _push(name: str) -> None:
    """Makes the image known to ECR, with a digest of its files."""
    image = images.find(name)
    repository, _, tag = name.partition("/")[2].rpartition(":")
    digest = hashlib.sha256()
    root = Path(image.root)
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    manifest = {
        "schemaVersion": 2,
        "mediaType": image.manifest_type,
        "config": {
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "size": 2,
            "digest": f"sha256:{digest.hexdigest()}",
        },
        "layers": [],
    }
    boto3.client("ecr").put_image(
        repositoryName=repository,
        imageTag=tag,
        imageManifest=json.dumps(manifest),
        imageManifestMediaType=image.manifest_type,
    )
