"""What a function costs before it works: its packages' size, and the time to import them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import ROOT, Row, seconds
from stacks.layer import third_party


def rows(_folder: Path) -> Iterator[Row]:
    """Two lines."""
    layer = third_party(ROOT / "lambdas" / "requirements.lock", ROOT / ".cache" / "layers")
    size = sum(path.stat().st_size for path in layer.folder.rglob("*") if path.is_file())
    yield Row(work="the functions' packages, unpacked", ours=f"{size / 1e6:.0f} MB")
    command = [sys.executable, "-c", "import lambdas.monitor.handler"]
    imported = seconds(lambda: subprocess.run(command, cwd=ROOT, check=True), runs=5)
    bare = seconds(lambda: subprocess.run([sys.executable, "-c", ""], check=True), runs=5)
    yield Row(
        work="start of the monitor function, Python itself included",
        ours=f"{imported:.2f} s",
        peer="Python alone",
        theirs=f"{bare:.2f} s",
    )
