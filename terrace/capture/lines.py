"""The lines of a file, to be read by DuckDB, which takes nothing but UTF-8."""

import codecs
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
                is_utf8, in_file = _looked_through(path)
                longest = max(longest, in_file)
                found[path] = path if is_utf8 else Path(folder) / str(len(found))
                if not is_utf8:
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
            FROM read_csv([{listed}], columns={{'line': 'VARCHAR'}}, delim='\x01',
                          quote='', escape='', header=false, auto_detect=false, strict_mode=false,
                          filename=true, max_line_size={longest},
                          buffer_size={max(2 * longest, _BUFFER_BYTES)})
        """  # noqa: S608  # literals


def _copied(path: Path, copy: Path) -> Iterator[Rejected]:
    """Copies a file with nothing in the place of lines that are no texts; those lines."""
    with path.open("rb") as file, copy.open("wb") as kept:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
                kept.write(line)
            except UnicodeDecodeError as error:
                kept.write(b"\n")
                text = line.decode(errors="replace").rstrip("\n")
                reason = f"the line is no UTF-8: {error}"
                yield Rejected(path=str(path), line=number, reason=reason, text=text)


def _looked_through(path: Path) -> tuple[bool, int]:
    """Whether a file is UTF-8, and what its longest line has at most."""
    decoder, is_utf8 = codecs.getincrementaldecoder("utf-8")(), True
    longest = running = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                decoder.reset()
                is_utf8 = False
            first, *others = map(len, block.split(b"\n"))
            longest = max(longest, running + first, *others)
            running = others[-1] if others else running + first
    return is_utf8, longest + 1
