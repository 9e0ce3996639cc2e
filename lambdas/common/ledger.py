"""What of a window was observed: which objects, in which version, and how many records.

It is kept in the same object as the window's state, so that both are of the same moment: an object
that is in the ledger is in the state, and one that is not can be added.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Self

from lambdas.common.request import Payload

MEMBER = "ledger"  # of a window's state.json


class Seen(Payload):
    """One object with captured records, as it was read.

    Attributes:
        etag: S3's name for this content of the object.
        sha256: Of the content; the same records under another key have the same.
        records: How many lines of it are of the window.
        duplicate: Whether another object with the same content was observed, and this one not.
    """

    uri: str
    etag: str
    sha256: str
    records: int
    duplicate: bool = False


class Ledger(Payload):
    """What was observed of a window.

    Attributes:
        model_package_arn: The version whose baseline it was compared with.
        objects: The objects, in the order in which they were observed.
        set_aside: How many records of theirs are no rows.
        labels_set_aside: How many records with ground truth are none.
        late: How many records came after the window had been checked.
        unclaimed: How many records of the objects are of a time that no window covers.
    """

    model_package_arn: str
    objects: tuple[Seen, ...] = ()
    set_aside: int = 0
    labels_set_aside: int = 0
    late: int = 0
    unclaimed: int = 0

    def notes(self) -> Iterator[str]:
        """What is to be said of it on a report."""
        yield f"{self.captured} records of {len(self.objects)} objects are of the window"
        if self.late:
            yield f"{self.late} of these came after the window had been checked, and were added"
        if self.duplicates:
            yield f"{self.duplicates} records came once more in objects of the same content"
        if self.counted_twice:
            yield f"{self.counted_twice} records are counted twice: they came in two parts"
        if self.unclaimed:
            yield f"{self.unclaimed} records of its objects are of no window that was checked"

    @property
    def captured(self) -> int:
        """How many records were captured in the window, each counted once."""
        return sum(seen.records for seen in self.objects if not seen.duplicate)

    @property
    def duplicates(self) -> int:
        """How many records came once more."""
        return sum(seen.records for seen in self.objects if seen.duplicate)

    @property
    def counted_twice(self) -> int:
        """How many records were observed once more, in another part of a divided window."""
        first: set[str] = set()
        twice = 0
        for seen in self.objects:
            if not seen.duplicate and seen.records:
                twice += seen.records if seen.sha256 in first else 0
                first.add(seen.sha256)
        return twice

    @property
    def observed(self) -> int:
        """How many records are in the state; one record may have several rows."""
        return self.captured - self.set_aside

    def counts(self) -> dict[str, int]:
        """The figures, as a report has them."""
        return {
            "captured": self.captured,
            "observed": self.observed,
            "set_aside": self.set_aside,
            "late": self.late,
            "duplicates": self.duplicates,
            "unclaimed": self.unclaimed,
        }

    def with_late(self, objects: Iterable[Seen], set_aside: int) -> Self:
        """The same with objects that came after the window had been checked."""
        added = tuple(objects)
        late = sum(seen.records for seen in added if not seen.duplicate)
        return self.model_copy(
            update={
                "objects": (*self.objects, *added),
                "set_aside": self.set_aside + set_aside,
                "late": self.late + late,
            }
        )


class Elsewhere(Payload):
    """Records of an object that are of other windows.

    Attributes:
        minutes: How many are of each minute.
    """

    uri: str
    minutes: dict[datetime, int]
