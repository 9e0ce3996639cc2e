"""A window's objects in parts, where they are more than one function should read.

Each part is observed by a worker of its own, which leaves its state in the parts' folder; the
states are then added up.
"""

from collections.abc import Iterable, Iterator

from lambdas.common.objects import Listed
from lambdas.common.request import ModelRequest
from terrace.events import Window

PARTS = "parts.json"  # the list that the distributed map reads


class Part(ModelRequest):
    """Some objects of a window, and who observes them.

    Attributes:
        variant: The endpoint's.
        model_package_arn: The version whose baseline the window is compared with.
        folder: The key below which the parts are.
        number: This part's place among them, from 0.
        uris: The objects.
    """

    monitor: str
    window: Window
    variant: str
    model_package_arn: str
    folder: str
    number: int
    uris: tuple[str, ...]

    @property
    def state_key(self) -> str:
        """Where the part's state is kept."""
        return f"{self.folder}/{self.number:06}.state.json"

    @property
    def seen_key(self) -> str:
        """Where it is kept which objects were read."""
        return f"{self.folder}/{self.number:06}.objects.json"

    @property
    def quarantine_key(self) -> str:
        """Where what was no row of the part is kept."""
        return f"{self.folder}/{self.number:06}.quarantine.jsonl"


def grouped(listed: Iterable[Listed], part_bytes: int) -> Iterator[tuple[str, ...]]:
    """The keys of objects, in groups of about so many bytes; one object is never divided."""
    group: list[str] = []
    size_bytes = 0
    for item in listed:
        group.append(item.key)
        size_bytes += item.size_bytes
        if size_bytes >= part_bytes:
            yield tuple(group)
            group, size_bytes = [], 0
    if group:
        yield tuple(group)
