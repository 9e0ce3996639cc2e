"""The rows of a JSON document, in whichever of the usual shapes it has.

Known are SageMaker's own (`instances`, `predictions`, `features`, `data.features.values`),
TensorFlow Serving's (`instances`, `inputs` by row or by column), KServe's (V1 `instances`, V2
tensors in `inputs` and `outputs`), MLflow's (`dataframe_split`, `dataframe_records`, `inputs`)
and pandas' (`split`, `records`, `list` and `columns`). A row is a mapping by name, or a list by
position.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_CONTAINERS = ("instances", "predictions", "inputs", "outputs", "dataframe_records",
               "dataframe_split")  # fmt: skip
_VALUES = "features"


def rows(document: Any, columns: Sequence[str]) -> Iterator[Any]:
    """The rows of a document: mappings, lists, or single values.

    Args:
        document: As JSON has it.
        columns: Those that are asked for: what has one of them is a row, whatever else its
            names mean elsewhere. Empty where the names are not known yet.
    """
    if isinstance(document, list):
        yield from _of_list(document, columns)
    elif not isinstance(document, dict) or _named(document, columns):
        yield from _by_column(document) if isinstance(document, dict) else [document]
    elif _is_split(document):
        yield from _split(document)
    elif container := next((name for name in _CONTAINERS if name in document), None):
        yield from _of_container(document[container], columns)
    elif isinstance(document.get(_VALUES), list):
        yield document[_VALUES]
    elif len(document) == 1 and isinstance(inner := next(iter(document.values())), dict | list):
        # Somebody's own wrapping, unless it is a row with a single name.
        yield from rows(inner, columns) if columns or isinstance(inner, dict) else [document]
    else:
        yield from _by_column(document)


def _named(document: Mapping[str, Any], columns: Sequence[str]) -> bool:
    return any(name in document for name in columns) or bool(
        {name.strip() for name in columns} & {name.strip() for name in document}
    )


def _of_list(listed: Sequence[Any], columns: Sequence[str]) -> Iterator[Any]:
    """Rows, or the values of one; single values are rows where one column is asked for."""
    if listed and isinstance(listed[0], dict | list):
        for item in listed:
            if isinstance(item, dict) and _named(item, columns):
                yield _single(item)
            else:
                yield from [item] if isinstance(item, list) else rows(item, columns)
    elif len(columns) == 1:
        yield from listed
    else:
        yield list(listed)


def _single(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A row, in which TensorFlow Serving has each value in a list; other lists are values."""
    if all(isinstance(value, list) and len(value) == 1 for value in item.values()):
        return {name: value[0] for name, value in item.items()}
    return item


def _of_container(content: Any, columns: Sequence[str]) -> Iterator[Any]:
    if isinstance(content, list) and content and all(map(_is_tensor, content)):
        yield from _of_tensors(content, columns)
    elif isinstance(content, dict) and _is_split(content):
        yield from _split(content)
    elif isinstance(content, dict):
        yield from rows(content, columns) if columns else _by_column(content)
    elif isinstance(content, list):
        yield from _of_list(content, columns)
    else:
        yield content


def _is_split(document: Mapping[str, Any]) -> bool:
    return all(isinstance(document.get(name), list) for name in ("columns", "data"))


def _split(document: Mapping[str, Any]) -> Iterator[Any]:
    names = document["columns"]
    for values in document["data"]:
        if not isinstance(values, list) or len(values) != len(names):
            raise ValueError(f"data has a row that is no list of {len(names)} values, as columns")
        yield dict(zip(map(str, names), values, strict=True))


def _by_column(document: Mapping[str, Any]) -> Iterator[Any]:
    """A row; several where every name has as many values."""
    found = list(document.values())
    if found and all(isinstance(values, dict) for values in found):
        found = [list(values.values()) for values in found]
    lengths = {len(values) if isinstance(values, list) else -1 for values in found}
    if len(lengths) != 1 or lengths == {-1}:
        yield document
        return
    for values in zip(*found, strict=True):
        yield dict(zip(document, values, strict=True))


def _is_tensor(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("data"), list) and "name" in item


def _of_tensors(tensors: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[Any]:
    """KServe's V2: a tensor a column, or one with a row of several values."""
    widths, taken = [], []
    for tensor in tensors:
        shape = [int(size) for size in tensor.get("shape") or [len(tensor["data"])]]
        values = list(_flat(tensor["data"]))
        if not shape or shape[0] < 1 or len(values) % shape[0]:
            raise ValueError(
                f"tensor {tensor['name']!r} has {len(values)} values for shape {shape}"
            )
        width = len(values) // shape[0]
        widths.append(width)
        taken.append([values[at * width : (at + 1) * width] for at in range(shape[0])])
    names = [str(tensor["name"]) for tensor in tensors]
    by_name = set(widths) == {1} and (not columns or _named(dict.fromkeys(names), columns))
    for parts in zip(*taken, strict=True):
        values = [value for part in parts for value in part]
        yield dict(zip(names, values, strict=True)) if by_name else values


def _flat(data: Any) -> Iterator[Any]:
    for item in data:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item
