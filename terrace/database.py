"""The one way to a DuckDB connection: it spills below the temporary folder, never next to the code.

A function's code folder is read-only on Lambda, and DuckDB's own default is `.tmp` in the current
folder.
"""

import tempfile
import uuid
from pathlib import Path

import duckdb


def connect(file: Path | None = None, *, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to a database of its own.

    What does not fit into memory goes to a folder of the connection's own, which DuckDB makes when
    it is needed and removes when the connection is closed.

    Args:
        file: Where the database is; by default in memory.
        threads: How many threads it uses at most; by default one a core.
    """
    folder = Path(tempfile.gettempdir()) / f"duckdb-{uuid.uuid4().hex}"
    config: dict[str, str | bool | int | float | list[str]] = {"temp_directory": str(folder)}
    if threads is not None:
        config["threads"] = threads
    return duckdb.connect(str(file or ":memory:"), config=config)
