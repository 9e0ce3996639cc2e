import subprocess
import sys
from pathlib import Path

import pytest

LAMBDAS = Path(__file__).parents[3] / "lambdas"
FUNCTIONS = sorted(path.parent.name for path in LAMBDAS.glob("*/handler.py"))
NOT_IN_A_FUNCTION = ("pandas", "pyarrow", "numpy", "yaml", "typer", "rich", "aws_cdk", "moto")


def test_every_function_is_here() -> None:
    assert FUNCTIONS == [
        "ab_test",
        "approve",
        "baseline",
        "canary",
        "capture",
        "compare",
        "emptier",
        "evaluate",
        "gate",
        "monitor",
        "notify",
        "observe",
        "register",
        "retrain",
        "roll_back",
        "serve",
        "smoke_test",
        "track",
        "validate",
        "verify",
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_only_what_its_layers_hold(function: str) -> None:
    code = (
        f"import sys, lambdas.{function}.handler as module; assert callable(module.handler); "
        f"print([name for name in {NOT_IN_A_FUNCTION!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=LAMBDAS.parent,
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
