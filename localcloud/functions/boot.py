"""A worker's main program: `python -P boot.py HANDLER`. Runs AWS's own runtime interface client.

It is run by the Python of Lambda's runtime, which has no packages but the runtime's own. The
function's code comes first on the search path, then its layers, then the runtime. What the
function and its layers lack fails here as it would on AWS.
"""

import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """Confines the process, sets the search path, and serves invocations until it is ended."""
    worker = json.loads(os.environ.pop("LOCALCLOUD_WORKER"))
    confinement = _load("confinement")
    if worker["isolated"]:
        confinement.isolate(worker["visible"], worker["storage_megabytes"])
    else:
        os.environ.setdefault("TMPDIR", worker["temporary"])
    confinement.give_up_privileges()
    sys.path[:] = [os.environ["LAMBDA_TASK_ROOT"], *worker["layers"], *sys.path]
    from awslambdaric.__main__ import main as serve

    serve(sys.argv)


def _load(name: str) -> Any:
    """A module of this folder, which is not on the search path."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec and spec.loader  # noqa: S101  # the file is part of this package
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
