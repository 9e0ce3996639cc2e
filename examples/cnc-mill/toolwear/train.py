"""The program `train`: run the job, and turn every error into `failure` and exit code 1."""

import sys
import traceback
from collections.abc import Mapping

from toolwear.errors import ToolWearError
from toolwear.parameters import parse_parameters, read_hyperparameters
from toolwear.paths import Folders
from toolwear.search import TUNING, Search

_FAILURE_LENGTH = 1024  # SageMaker shows no more of it


def main(environ: Mapping[str, str]) -> int:
    """Run the job; return the exit code that SageMaker takes as its outcome."""
    folders = Folders.read(environ)
    try:
        given = read_hyperparameters(folders.hyperparameters)
        tuning = given.pop(TUNING, None)
        parameters = parse_parameters(given)
        # Imported here: a wrong hyperparameter is told before scikit-learn is even loaded.
        from toolwear.job import run, searched

        if tuning is not None:
            parameters = searched(folders, parameters, Search.parse(str(tuning), given))
        run(folders, parameters)
    except ToolWearError as error:
        return _fail(folders, str(error))
    except Exception as error:
        traceback.print_exc()
        return _fail(folders, f"unexpected {type(error).__name__}: {error}")
    return 0


def _fail(folders: Folders, message: str) -> int:
    print(f"training failed: {message}", file=sys.stderr, flush=True)
    folders.output.mkdir(parents=True, exist_ok=True)
    folders.failure.write_text(message[:_FAILURE_LENGTH], "utf-8")
    return 1
