"""What all settings are made of."""

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], Field(strict=False)]  # YAML has lists alone


def _schedule(expression: str) -> str:
    if not re.fullmatch(r"rate\([1-9]\d* (minute|hour|day)s?\)|cron\([^()]+\)", expression):
        raise ValueError("expected rate(<n> minutes|hours|days) or cron(<six fields>)")
    return expression


Schedule = Annotated[str, AfterValidator(_schedule)]


class Setting(BaseModel):
    """The base of all settings: frozen, no key unknown, no type guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
