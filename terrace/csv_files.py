"""CSV files, for DuckDB to read: nothing about them is guessed.

The dialect is one: commas, double quotes that are doubled inside quotes, a header, lines that end
as on any system, spaces around a separator that belong to nothing, UTF-8 (or UTF-16 with its mark).
A file that can be cut at its commas is read as it is. Any other is first rewritten record by
record, as captured CSV is read; what is no row of the header's columns is set aside.
"""

import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from terrace.batch import InvalidData, Rejected, literal
from terrace.texts import SPACES

csv.field_size_limit(sys.maxsize)  # a payload may be one field of 25 MB

_BLOCK_BYTES = 1024 * 1024
_BUFFER_BYTES = 8 * _BLOCK_BYTES
_LEAST_LINE_BYTES = 2 * _BLOCK_BYTES
_MOST_LINES = 10_000  # of one record: a quote that nobody closed must not swallow a file
_MARKS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHER_SEPARATORS = ";\t|"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A CSV file that DuckDB can read.

    Attributes:
        path: The file itself, or a copy without what is no row.
        header: The names of the columns.
        skip: How many lines come before the first row.
        longest_bytes: What the longest record has at most.
        line_end: Of each line, as DuckDB has it, which would else guess it.
        rejected: The records that are no rows.
    """

    path: Path
    header: tuple[str, ...]
    skip: int
    longest_bytes: int
    line_end: str = r"\n"
    rejected: tuple[Rejected, ...] = ()

    def sql(self) -> str:
        """A query for the rows, as texts: columns `c0`, `c1` and so on."""
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(self.header)))
        longest = max(self.longest_bytes, _LEAST_LINE_BYTES)
        return f"""
            SELECT * FROM read_csv({literal(str(self.path))}, columns={{{columns}}}, delim=',',
                                   quote='"', escape='"', header=false, skip={self.skip},
                                   auto_detect=false, new_line='{self.line_end}',
                                   max_line_size={longest},
                                   buffer_size={max(2 * longest, _BUFFER_BYTES)})
        """  # noqa: S608  # literals


def table(path: Path, copy: Callable[[], Path]) -> Table:
    """A file, or its copy where it needs one.

    Args:
        path: The file.
        copy: A place for a copy.

    Raises:
        InvalidData: The file has no header, or one with a name twice.
    """
    with path.open("rb") as file:
        records = _Records(_text(file))
        header = _header(next(iter(records), None), path)
        if records.number == 1 and (found := _plain(path, len(header))):
            longest, line_end = found
            return Table(path=path, header=header, skip=1, longest_bytes=longest, line_end=line_end)
        target, rejected = copy(), []
        longest = 0
        with target.open("w", encoding="utf-8", newline="") as kept:
            rows = csv.writer(kept, lineterminator="\n", quoting=csv.QUOTE_ALL)
            for record in records:
                longest = max(longest, len(record.text))
                if reason := record.refused(len(header)):
                    rejected.append(record.rejected(path, reason))
                else:
                    rows.writerow(record.values)
    return Table(
        path=target,
        header=header,
        skip=0,
        longest_bytes=4 * longest + 4 * len(header),
        rejected=tuple(rejected),
    )


def _plain(path: Path, width: int) -> tuple[int, str] | None:
    """The longest line's bytes and how lines end; None where not all can be cut at commas."""
    longest, ends = 0, set()
    with path.open("rb") as file:
        if file.read(3).startswith(tuple(_MARKS)):
            return None
        file.seek(0)
        while lines := file.readlines(_BLOCK_BYTES):
            block = b"".join(lines)
            ends |= {line.endswith(b"\r\n") for line in lines if line.endswith(b"\n")}
            if len(ends) > 1 or not _all_plain(block, lines, width):
                return None
            longest = max(longest, *map(len, lines), 0)
    return longest, r"\r\n" if True in ends else r"\n"


def _all_plain(block: bytes, lines: list[bytes], width: int) -> bool:
    if b'"' in block or b"\0" in block or block.count(b"\r") != block.count(b"\r\n"):
        return False
    if {line.count(b",") for line in lines} != {width - 1}:
        return False
    if width == 1 and any(line.isspace() for line in lines):
        return False  # an empty line is no record, in a table of one column neither
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _text(file: BinaryIO) -> Iterator[str]:
    """The lines with their ends, whatever these are; bytes that are no text stay as surrogates."""
    start = file.read(3)
    mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    file.seek(len(mark) if encoding == "utf-8" else 0)
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    return iter(io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=""))


@dataclass(frozen=True, kw_only=True)
class _Record:
    """A record of a file: its values, the number of its first line, and how it was written."""

    values: Sequence[str]
    line: int
    text: str
    error: str = ""

    def refused(self, width: int) -> str:
        """Why it is no row of so many values; nothing where it is one."""
        if self.error:
            return self.error
        if len(self.values) != width:
            return f"a row has {len(self.values)} values; expected {width}"
        try:
            self.text.encode()
        except UnicodeEncodeError:
            return "the line is no UTF-8"
        return ""

    def rejected(self, path: Path, reason: str) -> Rejected:
        text = self.text.encode(errors="surrogateescape").decode(errors="replace")
        return Rejected(path=str(path), line=self.line, reason=reason, text=text.rstrip("\r\n"))


class _Records:
    """The records of lines of CSV.

    A record of several lines that is no row was hardly meant as one: somebody left a quote open.
    Its first line is a record by itself then, and the next begins with the second.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []  # lines to be read once more, the last one first
        self._taken: list[str] = []
        self._width: int | None = None
        self.number = 0  # of the last line that was taken

    def __iter__(self) -> Iterator[_Record]:
        while True:
            self._taken = []
            try:
                record = self._record(next(csv.reader(self._feed(), skipinitialspace=True)))
            except StopIteration:
                return
            except csv.Error as error:
                record = self._record([], str(error))
            if not record.values and not record.error:
                continue  # an empty line is no record
            if len(self._taken) > 1 and (reason := self._open(record)):
                record = self._first_line(reason)
            self._width = self._width or len(record.values)
            yield record

    def _record(self, values: list[str], error: str = "") -> _Record:
        return _Record(
            values=[value.strip(SPACES) for value in values],
            line=self.number - len(self._taken) + 1,
            text="".join(self._taken),
            error=error,
        )

    def _open(self, record: _Record) -> str:
        """Why a record of several lines is none; nothing where it is one."""
        if reason := record.refused(self._width or len(record.values)):
            return reason
        if len(self._taken) == _MOST_LINES:
            return f"it goes on for more than {_MOST_LINES} lines"
        try:
            next(csv.reader(self._taken, skipinitialspace=True, strict=True))
        except csv.Error as error:
            return str(error)
        return ""

    def _first_line(self, reason: str) -> _Record:
        first, *others = self._taken
        self._again += reversed(others)
        self.number -= len(others)
        error = f"a quote is left open: {reason}"
        return _Record(values=(), line=self.number, text=first, error=error)

    def _feed(self) -> Iterator[str]:
        """The lines of one record."""
        while len(self._taken) < _MOST_LINES:
            line = self._again.pop() if self._again else next(self._lines, None)
            if line is None:
                return
            self.number += 1
            self._taken.append(line)
            yield line


def _header(record: _Record | None, path: Path) -> tuple[str, ...]:
    if record is None:
        raise InvalidData(f"{path}: has no header; expected a line with the columns' names")
    if reason := record.refused(len(record.values)):
        raise InvalidData(f"{path}: line {record.line}, the header: {reason}")
    if len(record.values) == 1 and '"' not in record.text:
        other = [sign for sign in _OTHER_SEPARATORS if sign in record.values[0]]
        if other:
            raise InvalidData(
                f"{path}: the header has {other[0]!r} and no comma: {record.values[0][:100]!r}; "
                "expected columns that are separated by commas"
            )
    header = tuple(name or f"_c{position}" for position, name in enumerate(record.values))
    if twice := [name for position, name in enumerate(header) if name in header[:position]]:
        raise InvalidData(f"{path}: the header has {twice[0]!r} twice; expected different names")
    return header
