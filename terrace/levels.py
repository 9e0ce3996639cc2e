"""The levels: what each one provisions, as data.

A level holds defaults in the shape of `terrace.yaml` itself. They are laid under what the file
says of a tenant and of each of its models, so a tenant overrides any field by naming it, and
the stacks read fields and never a level's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

LevelName = Literal["smb"]


@dataclass(frozen=True, kw_only=True)
class Level:
    """What a tenant and each of its models get unless the file says otherwise."""

    tenant: Mapping[str, Any]
    model: Mapping[str, Any]


LEVELS: Mapping[str, Level] = {
    "smb": Level(
        tenant={"log_retention_days": 90},
        model={
            "training": {"instance_type": "ml.m5.large"},
            "endpoint": {"instance_type": "ml.m5.large"},
            "monitors": {"data-quality": {"schedule": "rate(1 hour)"}},
        },
    ),
}


def laid_under(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` with what `defaults` adds, mapping by mapping; what is given wins."""
    merged = dict(defaults) | dict(given)
    for key in defaults.keys() & given.keys():
        if isinstance(defaults[key], Mapping) and isinstance(given[key], Mapping):
            merged[key] = laid_under(defaults[key], given[key])
    return merged
