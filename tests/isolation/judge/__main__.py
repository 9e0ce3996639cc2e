"""`python -m tests.isolation.judge --mutations 200 --seed 1`: writes docs/isolation-judge.md."""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from .deployment import deployed
from .labels import Verdict
from .report import page
from .run import verdicts

PAGE = Path(__file__).parents[3] / "docs" / "isolation-judge.md"


def main() -> int:
    """Judges mistakes and writes the page; 1 where the proof passes a breach."""
    parser = argparse.ArgumentParser(prog="python -m tests.isolation.judge")
    parser.add_argument("--mutations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--output", type=Path, default=PAGE)
    options = parser.parse_args()
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    judged, end = list[Verdict](), time.monotonic() + options.minutes * 60
    with (
        tempfile.TemporaryDirectory(prefix="terrace-judge-") as folder,
        deployed(Path(folder)) as deployment,
    ):
        for verdict in verdicts(deployment, options.seed, options.mutations):
            judged.append(verdict)
            sys.stdout.write(f"{len(judged)} {verdict}\n")
            sys.stdout.flush()
            options.output.write_text(page(judged, seed=options.seed, day=day))
            if time.monotonic() > end:
                break
    return int(any(one.is_miss for one in judged))


if __name__ == "__main__":
    sys.exit(main())
