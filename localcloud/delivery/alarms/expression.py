"""CloudWatch's metric math, as far as alarms usually go: arithmetic, comparisons, a few functions.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.errors import LocalCloudError

# One value a period, the newest first; None where there is no data.
Series = list[float | None]
_BINARY: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_OVER_MANY: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": lambda values: math.fsum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
_OVER_EACH: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
}
_SPELLED = ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "), (r"\^", "**"))


class InvalidExpression(LocalCloudError):
    """A metric math expression that this cloud cannot compute."""


def evaluate(text: str, metrics: Mapping[str, Series]) -> Series:
    """The values of an expression over metrics by their id.

    >>> evaluate("100 * errors / FILL(calls, 1)", {"errors": [1.0], "calls": [4.0]})
    [25.0]

    Raises:
        InvalidExpression: It cannot be read, or it uses what is not known here.
    """
    spelled = text
    for pattern, word in _SPELLED:
        spelled = re.sub(pattern, word, spelled)
    try:
        tree = ast.parse(spelled.strip(), mode="eval")
    except SyntaxError as error:
        raise InvalidExpression(f"metric math {text!r} cannot be read: {error.msg}") from error
    length = max((len(series) for series in metrics.values()), default=0)
    found: Series = _Reader(text, metrics, length).value(tree.body)
    if any(isinstance(item, list) for item in found):
        raise InvalidExpression(f"metric math {text!r}: expected one time series, got several")
    return found


class _Reader:
    def __init__(self, text: str, metrics: Mapping[str, Series], length: int) -> None:
        self._text, self._metrics, self._length = text, metrics, length

    def value(self, node: ast.AST) -> Any:
        match node:
            case ast.Constant(value=int() | float() as number):
                return [float(number)] * self._length
            case ast.Name(id=name) if name in self._metrics:
                return self._metrics[name]
            case ast.List(elts=items):
                return [self.value(item) for item in items]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return [None if item is None else -item for item in self.value(operand)]
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self._pairwise(_BINARY[type(op)], left, right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _BINARY:
                return self._pairwise(_BINARY[type(op)], left, right)
            case ast.BoolOp(op=op, values=values):
                join = all if isinstance(op, ast.And) else any
                rows = zip(*(self.value(value) for value in values), strict=True)
                return [None if None in row else float(join(row)) for row in rows]
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        raise self._unknown(ast.unparse(node))

    def _pairwise(
        self, compute: Callable[[float, float], float], left: ast.AST, right: ast.AST
    ) -> Series:
        pairs = zip(self.value(left), self.value(right), strict=True)
        return [_computed(compute, a, b) for a, b in pairs]

    def _call(self, name: str, arguments: list[ast.expr]) -> Any:
        match name, arguments:
            case "METRICS", []:
                return list(self._metrics.values())
            case "METRICS", [ast.Constant(value=str(part))]:
                return [series for key, series in self._metrics.items() if part in key]
            case "FILL", [filled, ast.Name(id="REPEAT")]:
                return _repeated(self.value(filled))
            case "FILL", [filled, default]:
                pairs = zip(self.value(filled), self.value(default), strict=True)
                return [b if a is None else a for a, b in pairs]
            case "IF", [condition, then, *otherwise]:
                return self._choose(condition, then, otherwise)
        if len(arguments) == 1 and name in _OVER_MANY:
            return self._over_many(_OVER_MANY[name], self.value(arguments[0]))
        if len(arguments) == 1 and name in _OVER_EACH:
            each = _OVER_EACH[name]
            return [None if item is None else each(item) for item in self.value(arguments[0])]
        raise self._unknown(name)

    def _choose(self, condition: ast.expr, then: ast.expr, otherwise: list[ast.expr]) -> Series:
        no: Series = self.value(otherwise[0]) if otherwise else [None] * self._length
        rows = zip(self.value(condition), self.value(then), no, strict=True)
        return [None if asked is None else (a if asked else b) for asked, a, b in rows]

    def _over_many(self, compute: Callable[[Sequence[float]], float], given: Any) -> Series:
        """Of several series, one; of a single one, its value over all periods."""
        if given and isinstance(given[0], list):
            columns = [
                [item for item in row if item is not None] for row in zip(*given, strict=True)
            ]
            return [compute(column) if column else None for column in columns]
        known = [item for item in given if item is not None]
        return [compute(known) if known else None] * self._length

    def _unknown(self, what: str) -> InvalidExpression:
        return InvalidExpression(
            f"metric math {self._text!r}: the embedded cloud does not know {what}"
        )


def _over_known(
    compute: Callable[[Sequence[float]], float], values: Sequence[float | None]
) -> float | None:
    known = [value for value in values if value is not None]
    return compute(known) if known else None


def _computed(compute: Callable[[float, float], float], a: float | None, b: float | None
              ) -> float | None:  # fmt: skip
    if a is None or b is None:
        return None
    try:
        return float(compute(a, b))
    except (ZeroDivisionError, OverflowError):
        return None


def _repeated(series: Series) -> Series:
    """Fills each gap with the value before it in time, which comes after it here."""
    filled: Series = []
    last: float | None = None
    for value in reversed(series):
        last = last if value is None else value
        filled.append(last)
    return filled[::-1]
