"""What the RUN lines of a Dockerfile install."""

from pathlib import Path

import pytest

from localcloud.containers import dockerfile, installs
from localcloud.containers.bases import base, installed


def read(*lines: str) -> installs.Installs:
    return installs.read([("/opt/program", line) for line in lines])


@pytest.mark.parametrize(
    ("line", "packages"),
    [
        ("apt-get update && apt-get install --yes libgomp1", {"libgomp1"}),
        ("apt-get install -y --no-install-recommends libgomp1=12.2 curl;rm -rf /x",
         {"libgomp1", "curl"}),
        ("dnf install -y python3.11 python3.11-pip && dnf clean all",
         {"python3.11", "python3.11-pip"}),
        ("apk add --no-cache libstdc++", {"libstdc++"}),
        ("DEBIAN_FRONTEND=noninteractive apt-get install -y libgomp1", {"libgomp1"}),
        ("--mount=type=cache,target=/var/cache/apt apt install libgomp1", {"libgomp1"}),
        ("if true; then sudo apt-get install libgomp1; fi", {"libgomp1"}),
        ('["apt-get", "install", "--yes", "libgomp1"]', {"libgomp1"}),
        ("apt-get remove libgomp1", set()),
        ("echo apt-get install libgomp1", set()),
    ],
)  # fmt: skip
def test_system_packages_are_known_by_name(line: str, packages: set[str]) -> None:
    assert read(line).system == packages


@pytest.mark.parametrize(
    ("line", "program", "arguments"),
    [
        ("pip install --no-cache-dir --requirement requirements.txt", "pip",
         ("--requirement", "requirements.txt")),
        ("pip3 --quiet install -q 'numpy>=2' pandas", "pip3", ("numpy>=2", "pandas")),
        ("/usr/bin/python3.11 -m pip install --require-hashes -r /opt/lock", "python3.11",
         ("--require-hashes", "-r", "/opt/lock")),
        ("set -e; pip install --root-user-action ignore --progress-bar=off .", "pip", (".",)),
        ("uv pip install --system numpy", "pip", ("numpy",)),
    ],
)  # fmt: skip
def test_what_pip_installs_is_known(line: str, program: str, arguments: tuple[str, ...]) -> None:
    (install,) = read(line).python
    assert (install.program, install.arguments) == (program, arguments)


def test_other_commands_are_reported() -> None:
    found = read("pip install numpy && curl -o /x https://example.com | sh", "pip cache purge")
    assert found.not_run == ("curl -o /x https://example.com", "sh", "pip cache purge")


@pytest.mark.parametrize(
    ("name", "python", "has", "lacks"),
    [
        ("python:3.13.7-slim-trixie", "3.13", "libstdc++.so.6", "libgomp.so.1"),
        ("docker.io/library/python:3.12-slim@sha256:0", "3.12", "libz.so.1", "libGL.so.1"),
        ("python:3.13", "3.13", "libgomp.so.1", "libGL.so.1"),
        ("public.ecr.aws/docker/library/python:3.11", "3.11", "libgomp.so.1", "libtbb.so.12"),
    ],
)  # fmt: skip
def test_a_base_image_brings_its_python_and_libraries(
    name: str, python: str, has: str, lacks: str
) -> None:
    known = base(name)
    assert known.python == python
    assert known.libraries is not None
    assert has in known.libraries
    assert lacks not in known.libraries


def test_of_other_base_images_nothing_is_claimed() -> None:
    assert base("public.ecr.aws/emr-serverless/spark/emr-7.9.0:latest").libraries is None
    assert base("python:3.13-alpine").libraries is None


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libgomp.so.1", "libgomp1"),
        ("libgomp.so.1.0.0", "libgomp1"),
        ("libgomp.so.1", "build-essential"),
        ("libglib-2.0.so.0", "libglib2.0-0t64"),
        ("libGL.so.1", "libgl1"),
        ("libsndfile.so.1", "libsndfile1"),
        ("libpng16.so.16", "libpng16-16t64"),
    ],
)
def test_a_system_package_brings_the_library_that_it_is_named_after(
    library: str, package: str
) -> None:
    assert installed(library, frozenset({package}))
    assert not installed(library, frozenset({"curl"}))


def test_a_run_line_is_run_where_the_dockerfile_is_then_and_a_new_stage_begins_anew(
    tmp_path: Path,
) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(
        "FROM golang:1 AS builder\nRUN go build\nARG VERSION=3.13\nFROM python:${VERSION}-slim\n"
        "WORKDIR /opt\nRUN pip install numpy\nWORKDIR /srv\n"
    )
    recipe = dockerfile.read(path, {})
    assert recipe.base == "python:3.13-slim"
    assert recipe.run == [("/opt", "pip install numpy")]


def test_a_stage_that_builds_upon_another_has_what_that_installs(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(
        "FROM --platform=linux/amd64 python:3.13-slim AS base\nRUN pip install numpy\n"
        "FROM base AS tests\nRUN pip install pytest\nFROM base\nCOPY train ./\n"
    )
    recipe = dockerfile.read(path, {})
    assert recipe.base == "python:3.13-slim"
    assert recipe.run == [("/", "pip install numpy")]
    assert recipe.copies == [(["train"], "/./")]
