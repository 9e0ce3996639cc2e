"""JMESPath into nested JSON, as SageMaker Clarify and Model Monitor take it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from terrace.batch import InvalidData


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Where rows are in a JSON document; nowhere in particular, where nothing is said.

    Attributes:
        rows: To a row or a list of rows.
        columns: To the values of single columns, by name; a list has one a row.
    """

    rows: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses what is no JMESPath.

        Raises:
            InvalidData: An expression is none.
        """
        for expression in filter(None, (self.rows, *self.columns.values())):
            try:
                jmespath.compile(expression)
            except JMESPathError as error:
                raise InvalidData(f"{expression!r} is no JMESPath: {error}") from error

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.rows or self.columns)

    def within(self, document: Any, columns: Sequence[str]) -> Any:
        """The part of a document that has the rows.

        Raises:
            ValueError: There is nothing there, or columns with unlike many values.
        """
        if self.rows:
            document = _found(self.rows, document)
        if not self.columns:
            return document
        return list(self._joined(document, columns))

    def _joined(self, document: Any, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
        paths = {name: self.columns.get(name, f'"{name}"') for name in columns}
        values = {name: _found(path, document) for name, path in paths.items()}
        lists = {name: v if isinstance(v, list) else [v] for name, v in values.items()}
        if len({len(listed) for listed in lists.values()}) > 1:
            got = ", ".join(f"{len(listed)} of {name}" for name, listed in lists.items())
            raise ValueError(f"got values: {got}; expected as many of each")
        for row in zip(*lists.values(), strict=True):
            yield dict(zip(columns, row, strict=True))


def _found(expression: str, document: Any) -> Any:
    try:
        found = jmespath.search(expression, document)
    except JMESPathError as error:
        raise ValueError(f"JMESPath {expression!r}: {error}") from error
    if found is None:
        raise ValueError(f"JMESPath {expression!r} leads to nothing")
    return found
