"""Deployment packages."""

import io
import zipfile
from pathlib import Path

import pytest

from localcloud.functions.code import UnreadableCode, unpacked


def package(name: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, "X = 1")
    return written.getvalue()


def test_packages_with_the_same_content_share_a_folder(tmp_path: Path) -> None:
    content = package("index.py")
    first, second = (unpacked(content, tmp_path) for _ in range(2))
    assert first == second
    assert (first / "index.py").read_text() == "X = 1"


@pytest.mark.parametrize("given", [b"no zip", package("../outside.py")])
def test_a_package_that_is_none_leaves_nothing_behind(tmp_path: Path, given: bytes) -> None:
    with pytest.raises(UnreadableCode):
        unpacked(given, tmp_path)
    assert not list(tmp_path.glob("[!.]*"))
    assert not list(tmp_path.glob(".unfinished-*"))
