"""Which shared libraries a shared library of Linux needs, from its dynamic section.

Source: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
"""

import struct
from pathlib import Path
from typing import BinaryIO

_MAGIC = b"\x7fELF"
_64_BIT_LITTLE_ENDIAN = bytes((2, 1))
_HEADER_SIZE = 64
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS = 1, 5
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")
_ENTRY = struct.Struct("<qQ")


def needed(path: Path) -> tuple[str, ...]:
    """The names in DT_NEEDED; none for a file that is not a 64-bit ELF."""
    with path.open("rb") as file:
        header = file.read(_HEADER_SIZE)
        if len(header) < _HEADER_SIZE or header[:6] != _MAGIC + _64_BIT_LITTLE_ENDIAN:
            return ()
        offset, size, count = (
            *struct.unpack_from("<Q", header, 32), *struct.unpack_from("<HH", header, 54)
        )  # fmt: skip
        file.seek(offset)
        table = file.read(size * count)
        headers = [_PROGRAM_HEADER.unpack_from(table, place * size) for place in range(count)]
        segments = [(h[3], h[2], h[5]) for h in headers if h[0] == _LOAD]
        dynamic = next((h for h in headers if h[0] == _DYNAMIC), None)
        if dynamic is None:
            return ()
        file.seek(dynamic[2])
        entries = list(_ENTRY.iter_unpack(_whole(file.read(dynamic[5]))))
        address = next((value for tag, value in entries if tag == _STRINGS), None)
        start = _in_file(segments, address)
        if start is None:
            return ()
        return tuple(_string(file, start + value) for tag, value in entries if tag == _NEEDED)


def _whole(content: bytes) -> bytes:
    return content[: len(content) // _ENTRY.size * _ENTRY.size]


def _in_file(segments: list[tuple[int, int, int]], address: int | None) -> int | None:
    """The offset in the file of an address in memory."""
    for start, offset, size in segments:
        if address is not None and start <= address < start + size:
            return offset + address - start
    return None


def _string(file: BinaryIO, offset: int) -> str:
    file.seek(offset)
    return file.read(256).partition(b"\0")[0].decode(errors="replace")
