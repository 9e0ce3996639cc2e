"""Writes what smclarify 0.5 says of the cases, for the tests to compare with.

Run in an environment with `smclarify==0.5`: python tests/data/clarify/figures.py
"""

import json
import logging

import pandas as pd
from cases import FOLDER, cases, random_rows
from smclarify.bias.metrics import POSTTRAINING_METRICS, PRETRAINING_METRICS
from smclarify.bias.report import FacetColumn, LabelColumn, StageType, bias_report

logging.disable(logging.CRITICAL)


def main() -> None:
    """One object a case: the value of every metric by its name, null where it is undefined."""
    found = []
    for case in cases():
        if case["rows"] == "adult":
            # It takes whole numbers for categories, whatever it is told.
            frame = pd.read_csv(FOLDER / "adult.csv").astype({"age": float})
        else:
            frame = pd.DataFrame(random_rows(case["rows"]))
        frame = frame[case["columns"]]
        values = {}
        for stage in StageType:
            metrics = (
                PRETRAINING_METRICS if stage == StageType.PRE_TRAINING else POSTTRAINING_METRICS
            )
            report = bias_report(
                frame.drop(columns=[case["group"]]),
                FacetColumn(case["facet"], list(case["values"])),
                LabelColumn("y", frame["y"], [1]),
                stage,
                LabelColumn("p", frame["p"], [1]),
                # The flip test walks over all pairs of rows and takes numbers alone.
                [m.__name__ for m in metrics if case["rows"] != "adult" or m.__name__ != "FT"],
                frame[case["group"]],
            )
            for group in report:
                values.update({m["name"]: m.get("value") for m in group["metrics"]})
        found.append(values)
    path = FOLDER / "smclarify_0.5.json"
    path.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
