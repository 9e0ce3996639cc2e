"""The one way to a DuckDB connection: it spills below the temporary folder, never next to the code.

A function's code folder is read-only on Lambda, and DuckDB's own default is `.tmp` in the current
folder.
"""

import tempfile
import uuid
from pathlib import Path

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    """A connection to a database of its own, in memory.

    What does not fit into memory goes to a folder of the connection's own, which DuckDB makes when
    it is needed and removes when the connection is closed.
    """
    folder = Path(tempfile.gettempdir()) / f"duckdb-{uuid.uuid4().hex}"
    return duckdb.connect(config={"temp_directory": str(folder)})
