"""A monitor's options as a command's: one definition for the command line and `terrace.yaml`."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from terrace.errors import TerraceError
from terrace.monitor import Options


class InvalidOptions(TerraceError):
    """Options that a monitor cannot work with."""


def taking(options: type[Options], command: Callable[..., None]) -> Callable[..., None]:
    """A command with a monitor's options beside its own.

    Args:
        options: What the monitor is told.
        command: Gets those that were given as its last argument, texts by name.
    """
    fields = options.model_fields

    def taken(**given: Any) -> None:
        texts = {name: given.pop(name) for name in fields}
        command(**given, options={name: text for name, text in texts.items() if text is not None})

    *own, _options = inspect.signature(command).parameters.values()
    further = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, typer.Option(help=field.description)],
        )
        for name, field in fields.items()
    ]
    parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    signature = inspect.Signature([*parameters, *further])
    taken.__signature__ = signature  # type: ignore[attr-defined]  # what typer reads
    taken.__annotations__ = {name: p.annotation for name, p in signature.parameters.items()}
    taken.__doc__ = command.__doc__
    return taken


def parsed(options: type[Options], texts: dict[str, str]) -> Options:
    """Options from texts, as the command line and a baseline's `options.json` have them.

    Raises:
        InvalidOptions: One is missing, or is not what it should be; all are told at once.
    """
    try:
        return options.model_validate_strings(texts)
    except ValidationError as errors:
        raise InvalidOptions("\n".join(_told(error) for error in errors.errors())) from errors


def _told(error: Any) -> str:
    where = "--" + "-".join(str(part) for part in error["loc"]).replace("_", "-")
    if error["type"] == "missing":
        return f"{where} is missing; expected a value"
    if not error["loc"]:
        return str(error["msg"]).removeprefix("Value error, ")
    return f"{where} got {error['input']!r}: {str(error['msg']).removeprefix('Value error, ')}"
