"""What the smoke test saw on AWS, kept in the ledger of AWS's rules."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import yaml

OBSERVATIONS = Path(__file__).parents[2] / "tests" / "ledger" / "observations.yaml"
_HEADER = "# Written by `make aws-smoke` on AWS: what each of its steps saw last.\n"


def record(outcomes: Mapping[str, str], region: str, file: Path = OBSERVATIONS) -> None:
    """Adds the outcome of each step; an earlier one of the same step is replaced.

    Args:
        outcomes: By the step's name, one sentence each.
        region: The AWS region.
        file: The ledger's file.
    """
    observations = (yaml.safe_load(file.read_text()) or {}) if file.is_file() else {}
    today = datetime.now(UTC).date().isoformat()
    for step, outcome in outcomes.items():
        observations[step] = {"on": today, "region": region, "outcome": outcome}
    file.write_text(_HEADER + yaml.safe_dump(observations, sort_keys=True, allow_unicode=True))
