"""What the smoke test cost, by the price list."""

from pathlib import Path

from terrace.assembly.templates import Templates
from terrace.cost.estimate import HOURS, estimate
from terrace.cost.prices import load

_TRAINING = "ml.m5.large"


def describe_costs(cdk_out: Path, hours: float, trainings: int, training_minutes: float) -> str:
    """The cost in one sentence.

    Args:
        cdk_out: The folder that `cdk synth` wrote.
        hours: How long the stacks existed.
        trainings: How many training jobs ran.
        training_minutes: How long each of them is charged for, at most.
    """
    prices = load(None)
    month = sum(estimate(Templates.of(cdk_out), prices).totals().values())
    training = trainings * training_minutes / 60 * prices.instance_hours[_TRAINING]
    return (
        f"about ${month / HOURS * hours + training:.2f}: {hours:.1f} hours of stacks that cost "
        f"${month:.2f} a month, and {trainings} trainings, at list prices of {prices.region} as of "
        f"{prices.as_of}. The bill shows it a day later; keys that are scheduled for deletion are "
        "not charged."
    )
