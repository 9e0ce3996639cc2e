"""The lines of a file, to be read by DuckDB, which takes nothing but UTF-8.

A line ends with a line feed, a carriage return or both: none of these is inside of a record."""

import codecs
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from terrace.batch import Rejected, literal

_BLOCK_BYTES = 1024 * 1024
# A buffer is what one thread reads at a time, and has to hold a line.
_BUFFER_BYTES = 8 * _BLOCK_BYTES
_LEAST_LINE_BYTES = _BLOCK_BYTES
_SEPARATOR = "\x01"  # that no JSON has


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Files whose lines are texts.

    Attributes:
        paths: Where DuckDB finds each file: itself, or a copy without the lines that are no texts.
        longest_bytes: What their longest line has at most.
        rejected: The lines that are no texts.
    """

    paths: dict[Path, Path]
    longest_bytes: int
    rejected: tuple[Rejected, ...]

    @classmethod
    @contextmanager
    def of(cls, paths: Iterable[Path]) -> Iterator["Lines"]:
        """The lines of files."""
        found: dict[Path, Path] = {}
        rejected: list[Rejected] = []
        longest = 0
        with TemporaryDirectory() as folder:
            for path in paths:
                as_is, in_file = _looked_through(path)
                longest = max(longest, in_file)
                found[path] = path if as_is else Path(folder) / str(len(found))
                if not as_is:
                    rejected += _copied(path, found[path])
            yield cls(paths=found, longest_bytes=longest, rejected=tuple(rejected))

    def sql(self, path: Path | None = None) -> str:
        """A query for `line`, NULL where it is empty, and `filename`; with `number` for one file.

        Numbers ask for lines in their order, which is slower.
        """
        longest = max(self.longest_bytes, _LEAST_LINE_BYTES)
        paths = [self.paths[path]] if path else self.paths.values()
        listed = ", ".join(literal(str(path)) for path in paths)
        number = ", row_number() OVER () AS number" if path else ""
        return f"""
            SELECT line, filename {number}
            FROM read_csv([{listed}], columns={{'line': 'VARCHAR'}}, delim='{_SEPARATOR}',
                          quote='', escape='', header=false, auto_detect=false, strict_mode=false,
                          new_line='\\n', filename=true, max_line_size={longest},
                          buffer_size={max(2 * longest, _BUFFER_BYTES)})
        """  # noqa: S608  # literals


def _copied(path: Path, copy: Path) -> Iterator[Rejected]:
    """Copies a file with nothing in the place of lines that are no texts; those lines."""
    with path.open("rb") as file, copy.open("wb") as kept:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)
        text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape")
        for number, line in enumerate(text, start=1):
            if reason := _no_text(line):
                kept.write(b"\n")
                shown = line.encode(errors="surrogateescape").decode(errors="replace")
                yield Rejected(path=str(path), line=number, reason=reason, text=shown.rstrip("\n"))
            else:
                kept.write(line.encode())


def _no_text(line: str) -> str:
    """Why a line is no text; nothing where it is one."""
    if _SEPARATOR in line or "\0" in line:
        return "the line has a control character; expected JSON"
    try:
        line.encode()
    except UnicodeEncodeError as error:
        return f"the line is no UTF-8: {error}"
    return ""


def _looked_through(path: Path) -> tuple[bool, int]:
    """Whether DuckDB can read a file as it is, and what its longest line has at most."""
    decoder, as_is = codecs.getincrementaldecoder("utf-8")(), True
    longest = running = 0
    with path.open("rb") as file:
        as_is = file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8
        file.seek(0)
        while block := file.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                decoder.reset()
                as_is = False
            as_is = as_is and not any(sign in block for sign in (b"\r", b"\0", b"\x01"))
            first, *others = map(len, block.split(b"\n"))
            longest = max(longest, running + first, *others)
            running = others[-1] if others else running + first
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            as_is = False
    return as_is, longest + 1
