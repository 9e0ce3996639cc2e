"""A worker's main program: `python -P boot.py HANDLER`. Runs AWS's own runtime interface client.

The function sees its own code first, then what is installed in this Python (as if it were a layer),
then its layers. It does not see packages that are installed for development, whose files are not
in any package: what the deployed zip lacks fails here as it would on AWS.
"""

import os
import sys


def main() -> None:
    """Sets the search path and serves invocations until the process is ended."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not _editable(finder)]
    installed = [path for path in sys.path if "__editable__" not in path]
    layers = os.environ.pop("LOCALCLOUD_LAYERS", "").split(os.pathsep)
    sys.path[:] = [os.environ["LAMBDA_TASK_ROOT"], *installed, *filter(None, layers)]
    from awslambdaric.__main__ import main as serve

    serve(sys.argv)


def _editable(finder: object) -> bool:
    return str(getattr(finder, "__module__", "")).startswith("__editable__")


if __name__ == "__main__":
    main()
