"""The training job: read, hold out, fit, export, verify, explain, write.

Everything that the pipeline around the job reads goes to the output data folder; the model folder
holds the model and what describes it, no pickle.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from toolwear import automl, model, splits
from toolwear.columns import CLASSES, FEATURES, LABEL
from toolwear.data import Dataset, csv_lines, read_dataset
from toolwear.parameters import ParameterError, Parameters
from toolwear.paths import Folders
from toolwear.payload import Payload, respond
from toolwear.predictions import predict
from toolwear.scoring import Scorer
from toolwear.search import TUNING, Search

SPLITS: dict[str, Callable[[Dataset, Parameters], Iterator[splits.Fold]]] = {
    "random": splits.random_rows,
    "by_experiment": splits.whole_experiments,
}
BASELINE_SPLIT = "random"  # what live traffic is compared with: rows like those trained on
SAMPLE_ROWS = 5


def run(folders: Folders, parameters: Parameters) -> None:
    """Train on the channel's file and write everything the contract names."""
    started = time.monotonic()
    dataset = read_dataset(folders.training, parameters.rows)
    _log(
        f"rows={len(dataset)}; " + " ".join(f"{c}={(dataset.labels == c).sum()};" for c in CLASSES)
    )
    _log(f"missing={int(dataset.features.isna().to_numpy().sum())};")
    _write_json(
        folders.output_data / "metrics.json",
        {name: _evaluate(name, dataset, parameters, folders) for name in SPLITS},
    )
    pipeline = model.fit(dataset, parameters)
    model.export(pipeline, parameters, folders.onnx)
    scorer = Scorer(folders.onnx)
    difference = model.verify(pipeline, dataset, scorer)
    _log(f"export:bytes={folders.onnx.stat().st_size}; export:largest_difference={difference:.1e};")
    _describe(folders, parameters)
    _write_baseline(folders, dataset)
    _write_sample(folders, dataset, scorer)
    _explain(folders, pipeline, dataset, parameters)
    _log(f"seconds={time.monotonic() - started:.1f};")


def searched(folders: Folders, parameters: Parameters, search: Search) -> Parameters:
    """Search on the channel's file, and keep the trials; return the best one's parameters."""
    dataset = read_dataset(folders.training, parameters.rows)

    def measure(tried: Parameters, split: str) -> Mapping[str, float | None]:
        if split not in SPLITS:
            known = f"expected one of {', '.join(SPLITS)}"
            raise ParameterError(f"{TUNING}: split is {split!r}, {known}")
        found = predict(SPLITS[split](dataset, tried), dataset, tried).measure()
        _log(f"trial:{search.metric}={found.get(search.metric)}; {tried}")
        return found

    def found() -> dict[str, str]:
        return automl.candidate(dataset, parameters, search)

    best, trials = search.run(measure, found)
    _write_json(folders.output_data / "trials.json", trials)
    return best


def _evaluate(name: str, dataset: Dataset, parameters: Parameters, folders: Folders) -> Any:
    """Predict the split's held-out rows, write them, log and return their metrics."""
    try:
        held_out = predict(SPLITS[name](dataset, parameters), dataset, parameters)
    except splits.NotComputedError as reason:
        _log(f"{name}: not computed: {reason}")
        return {"computed": False, "reason": str(reason)}
    held_out.write(folders.output_data / "predictions" / f"{name}.csv")
    if name == BASELINE_SPLIT:
        held_out.write_rows(folders.output_data / "baseline" / "predictions.parquet")
    found = held_out.measure()
    for metric, value in found.items():
        _log(f"{name}:{metric}={'undefined' if value is None else f'{value:.4f}'};")
    return {"computed": True, "rows": len(held_out), **found}


def _describe(folders: Folders, parameters: Parameters) -> None:
    description = {
        "features": list(FEATURES),
        "label": LABEL,
        "classes": list(CLASSES),
        "algorithm": parameters.algorithm,
        "parameters": vars(parameters),
    }
    for folder in (folders.model, folders.output_data):
        _write_json(folder / "metadata.json", description)


def _write_baseline(folders: Folders, dataset: Dataset) -> None:
    path = folders.output_data / "baseline" / "features.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.features.to_parquet(path, index=False)


def _write_sample(folders: Folders, dataset: Dataset, scorer: Scorer) -> None:
    """Write a request and the answer that the code behind the endpoint gives to it."""
    index = np.linspace(0, len(dataset) - 1, SAMPLE_ROWS).astype(int)
    rows = dataset.features.iloc[index].to_numpy(dtype=object).tolist()
    request = "".join(f"{line}\n" for line in csv_lines(rows))
    answer = respond(scorer, Payload(body=request.encode(), content_type="text/csv"))
    folder = folders.output_data / "sample"
    _write(folder / "request.csv", request.splitlines())
    _write(folder / "response.csv", answer.body.decode().splitlines())


def _explain(folders: Folders, pipeline: Any, dataset: Dataset, parameters: Parameters) -> None:
    rows = min(parameters.explain_rows, len(dataset))
    if not rows:
        return
    generator = np.random.default_rng(parameters.seed)
    sample = dataset.take(np.sort(generator.choice(len(dataset), rows, replace=False)))
    _write_json(
        folders.output_data / "attributions.json",
        {
            "method": "shap.TreeExplainer",
            "rows": rows,
            "mean_absolute_shap": model.attributions(pipeline, sample),
        },
    )


def _write(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _write_json(path: Path, value: Any) -> None:
    _write(path, json.dumps(value, indent=2).splitlines())


def _log(line: str) -> None:
    print(line, flush=True)
