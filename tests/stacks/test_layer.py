"""The functions' layer: built from the lock file, once."""

from pathlib import Path

import pytest

from stacks.layer import Layer, LayerNotBuilt, third_party
from tests.stacks.conftest import ROOT, Assembly

LOCK = ROOT / "lambdas" / "requirements.lock"
CACHE = ROOT / ".cache" / "layers"


def test_a_layer_that_is_there_is_not_built_again(shipped: Assembly) -> None:
    first = third_party(LOCK, CACHE)
    marker = first.folder / "python" / "pydantic" / "__init__.py"
    before = marker.stat().st_mtime_ns
    assert third_party(LOCK, CACHE) == first
    assert marker.stat().st_mtime_ns == before


def test_another_lock_file_is_another_layer(shipped: Assembly, tmp_path: Path) -> None:
    known = third_party(LOCK, CACHE)
    empty = tmp_path / "empty.lock"
    empty.touch()
    other = third_party(empty, tmp_path / "cache")
    assert isinstance(other, Layer)
    assert other.digest != known.digest


def test_a_lock_file_that_cannot_be_installed_leaves_nothing_behind(tmp_path: Path) -> None:
    lock = tmp_path / "bad.lock"
    lock.write_text("pydantic==2.14.3\n")  # without a hash
    with pytest.raises(LayerNotBuilt, match=r"bad\.lock: its packages could not be installed"):
        third_party(lock, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
