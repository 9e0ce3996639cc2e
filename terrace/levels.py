"""The levels: what each one provisions, as data.

A level holds defaults in the shape of `terrace.yaml` itself. They are laid under what the file
says of a tenant and of each of its models, so a tenant overrides any field by naming it, and
the stacks read fields and never a level's name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

LevelName = Literal["lightweight", "smb", "enterprise"]


@dataclass(frozen=True, kw_only=True)
class Level:
    """What a tenant and each of its models get unless the file says otherwise.

    Attributes:
        summary: For whom it is.
        tenant: Of the tenant.
        model: Of each model.
        monitors: Of each monitor that a model has, beside those that `model` brings.
        promised: Keys of the tenant that the file may not make less of: that would be another
            level under this one's name.
    """

    summary: str
    tenant: Mapping[str, Any]
    model: Mapping[str, Any]
    monitors: Mapping[str, Any]
    promised: tuple[str, ...] = ()


LEVELS: Mapping[str, Level] = {
    "lightweight": Level(
        summary="one person, a few models, little traffic; close to nothing while nobody asks",
        tenant={
            "log_retention_days": 30,
            "capture_retention_days": 90,
            "approvers": 1,
            "dashboard": False,
        },
        model={
            "training": {"instance_type": "ml.m5.large"},
            "endpoint": {
                "kind": "lambda",
                "memory_mb": 1024,
                "rollout": {"traffic": "canary", "percent": 10, "wait_minutes": 5},
            },
            "monitors": {"data-quality": {}},
        },
        monitors={"schedule": "rate(1 day)"},
    ),
    "smb": Level(
        summary="a team, many tenants, many models",
        tenant={"log_retention_days": 90, "capture_retention_days": 90, "approvers": 1},
        model={
            "training": {"instance_type": "ml.m5.large"},
            "endpoint": {
                "kind": "real-time",
                "instance_type": "ml.m5.large",
                "min_instances": 2,
                "max_instances": 4,
                "rollout": {
                    "traffic": "canary",
                    "percent": 50,
                    "wait_minutes": 3,
                    "bake_minutes": 3,
                },
            },
            "monitors": {"data-quality": {}},
        },
        monitors={"schedule": "rate(1 hour)"},
    ),
    "enterprise": Level(
        summary="many teams, auditors, and tenants between whom there must be a wall",
        tenant={
            "log_retention_days": 365,
            "capture_retention_days": 365,
            "event_archive_days": 365,
            "approvers": 2,
            "network": {"cidr": "10.0.0.0/16"},
            "permission_boundary": True,
            "signing": True,
            "audit_trail": True,
        },
        model={
            "training": {"instance_type": "ml.m5.large"},
            "endpoint": {
                "kind": "real-time",
                "instance_type": "ml.m5.large",
                "min_instances": 2,
                "max_instances": 4,
                "shadow": {"minutes": 60, "least_requests": 100, "most_different": 0.05},
                "rollout": {
                    "traffic": "canary",
                    "percent": 50,
                    "wait_minutes": 30,
                    "bake_minutes": 30,
                },
            },
            "monitors": {"data-quality": {}, "attribution-drift": {}},
        },
        monitors={"schedule": "rate(1 hour)"},
        promised=("approvers", "network", "permission_boundary", "signing", "audit_trail"),
    ),
}


def broken_promises(level: Level, tenant: Mapping[str, Any]) -> Iterator[str]:
    """What a tenant has less of than its level promises, in words."""
    for key in level.promised:
        promised, got = level.tenant[key], tenant[key]
        if not got or (isinstance(promised, int) and got < promised):
            yield f"{key} got {got!r}; expected {promised!r} or more, which the level promises"


def laid_under(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` with what `defaults` adds, mapping by mapping; what is given wins.

    A mapping that says it is of another `kind` than the defaults takes none of them.
    """
    if given.get("kind", defaults.get("kind")) != defaults.get("kind"):
        return dict(given)
    merged = dict(defaults) | dict(given)
    for key in defaults.keys() & given.keys():
        if isinstance(defaults[key], Mapping) and isinstance(given[key], Mapping):
            merged[key] = laid_under(defaults[key], given[key])
    return merged


def model_on(level: Level, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a level makes of what the file says of one model."""
    model = laid_under(level.model, given)
    if isinstance(monitors := model.get("monitors"), Mapping):
        model["monitors"] = {
            kind: laid_under(level.monitors, settings)
            if isinstance(settings, Mapping)
            else settings
            for kind, settings in monitors.items()
        }
    return model
