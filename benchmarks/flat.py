"""Memory as the window grows: the peak of a process that checks 0.1, 1 and 10 GB of capture."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.captured import monitor, profiled, written
from benchmarks.measuring import Row

SIZES_GB = (0.1, 1, 10)
_BLOCK_BYTES = 1024 * 1024


def rows(folder: Path) -> Iterator[Row]:
    """A line for each size."""
    first, *others = written(folder)
    for path in others:
        path.unlink()
    content = first.read_bytes()
    first.unlink()
    for size in SIZES_GB:
        path = folder / "window.jsonl"
        with path.open("wb") as file:
            while file.tell() < size * 1e9:
                file.write(content)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.flat", path],
            capture_output=True,
            text=True,
            check=True,
        )
        path.unlink()
        peak = f"{float(done.stdout) / 1024:.0f} MB at most"
        yield Row(work=f"memory of data quality over {size} GB of capture", ours=peak)


if __name__ == "__main__":
    profiled(monitor(), [Path(sys.argv[1])])
    # What getrusage tells was inherited from the process that started this one.
    print(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])
