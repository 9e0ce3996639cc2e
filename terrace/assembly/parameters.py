"""What a parameter of a template may hold: nobody knows, but for what the template refuses."""

import re
from collections.abc import Mapping
from typing import Any

from terrace.assembly.symbols import DIGITS, UNKNOWN, WORDS

_CLASSES = {"[0-9]+": DIGITS, r"\d+": DIGITS, "[a-z0-9-]+": WORDS, "[a-z-]+": WORDS}
_LITERAL = re.compile(r"[A-Za-z0-9_:/ -]|[^\x00-\x7f]|\\[.\-/]")


def alternatives(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts, with symbols, of which a parameter's value is one.

    >>> alternatives({"AllowedPattern": "none|group/[0-9]+"}) == ("none", f"group/{DIGITS}")
    True
    """
    values = parameter.get("AllowedValues")
    if values:
        return tuple(map(str, values))
    pattern = parameter.get("AllowedPattern", "")
    return tuple(map(_text, pattern.removeprefix("^").removesuffix("$").split("|")))


def _text(expression: str) -> str:
    """A regular expression as a text with symbols; unknown where it says more than these can."""
    parts, place = [], 0
    while place < len(expression):
        known = next((one for one in _CLASSES if expression.startswith(one, place)), None)
        literal = _LITERAL.match(expression, place)
        if known:
            parts.append(_CLASSES[known])
        elif literal:
            parts.append(literal[0].removeprefix("\\"))
        else:
            return UNKNOWN
        place += len(known or (literal[0] if literal else ""))
    return "".join(parts) or UNKNOWN
