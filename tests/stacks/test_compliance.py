"""The report of the other packs: nothing new is found, and everything has an answer."""

import os
from pathlib import Path

from stacks.compliance import ANSWERS, PACKS, findings, markdown
from terrace.settings_file import load

from .conftest import ROOT

REPORT = Path(ROOT) / "docs/compliance.md"


def test_the_report_in_the_documents_is_that_of_the_shipped_file() -> None:
    """Set UPDATE_SNAPSHOTS=1 to write it anew; its diff is the review."""
    got = markdown(load(ROOT / "terrace.yaml"))
    if os.environ.get("UPDATE_SNAPSHOTS"):
        REPORT.write_text(got)
    assert got == REPORT.read_text()


def test_no_answer_is_left_of_what_is_met_by_now() -> None:
    settings = load(ROOT / "terrace.yaml")
    found = {one.rule for pack in PACKS.values() for one in findings(settings, pack)}
    assert found == set(ANSWERS)
