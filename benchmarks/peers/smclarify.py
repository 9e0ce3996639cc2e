"""Reports bias with smclarify; prints the seconds as JSON.

With FT as second argument the flip test is made as well.
"""

import json
import logging
import sys
import time

sys.path.pop(0)  # this file has the name of the package

import pandas as pd
from smclarify.bias.metrics import POSTTRAINING_METRICS, PRETRAINING_METRICS
from smclarify.bias.report import FacetColumn, LabelColumn, StageType, bias_report

logging.disable(logging.CRITICAL)
frame = pd.read_parquet(sys.argv[1])
skipped = {"FT"} - {sys.argv[2]}
began = time.perf_counter()
for stage in StageType:
    metrics = PRETRAINING_METRICS if stage == StageType.PRE_TRAINING else POSTTRAINING_METRICS
    bias_report(
        frame.drop(columns=["education"]),
        FacetColumn("sex", ["Female"]),
        LabelColumn("y", frame["y"], [1]),
        stage,
        LabelColumn("p", frame["p"], [1]),
        [metric.__name__ for metric in metrics if metric.__name__ not in skipped],
        frame["education"],
    )
print(json.dumps({"seconds": time.perf_counter() - began}))
