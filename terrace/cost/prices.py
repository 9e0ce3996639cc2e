"""The price list: dated, and replaceable."""

from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from terrace.errors import TerraceError


class InvalidPrices(TerraceError):
    """A file that is no price list."""


class Prices(BaseModel):
    """List prices in US dollars."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    region: str
    instance_hours: dict[str, float]
    alarm_month: float = Field(ge=0)
    dashboard_month: float = Field(ge=0)
    metric_month: float = Field(ge=0)
    key_month: float = Field(ge=0)
    door_hour: float = Field(ge=0)
    mlflow_server_hour: float | None = Field(None, ge=0)
    storage_gb_month: float = Field(ge=0)
    volume_gb_month: float = Field(ge=0)
    function_gb_second: float = Field(ge=0)
    million_function_requests: float = Field(ge=0)
    serverless_gb_second: float = Field(ge=0)
    million_api_requests: float = Field(ge=0)
    delivery_gb: float = Field(ge=0)
    thousand_transitions: float = Field(ge=0)
    million_schedules: float = Field(ge=0)


def load(path: Path | None) -> Prices:
    """A price list; without a path, the one that Terrace brings.

    Raises:
        InvalidPrices: The file cannot be read, or is not of this form.
    """
    source = path or resources.files("terrace.cost").joinpath("prices.yaml")
    try:
        told: Any = yaml.safe_load(source.read_text(encoding="utf-8"))
        return Prices.model_validate(told)
    except (OSError, yaml.YAMLError) as error:
        raise InvalidPrices(f"{source}: cannot be read: {error}") from error
    except ValidationError as errors:
        told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors.errors())
        raise InvalidPrices(f"{source}: {told}") from errors
