"""The shared libraries that the packages of an image need."""

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.containers import elf, libraries
from localcloud.containers.bases import Base

NOTHING = Base(libraries=frozenset({"libc.so.6"}))


def shared(folder: Path, name: str, *needed: str) -> Path:
    """A file with the headers of a shared library that needs others; it has no code."""
    strings = b"\0" + b"".join(one.encode() + b"\0" for one in needed)
    places = [strings.index(one.encode() + b"\0") for one in needed]
    entries = [(1, place) for place in places] + [(5, 0x1000), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    start = 64 + 2 * 56
    size = len(strings)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0
    )
    load = struct.pack("<IIQQQQQQ", 1, 4, start, 0x1000, 0x1000, size, size, 1)
    place = start + size
    found = struct.pack("<IIQQQQQQ", 2, 4, place, 0x2000, 0x2000, len(dynamic), len(dynamic), 8)
    path = folder / name
    path.write_bytes(header + load + found + strings + dynamic)
    return path


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder of packages: `outer` needs `inner`, which needs a library of the system."""
    folder = tmp_path / "packages"
    folder.mkdir()
    shared(folder, "libinner.so.1", "libc.so.6", "libsystem.so.1")
    shared(folder, "libouter.so.1", "libinner.so.1")
    return folder


def test_a_shared_library_names_what_it_needs(installed: Path) -> None:
    assert elf.needed(installed / "libinner.so.1") == ("libc.so.6", "libsystem.so.1")
    assert elf.needed(Path(__file__)) == ()


def test_what_cannot_be_loaded_without_a_system_library_is_found(installed: Path) -> None:
    lacking = {"libinner.so.1": "libsystem.so.1", "libouter.so.1": "libsystem.so.1"}
    assert libraries.missing(installed, NOTHING, frozenset()) == lacking
    assert libraries.missing(installed, NOTHING, frozenset({"libsystem1"})) == {}
    assert libraries.missing(installed, Base(), frozenset()) == {}


def test_python_cannot_load_what_lacks_a_library_and_says_so_as_the_system_does(
    installed: Path,
) -> None:
    libraries.write_hook(installed, {"libouter.so.1": "libsystem.so.1"})
    code = f"import _image_libraries, ctypes; ctypes.CDLL({str(installed / 'libouter.so.1')!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.endswith(
        "OSError: libsystem.so.1: cannot open shared object file: No such file or directory\n"
    )
