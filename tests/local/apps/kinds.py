"""The CDK app of the shipped terrace.yaml, whose north mill has endpoints of the other kinds."""

from pathlib import Path
from typing import Any

from stacks.application import synthesize
from terrace.settings import Settings
from terrace.settings_file import load

ROOT = Path(__file__).parents[3]
PEOPLE = ("ada", "bob")  # who approve by link
# Half of the traffic, so that few requests are enough of it.
CANARY = {"traffic": "canary", "percent": 50, "wait_minutes": 1}
ENDPOINTS: dict[str, dict[str, Any]] = {
    # On a busy machine all answers are slow, and this is about those that fail.
    "press": {"kind": "multi-model", "rollout": CANARY, "most_milliseconds": 60_000},
    "lathe": {"kind": "multi-model"},
    "large": {"kind": "asynchronous", "rollout": {"bake_minutes": 0}},
    "saw": {
        "kind": "real-time",
        "min_instances": 1,
        "rollout": {"traffic": "all-at-once", "bake_minutes": 0},
        "ab_test": {"percent": 50, "look_minutes": 1, "longest_hours": 1},
    },
}
QUALITY = {"problem": "binary", "positive": "worn", "schedule": "rate(1 day)"}


def settings() -> dict[str, Any]:
    """What terrace.yaml would say."""
    told: dict[str, Any] = load(ROOT / "terrace.yaml").model_dump(
        mode="json", by_alias=True, exclude_none=True
    )
    north = next(tenant for tenant in told["tenants"] if tenant["name"] == "north-mill")
    (wear,) = north["models"]
    # The level's own times, which the shipped file shortens: an alarm takes two minutes to fire.
    wear["endpoint"]["rollout"] |= {"wait_minutes": 3, "bake_minutes": 3}
    north["approval_links"] = {"people": [{"email": f"{who}@north-mill.example"} for who in PEOPLE]}
    plain = {key: wear[key] for key in ("source", "label", "outputs")}
    north["models"] += [
        plain | {"name": name, "endpoint": endpoint} for name, endpoint in ENDPOINTS.items()
    ]
    north["models"][-1]["monitors"] = {"data-quality": {}, "model-quality": QUALITY}
    return told


def main() -> None:
    """Synthesizes the stacks."""
    synthesize(Settings.model_validate(settings()), ROOT)


if __name__ == "__main__":
    main()
