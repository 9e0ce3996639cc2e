"""The state of attribution drift: a sample of rows to explain, or sums of attributions; it adds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from terrace.codec import packed, unpacked
from terrace.monitors.sampling import Sample

NAME = "attribution-drift"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some of the rows: how many, and the sum of each feature's absolute attributions.

    Attributes:
        missing: How many attributions are no finite numbers, which count as 0.
    """

    rows: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    missing: int = 0

    def __add__(self, other: Self) -> Self:
        """Of both sets of rows together."""
        names = [*self.sums, *(name for name in other.sums if name not in self.sums)]
        return type(self)(
            rows=self.rows + other.rows,
            sums={name: self.sums.get(name, 0.0) + other.sums.get(name, 0.0) for name in names},
            missing=self.missing + other.missing,
        )

    @property
    def means(self) -> dict[str, float]:
        """The global importance of each feature: its mean absolute attribution."""
        return {name: total / self.rows for name, total in self.sums.items()} if self.rows else {}


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Rows in a few blocks, so that what a figure owes to chance can be told."""

    blocks: dict[int, Block] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        """Of both sets of rows together."""
        none = Block()
        places = self.blocks.keys() | other.blocks.keys()
        return type(self)(
            blocks={
                place: self.blocks.get(place, none) + other.blocks.get(place, none)
                for place in sorted(places)
            }
        )

    @property
    def whole(self) -> Block:
        """All rows."""
        return sum(self.blocks.values(), Block())

    def without_each(self) -> Iterator[Block]:
        """All rows but those of one block, for each block in turn."""
        for left_out in self.blocks:
            kept = (block for place, block in self.blocks.items() if place != left_out)
            yield sum(kept, Block())


@dataclass(frozen=True, kw_only=True)
class AttributionDriftState:
    """What is kept of a window.

    Attributes:
        records: All rows.
        sample: Rows to explain; none where attributions were given.
        given: Attributions that were given.
    """

    records: int = 0
    sample: Sample
    given: Blocks = field(default_factory=Blocks)

    def __add__(self, other: Self) -> Self:
        """The state of both sets of rows together."""
        return type(self)(
            records=self.records + other.records,
            sample=self.sample + other.sample,
            given=self.given + other.given,
        )

    def dump(self) -> dict[str, Any]:
        """As JSON, with the version of the form."""
        content = {
            "records": self.records,
            "sample": self.sample.dump(),
            "given": {
                str(place): {"rows": block.rows, "sums": block.sums, "missing": block.missing}
                for place, block in self.given.blocks.items()
            },
        }
        return packed(NAME, content)

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it.

        Raises:
            UnreadableState: It is of another kind, or of a newer version.
        """
        content = unpacked(NAME, dumped)
        given = {int(place): Block(**block) for place, block in content["given"].items()}
        return cls(
            records=content["records"],
            sample=Sample.load(content["sample"]),
            given=Blocks(blocks=given),
        )
