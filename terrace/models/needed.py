"""What every kind of model needs: a package to run it, and an error that says why not."""

from importlib import import_module
from typing import Any

from terrace.errors import TerraceError


class UnusableModel(TerraceError):
    """A model that cannot be loaded, or does not fit the data."""


def needed(module: str) -> Any:
    """A package that only some installations have.

    Raises:
        UnusableModel: This one has it not.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UnusableModel(
            f"this kind of model needs the package {module}; "
            "install terrace with its extra: pip install 'terrace[attributions]'"
        ) from error
