"""`python -m tests.ledger` writes docs/aws-rules.md."""

from tests.ledger.page import PAGE, render
from tests.ledger.rules import read_areas, read_observations

PAGE.write_text(render(read_areas(), read_observations()))
