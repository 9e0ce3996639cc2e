"""The environment variables that a function's worker starts with, as Lambda defines them."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.functions.function import Function

# Of the server's own environment, workers see these alone.
_INHERITED = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "SYSTEMROOT")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one worker runs."""

    runtime_api: str
    task_root: Path
    layers: tuple[Path, ...]
    temporary: Path
    log_stream: str


def variables(function: Function, place: Place, credentials: Mapping[str, str]) -> dict[str, str]:
    """The environment of one worker. A function's own variables cannot replace the reserved."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    own = {"AWS_ENDPOINT_URL": credentials["AWS_ENDPOINT_URL"]} | dict(function.variables)
    reserved = {name: text for name, text in credentials.items() if name != "AWS_ENDPOINT_URL"}
    return inherited | _defaults(place) | own | reserved | _reserved(function, place)


def _defaults(place: Place) -> dict[str, str]:
    return {
        "AWS_EC2_METADATA_DISABLED": "true",
        "LANG": "en_US.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONUTF8": "1",
        "TMPDIR": str(place.temporary),
    }


def _reserved(function: Function, place: Place) -> dict[str, str]:
    given = {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_megabytes),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": place.log_stream,
        "AWS_LAMBDA_RUNTIME_API": place.runtime_api,
        "LAMBDA_RUNTIME_DIR": str(place.task_root),
        "LAMBDA_TASK_ROOT": str(place.task_root),
        "LOCALCLOUD_LAYERS": os.pathsep.join(map(str, place.layers)),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
    return given | ({"AWS_LAMBDA_LOG_LEVEL": function.log_level} if function.log_level else {})
