"""Reads `terrace.yaml`: every mistake in it is told at once, with file, line, key and value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from terrace import names
from terrace.endpoint_settings import KINDS
from terrace.errors import TerraceError
from terrace.impossible import why_not
from terrace.settings import Settings
from terrace.yaml_lines import DuplicateKey, Location, parse

DEFAULT_PATH = Path("terrace.yaml")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One mistake in a settings file."""

    path: Path
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        """`file:line: key: what is wrong`, the form that editors jump to."""
        return f"{self.path}:{self.line}: {self.key or 'the file'}: {self.message}"


class InvalidSettings(TerraceError):
    """A settings file that cannot be used, with everything that is wrong in it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


def load(path: Path = DEFAULT_PATH) -> Settings:
    """The settings in a file.

    Raises:
        InvalidSettings: The file is absent, is no YAML, or says what Terrace does not allow.
    """

    def refuse(line: int, message: str) -> InvalidSettings:
        return InvalidSettings([Problem(path=path, line=line, key="", message=message)])

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(1, f"cannot be read: {error}") from error
    try:
        given, lines = parse(text)
    except DuplicateKey as error:
        raise refuse(error.line, str(error)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or error
        raise refuse(mark.line + 1 if mark else 1, f"is not valid YAML: {what}") from error
    if given is None:
        raise refuse(1, "is empty; expected at least one tenant with one model, under `tenants:`")
    if not isinstance(given, dict):
        raise refuse(1, f"holds {given!r}; expected keys: {', '.join(Settings.model_fields)}")
    return _validated(path, given, lines)


def _validated(path: Path, given: dict[str, Any], lines: Mapping[Location, int]) -> Settings:
    try:
        return Settings.model_validate(given)
    except ValidationError as invalid:
        errors = [error for error in invalid.errors() if not _follows_from_others(error)]
        problems = {
            Problem(
                path=path,
                line=_line(lines, _in_file(error["loc"])),
                key=_dotted(_in_file(error["loc"])),
                message=_message(error),
            )
            for error in errors
        } | set(_duplicates(path, given, lines))
        raise InvalidSettings(
            sorted(problems, key=lambda p: (p.line, p.key, p.message))
        ) from invalid


def _in_file(location: Location) -> Location:
    """The place in the file; pydantic's has the endpoint's kind as one more step."""
    return tuple(
        part
        for before, part in zip(("", *location), location, strict=False)
        if not (before == "endpoint" and part in KINDS)
    )


def _follows_from_others(error: ErrorDetails) -> bool:
    """A list that is short only because its items were refused; duplicates are told by line."""
    short = error["type"] == "too_short" and bool(error["input"])
    return short or error["msg"].endswith("names must differ")


def _duplicates(
    path: Path, given: Mapping[str, Any], lines: Mapping[Location, int]
) -> Iterator[Problem]:
    """A second tenant of one name, a second model of one name in a tenant.

    Found in what the file says rather than in the settings, so that it is told also beside
    other mistakes, and at the line of the second one.
    """
    tenants = given.get("tenants")
    yield from _repeated(path, ("tenants",), tenants, lines)
    for index, tenant in enumerate(tenants if isinstance(tenants, list) else []):
        if isinstance(tenant, dict):
            where: Location = ("tenants", index, "models")
            yield from _repeated(path, where, tenant.get("models"), lines)


def _repeated(
    path: Path, where: Location, items: Any, lines: Mapping[Location, int]
) -> Iterator[Problem]:
    first: dict[Any, int] = {}
    for index, item in enumerate(items if isinstance(items, list) else []):
        name = item.get("name") if isinstance(item, dict) else None
        location = (*where, index, "name")
        if not isinstance(name, str):
            continue
        if name in first:
            message = f"got {name!r}, which line {first[name]} has already; names must differ"
            yield Problem(
                path=path, line=_line(lines, location), key=_dotted(location), message=message
            )
        first.setdefault(name, _line(lines, location))


def _line(lines: Mapping[Location, int], location: Location) -> int:
    """The line of a place in the file, or of the nearest thing around it that is there."""
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return 1


def _dotted(location: Location) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _message(error: ErrorDetails) -> str:
    location, context = error["loc"], error.get("ctx", {})
    got = f"got {_shown(error['input'])}"
    match error["type"]:
        case "extra_forbidden":
            return _unknown_key(location)
        case "missing":
            return "is required and not given"
        case "too_short":
            return f"{got}; expected at least {context['min_length']}"
        case "string_pattern_mismatch" if context["pattern"] == names.NAME_PATTERN:
            return f"{got}; expected {names.NAME_RULE} (AWS names are built from it)"
        case "string_pattern_mismatch":
            return f"{got}; expected a text like {context['pattern']}"
        case "union_tag_invalid":
            return f"kind got {context['tag']!r}; expected one of {', '.join(KINDS)}"
        case "value_error":
            return f"{got}; {context['error']}"
        case _:
            return f"{got}; {error['msg'].replace('Input should be', 'expected')}"


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _unknown_key(location: Location) -> str:
    *around, key = location
    if why := why_not(str(around[-1]), str(key)) if around else None:
        return f"impossible with kind {around[-1]}: {why}"
    allowed = _keys_at(tuple(around))
    near = get_close_matches(str(key), allowed, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"unknown key{hint}; allowed here: {', '.join(allowed)}"


def _keys_at(location: Location) -> list[str]:
    """The keys that the mapping at a place of the settings may have."""
    found: list[type[BaseModel]] = [Settings]
    for part in location:
        if part in KINDS:
            found = [one for one in found if part in get_args(one.model_fields["kind"].annotation)]
        elif isinstance(part, str):
            field = next(
                field
                for name, field in found[0].model_fields.items()
                if part in (name, field.alias)
            )
            found = list(_models_in(field.annotation))
    return [field.alias or name for name, field in found[0].model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
