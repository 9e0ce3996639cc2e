"""Connections to DuckDB, and where they spill."""

import ast
import tempfile
from pathlib import Path

import pytest

from terrace import database

ROOT = Path(__file__).parents[2]
_OPENING = {
    "connect",
    "execute",
    "sql",
    "query",
    "read_parquet",
    "read_csv",
    "read_json",
    "from_df",
}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The process's temporary folder; its current folder is another."""
    folder, elsewhere = tmp_path / "temporary", tmp_path / "code"
    folder.mkdir()
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.chdir(elsewhere)
    return folder


def test_what_does_not_fit_into_memory_goes_below_the_temporary_folder(temporary: Path) -> None:
    connection = database.connect()
    connection.execute("SET memory_limit = '40MB'")
    connection.execute("SET threads = 1")
    connection.execute(
        "CREATE TABLE t AS SELECT hash(i) AS a, hash(-i) AS b FROM range(8000000) r(i)"
    )
    files = [path for (path, _) in connection.execute("FROM duckdb_temporary_files()").fetchall()]
    assert files
    assert all(Path(path).is_relative_to(temporary) for path in files)
    assert list(Path.cwd().iterdir()) == []
    connection.close()
    assert not [path for path in temporary.rglob("*") if path.is_file()]


def test_two_connections_never_spill_to_the_same_folder(temporary: Path) -> None:
    asked = "SELECT current_setting('temp_directory')"
    folders = {database.connect().execute(asked).fetchone() for _ in range(2)}
    assert len(folders) == 2


@pytest.mark.parametrize("package", ["terrace", "lambdas", "spark"])
def test_every_connection_is_made_in_one_place(package: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / package).rglob("*.py")
        if path != ROOT / "terrace" / "database.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "duckdb"
        and node.attr in _OPENING
    ]
    assert found == []
