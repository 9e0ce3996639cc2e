"""The CDK app of the shipped terrace.yaml, whose north mill divides large windows on Spark."""

from pathlib import Path

from stacks.application import synthesize
from terrace.settings import Settings
from terrace.settings_file import load

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Synthesizes the stacks."""
    told = load(ROOT / "terrace.yaml").model_dump(mode="json", by_alias=True, exclude_none=True)
    north = next(tenant for tenant in told["tenants"] if tenant["name"] == "north-mill")
    for monitor in north["models"][0]["monitors"].values():
        monitor["divide_on"] = "spark"
    synthesize(Settings.model_validate(told), ROOT)


if __name__ == "__main__":
    main()
