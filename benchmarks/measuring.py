"""How long work takes: medians, and a peer's in the environment that it needs."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = Path(__file__).parent / "peers"
RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table."""

    work: str
    ours: str
    peer: str = ""
    theirs: str = ""
    ratio: str = ""


def beside(work: str, ours: float, peer: str, theirs: float) -> Row:
    """A line of two times in seconds."""
    return Row(
        work=work,
        ours=f"{ours:.3g} s",
        peer=peer,
        theirs=f"{theirs:.3g} s",
        ratio=f"{theirs / ours:.1f}",
    )


def seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The median of some runs; of work that is over at once, of as many as take a second."""
    taken: list[float] = []
    while len(taken) < runs or (runs > 1 and sum(taken) < 1):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def of_peer(name: str, *arguments: str | Path) -> float:
    """What a peer's script takes, in an environment with the peer's own packages.

    The environment is made from `peers/<name>.lock` and kept in `.cache/bench`.
    """
    python = _environment(name) / "bin" / "python"
    done = subprocess.run(
        [python, PEERS / f"{name}.py", *arguments], capture_output=True, text=True, check=True
    )
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


def _environment(name: str) -> Path:
    folder, lock = ROOT / ".cache" / "bench" / name, PEERS / f"{name}.lock"
    ready = folder / "ready"
    if not ready.exists() or ready.read_text() != lock.read_text():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", folder], check=True)
        python = ["--python", folder / "bin" / "python"]
        subprocess.run([uv, "pip", "sync", "--quiet", *python, lock], check=True)
        ready.write_text(lock.read_text())
    return folder
