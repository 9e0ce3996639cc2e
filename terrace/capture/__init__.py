"""Data-capture records as rows: JSON Lines in SageMaker's format, read inside DuckDB.

A file is read in blocks of lines, each of which becomes a batch, so memory stays flat. Plain CSV,
which is most of all traffic, is taken apart by DuckDB (`plain`); payloads of any other shape are
by Python (`payloads`). What is no row is set aside with file, line and reason; nothing is lost.
"""

from terrace.capture.payloads import positions
from terrace.capture.reading import read

__all__ = ["positions", "read"]
