"""A rule that AWS documents, as the files below `rules/` record it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).parents[2]
RULES = Path(__file__).parent / "rules"
OBSERVATIONS = Path(__file__).parent / "observations.yaml"


class Enforcer(StrEnum):
    """Where a violation of the rule is refused."""

    EMBEDDED_CLOUD = "embedded cloud"
    TEMPLATE_CHECK = "template check"
    SETTINGS = "settings"
    NOT_ENFORCED = "not enforced"


class Certainty(StrEnum):
    """How sure it is that AWS behaves so."""

    DOCUMENTED = "documented"
    REPORTED = "reported"
    UNSURE = "unsure"


class Observation(BaseModel):
    """What a step of `make aws-smoke` observed on AWS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on: str = Field(description="Date, as in 2026-11-27.")
    region: str
    outcome: str = Field(description="One sentence.")


class Rule(BaseModel):
    """One rule of AWS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    rule: str = Field(description="What AWS refuses or demands, in one or two sentences.")
    source: Annotated[list[str], Field(min_length=1, description="Pages or public reports.")]
    certainty: Certainty
    enforced: Annotated[
        dict[Enforcer, str], Field(min_length=1, description="Enforcer to the file that does it.")
    ]
    tests: Annotated[
        list[str], Field(min_length=1, description="Node ids: file::test or file::Class::test.")
    ]
    row: int | None = Field(default=None, description="Row of the review that found it.")
    would_tell: str | None = Field(
        default=None, description="For an unsure rule: the observation on AWS that would settle it."
    )
    smoke: str | None = Field(
        default=None, description="The step of `make aws-smoke` that fails where it is broken."
    )


class Area(BaseModel):
    """The rules of one AWS service or concern."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    rules: Annotated[list[Rule], Field(min_length=1)]


def read_observations(file: Path = OBSERVATIONS) -> Mapping[str, Observation]:
    """What was observed on AWS, by the smoke test's step; nothing where it never ran there."""
    observations = yaml.safe_load(file.read_text()) if file.is_file() else None
    return {step: Observation.model_validate(one) for step, one in (observations or {}).items()}


def read_areas(folder: Path = RULES) -> Sequence[Area]:
    """All areas, by title.

    Raises:
        pydantic.ValidationError: A file has a key too many, too few, or an invalid value.
    """
    files = sorted(folder.glob("*.yaml"))
    areas = [Area.model_validate(yaml.safe_load(file.read_text())) for file in files]
    return sorted(areas, key=lambda area: area.title)
