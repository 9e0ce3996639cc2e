"""YAML with the line of each key, so that a mistake can be told where it stands."""

from typing import Any

import yaml

Location = tuple[str | int, ...]


class DuplicateKey(Exception):
    """One mapping says the same key twice; YAML would silently take the second."""

    def __init__(self, key: str, line: int, first_line: int) -> None:
        self.line = line
        super().__init__(f"key {key!r} is given twice in one mapping, first on line {first_line}")


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML whose dates stay texts: no setting is a date, and an error shows what was typed."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> tuple[Any, dict[Location, int]]:
    """The value of a YAML text, and the line (from 1) of each key and item in it.

    Raises:
        YAMLError: The text is not YAML.
        DuplicateKey: A mapping has a key twice.
    """
    loader = _PlainLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None, {}
        lines: dict[Location, int] = {}
        _collect(node, (), lines)
        return loader.construct_document(node), lines
    finally:
        loader.dispose()


def _collect(node: yaml.Node, location: Location, lines: dict[Location, int]) -> None:
    lines.setdefault(location, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _collect(item, (*location, index), lines)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*location, str(key.value))
            line = key.start_mark.line + 1
            if place in lines:
                raise DuplicateKey(str(key.value), line, lines[place])
            lines[place] = line
            _collect(value, place, lines)
