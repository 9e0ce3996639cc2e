"""Mistakes as they are made, each planted into synthesized templates; by what it is called."""

from . import doors, guards, holes, levels, references, rights, values
from .levels import every_network
from .planting import MISTAKES, NORTH, SOUTH, arn, may, monitor, of_type

__all__ = [
    "MISTAKES", "NORTH", "SOUTH", "arn", "doors", "every_network", "guards", "holes", "levels",
    "may", "monitor", "of_type", "references", "rights", "values",
]  # fmt: skip
