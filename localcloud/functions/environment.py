"""The environment variables that a function's worker starts with, as Lambda defines them."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.functions.function import Function

# Of the server's own environment, workers see these alone.
_INHERITED = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "SYSTEMROOT")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one worker runs."""

    runtime_api: str
    # The virtual environment of Lambda's runtime.
    runtime: Path
    task_root: Path
    layers: tuple[Path, ...]
    temporary: Path
    log_stream: str
    # Whether the system can give the worker a file system of its own.
    isolated: bool

    @property
    def python(self) -> Path:
        """The program that runs the worker."""
        return self.runtime / "bin" / "python"


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
        "PATH": os.pathsep.join([str(place.runtime / "bin"), "/usr/bin", "/bin"]),
        "PYTHONUTF8": "1",
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
        "LOCALCLOUD_WORKER": json.dumps(_worker(function, place)),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
    return given | ({"AWS_LAMBDA_LOG_LEVEL": function.log_level} if function.log_level else {})


def _worker(function: Function, place: Place) -> dict[str, Any]:
    """What `boot.py` reads."""
    programs = (place.python.resolve().parent.parent, Path(__file__).parent)
    visible = [place.runtime, *programs, place.task_root, *place.layers, *_certificates()]
    return {
        "isolated": place.isolated,
        "layers": [str(path) for path in place.layers],
        "storage_megabytes": function.storage_megabytes,
        "temporary": str(place.temporary),
        "visible": [str(path) for path in visible],
    }


def _certificates() -> list[Path]:
    names = ("SSL_CERT_DIR", "SSL_CERT_FILE")
    return [path for name in names if (path := Path(os.environ.get(name, "/"))).is_file()]
