"""The data of the agreement with smclarify: random rows, and Adult with a simple rule's guesses.

Pure Python, for smclarify 0.5 lives in an environment of its own, with the pandas of its time.
"""

import random
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def random_rows(seed: int, rows: int = 400) -> dict[str, list[Any]]:
    """Two features, three facets of people, strata, labels and predictions that lean."""
    draw = random.Random(seed).random
    sex = ["f" if x < 0.3 else "x" if x < 0.4 else "m" for x in (draw() for _ in range(rows))]
    label = [int(draw() < (0.3 if one == "f" else 0.5)) for one in sex]
    return {
        "a": [draw() for _ in range(rows)],
        "b": [draw() * 3 for _ in range(rows)],
        "sex": sex,
        "age": [18 + 72 * draw() for _ in range(rows)],
        "g": ["uvw"[int(draw() * 3)] for _ in range(rows)],
        "y": label,
        "p": [one if draw() < 0.8 else 1 - one for one in label],
    }


def cases() -> list[dict[str, Any]]:
    """What is asked of each: columns, facet, its values or threshold, strata."""
    found: list[dict[str, Any]] = []
    for seed in range(4):
        without_text = ["a", "b", "age", "g", "y", "p"]
        several = ["f"] if seed % 2 else ["f", "x"]
        found.append({"rows": seed, "facet": "sex", "values": several, "group": "g",
                      "columns": ["a", "b", "sex", "g", "y", "p"]})  # fmt: skip
        found.append({"rows": seed, "facet": "age", "values": [40.0], "group": "g",
                      "columns": without_text})  # fmt: skip
    for facet, values in (("sex", ["Female"]), ("race", ["Black", "Other"]), ("age", [40.5])):
        found.append({"rows": "adult", "facet": facet, "values": values, "group": "education",
                      "columns": ["age", "sex", "race", "education", "y", "p"]})  # fmt: skip
    return found
