"""Synth and the proof of isolation of 1 to 1,000 tenants: time and memory by the tenant."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import ROOT, Row
from stacks.application import synthesize
from terrace.assembly.templates import Templates
from terrace.isolation.proof import prove
from terrace.settings import Settings

TENANTS = (1, 10, 100, 1000)


def rows(folder: Path) -> Iterator[Row]:
    """Two lines for each number of tenants."""
    for count in TENANTS:
        done = subprocess.run(
            [sys.executable, "-O", "-m", "benchmarks.synth", str(count), folder / str(count)],
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        synth = f"{told['synth']:.1f} s, {told['synth'] / count:.2f} s each, {told['mb']:.0f} MB"
        yield Row(work=f"synth of {count} tenants, cdk-nag included", ours=synth)
        yield Row(work=f"proof that {count} tenants are apart", ours=f"{told['proof']:.1f} s")


def _settings(tenants: int) -> Settings:
    model = {"name": "wear", "source": "examples/cnc-mill", "label": "tool_condition"}
    raised = {"iam_roles": 100_000, "event_buses": 10_000, "schedule_groups": 10_000,
              "cloudformation_stacks": 10_000}  # fmt: skip
    named = [{"name": f"t{number}", "models": [model]} for number in range(tenants)]
    return Settings.model_validate({"platform": {"quotas": raised}, "tenants": named})


def _measured(tenants: int, folder: Path) -> dict[str, float]:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    settings, start = _settings(tenants), time.perf_counter()
    synthesize(settings, ROOT, outdir=str(folder), context=context)
    synthesized = time.perf_counter()
    breaches = prove(Templates.of(folder)).breaches
    if breaches:
        raise AssertionError(str(breaches[0]))
    peak = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]
    return {
        "synth": synthesized - start,
        "proof": time.perf_counter() - synthesized,
        "mb": int(peak) / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(_measured(int(sys.argv[1]), Path(sys.argv[2]))))
