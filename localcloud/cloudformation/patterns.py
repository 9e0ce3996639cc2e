"""The registry's regular expressions, which are Java's, as the `regex` package reads them."""

from functools import cache

import regex

# Java's names for what `regex` calls otherwise; surrogates are no characters in Python.
_TRANSLATIONS = (
    (r"\p{Print}", r"\x20-\x7e", r"[\x20-\x7e]"),
    (r"\p{ASCII}", r"\x00-\x7f", r"[\x00-\x7f]"),
)
_SURROGATES = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")


@cache
def compiled(pattern: str) -> regex.Pattern[str]:
    """A pattern of a schema.

    Raises:
        regex.error: It is no pattern (a test compiles those of all types).
    """
    text = pattern.replace(*_SURROGATES)
    for java, in_class, alone in _TRANSLATIONS:
        text = text.replace(f"[{java}]", f"[{in_class}]").replace(f"[{java}&&", f"[{in_class}&&")
        text = text.replace(java, alone)
    flags = regex.V1 if "&&" in text else regex.V0
    try:
        return regex.compile(text, flags)
    except regex.error:
        return regex.compile(_with_leading_flags(text), flags)


def _with_leading_flags(text: str) -> str:
    """Inline flags hold from where they stand in Java, and for the whole pattern in Python."""
    found = regex.search(r"\(\?([is]+)\)", text)
    return f"(?{found[1]})" + text.replace(found[0], "") if found else text
