"""Whether this machine can build and push the container images."""

import os
import shutil
import subprocess
from collections.abc import Iterator

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.finding import Finding, ok, problem

_CHECK = "images"
_SECONDS = 60


def check(_account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Asks the container engine that the CDK uses, where the deployment builds images at all."""
    count = len(assembly.images)
    if not count:
        yield ok(_CHECK, "the stacks have no container image: no Docker is needed")
        return
    # The CDK's own setting of the program that builds images.
    program = os.environ.get("CDK_DOCKER", "docker")
    needed = f"{count} container image{'s' if count > 1 else ''} to build and push"
    if shutil.which(program) is None:
        yield problem(
            _CHECK,
            f"{needed}, and no program {program!r} on PATH",
            "install Docker with buildx, or set CDK_DOCKER to a program with its commands",
        )
        return
    if complaint := _run(program, "info"):
        yield problem(
            _CHECK, f"{needed}, and {program} has no engine: {complaint}", "start the engine"
        )
        return
    if _wants_outputs(assembly) and (complaint := _run(program, "buildx", "version")):
        yield problem(
            _CHECK,
            f"{needed} in Docker's manifest format, and {program} has no buildx: {complaint}. "
            "SageMaker refuses images with OCI manifests",
            "install Docker's buildx plugin",
        )
        return
    yield ok(_CHECK, f"{needed}, by {program}")


def _wants_outputs(assembly: Assembly) -> bool:
    return any(image.get("source", {}).get("dockerOutputs") for image in assembly.images)


def _run(*command: str) -> str | None:
    """The last line of what a failed command printed; None where it succeeded."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit code {done.returncode}"
