"""YAML with the line of each key, so that a mistake can be told where it stands."""

import re
from typing import Any

import yaml

Location = tuple[str | int, ...]


class DuplicateKey(Exception):
    """One mapping says the same key twice; YAML would silently take the second."""

    def __init__(self, key: str, line: int, first_line: int) -> None:
        self.line = line
        super().__init__(f"key {key!r} is given twice in one mapping, first on line {first_line}")


class _PlainLoader(yaml.SafeLoader):
    """Safe YAML 1.2, with texts as they were typed.

    YAML 1.1 takes `no` for false, `010` for 8, `12:30` for 750 and `1_1` for 11. Here these are
    texts, and so are dates: no setting is one, and an error shows what was typed.
    """


_RESOLVED = {
    "tag:yaml.org,2002:null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "tag:yaml.org,2002:int": (r"[-+]?(?:0|[1-9][0-9]*)", list("-+0123456789")),
    "tag:yaml.org,2002:float": (
        r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
        r"|\.[0-9]+(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "tag:yaml.org,2002:merge": (r"<<", ["<"]),
}
_PlainLoader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _first) in _RESOLVED.items():
    _PlainLoader.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern})\\Z"), _first)


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
