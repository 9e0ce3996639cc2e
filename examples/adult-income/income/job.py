"""The training job: read, hold out, fit, export, and write what Terrace's pipeline reads."""

import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from income.data import FEATURES, LABEL, NEGATIVE, POSITIVE, JobError, read
from income.model import export, fit, predict
from income.parameters import Parameters, read_parameters

_ROOT = Path("/opt/ml")
_FAILURE_LENGTH = 1024  # SageMaker shows no more of it
_SAMPLE_ROWS = 5


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Run the job; return the exit code that SageMaker takes as its outcome."""
    output = Path(environ.get("SM_OUTPUT_DIR", _ROOT / "output"))
    try:
        inputs = Path(environ.get("SM_INPUT_DIR", _ROOT / "input"))
        parameters = read_parameters(inputs / "config" / "hyperparameters.json")
        channel = environ.get("SM_CHANNEL_TRAINING", inputs / "data" / "training")
        model = Path(environ.get("SM_MODEL_DIR", _ROOT / "model")) / "model.onnx"
        data = Path(environ.get("SM_OUTPUT_DATA_DIR", output / "data"))
        run(Path(channel), model, data, parameters)
    except JobError as error:
        return _fail(output, str(error))
    except Exception as error:
        traceback.print_exc()
        return _fail(output, f"unexpected {type(error).__name__}: {error}")
    return 0


def run(channel: Path, model: Path, output: Path, parameters: Parameters) -> None:
    """Train on four fifths of the channel's rows; the last one chooses among trials."""
    rows = read(channel)
    training, validation = train_test_split(
        rows, test_size=0.2, random_state=parameters.seed, stratify=rows[LABEL]
    )
    export(fit(training, parameters), model)
    found = predict(model, validation)
    right = float((found["predicted"] == validation[LABEL]).mean())
    print(f"rows={len(training)}; validation:accuracy={right:.4f};", flush=True)
    told = pd.concat([validation[LABEL].rename("label"), found], axis=1)
    _csv(told, output / "predictions" / "validation.csv", header=True)
    sample = validation.head(_SAMPLE_ROWS)
    _csv(sample[list(FEATURES)], output / "sample" / "request.csv")
    _csv(found.head(_SAMPLE_ROWS), output / "sample" / "response.csv")
    baseline = output / "baseline"
    baseline.mkdir(parents=True, exist_ok=True)
    training[list(FEATURES)].to_parquet(baseline / "features.parquet", index=False)
    described = {
        "features": FEATURES,
        "label": LABEL,
        "classes": [NEGATIVE, POSITIVE],
        "algorithm": "gradient-boosting",
        "parameters": vars(parameters),
    }
    (output / "metadata.json").write_text(json.dumps(described, indent=2) + "\n", "utf-8")


def _csv(rows: pd.DataFrame, path: Path, *, header: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, header=header, index=False, lineterminator="\n")


def _fail(output: Path, message: str) -> int:
    print(f"training failed: {message}", file=sys.stderr, flush=True)
    output.mkdir(parents=True, exist_ok=True)
    (output / "failure").write_text(message[:_FAILURE_LENGTH], "utf-8")
    return 1
