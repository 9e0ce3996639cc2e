"""Profiles a Parquet file with whylogs; prints the seconds as JSON."""

import json
import sys
import time

sys.path.pop(0)  # this file has the name of the package

import pandas as pd
import whylogs as why

frame = pd.read_parquet(sys.argv[1])
began = time.perf_counter()
why.log(frame).view().to_pandas()
print(json.dumps({"seconds": time.perf_counter() - began}))
