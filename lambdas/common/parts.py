"""A window's objects in parts, where they are more than one function should read.

Each part is observed by a worker of its own, which leaves its state in the parts' folder; the
states are then added up.
"""

import json
from collections.abc import Iterable, Iterator

from lambdas.common.objects import Listed
from lambdas.common.request import ModelRequest
from terrace.events import Window

# Step Functions limits a state's input and result to 262,144 bytes; the rest of a part, and what a
# call of a function adds to it, is less than a tenth of that.
_NAMES_BYTES = 200 * 1024
_MOST_NAMES = 1000
_BEFORE_KEY_BYTES = len("s3:///, ") + 63  # with the longest name of a bucket
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
    """The keys of objects, in groups of about so many bytes; one object is never divided.

    A group is one item of the distributed map, so its names must also fit in a state's input:
    small objects with long keys end a group before their bytes do.
    """
    group: list[str] = []
    size_bytes = name_bytes = 0
    for item in listed:
        item_bytes = len(json.dumps(item.key)) + _BEFORE_KEY_BYTES
        if len(group) == _MOST_NAMES or (group and name_bytes + item_bytes > _NAMES_BYTES):
            yield tuple(group)
            group, size_bytes, name_bytes = [], 0, 0
        group.append(item.key)
        size_bytes += item.size_bytes
        name_bytes += item_bytes
        if size_bytes >= part_bytes:
            yield tuple(group)
            group, size_bytes, name_bytes = [], 0, 0
    if group:
        yield tuple(group)
