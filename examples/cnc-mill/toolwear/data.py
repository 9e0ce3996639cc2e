"""Read one training file and check it, so that a bad one ends with a sentence and not a trace."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolwear.columns import CLASSES, EXPERIMENT, FEATURES, LABEL, NUMBERS, PROCESS, PROCESSES
from toolwear.columns import allowed_processes as allowed
from toolwear.errors import ToolWearError

MIN_ROWS_PER_CLASS = 10
_CANONICAL = {process.casefold(): process for process in PROCESSES}
_FLOAT32_MAX = float(np.finfo(np.float32).max)


class DataError(ToolWearError):
    """The training data cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Rows to learn from; `experiments` is None where the file does not name them."""

    features: pd.DataFrame
    labels: NDArray[np.str_]
    experiments: NDArray[np.str_] | None

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: NDArray[np.intp]) -> "Dataset":
        """Return the rows at these positions."""
        return Dataset(
            features=self.features.iloc[index].reset_index(drop=True),
            labels=self.labels[index],
            experiments=None if self.experiments is None else self.experiments[index],
        )


def read_dataset(folder: Path, rows: str) -> Dataset:
    """Read the channel's only data file and keep the rows to learn from (`layer` or `all`)."""
    path = find_file(folder)
    return prepare(read_frame(path), rows=rows, where=path.name)


def find_file(folder: Path) -> Path:
    """Return the one data file of a channel, wherever its S3 prefix put it."""
    files = sorted(
        path
        for path in (folder.rglob("*") if folder.is_dir() else ())
        if path.is_file() and not path.name.startswith((".", "_"))
    )
    if len(files) != 1:
        names = ", ".join(str(path.relative_to(folder)) for path in files[:5]) or "none"
        raise DataError(f"channel training: got {len(files)} files ({names}), expected one")
    return files[0]


def read_frame(path: Path) -> pd.DataFrame:
    """Read a `.parquet` or `.csv` file as it is."""
    readers = {".parquet": pd.read_parquet, ".csv": pd.read_csv}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path.name}: got a {path.suffix or 'nameless'} file, expected .parquet or .csv"
        )
    if path.stat().st_size == 0:
        raise DataError(f"{path.name}: the file is empty (0 bytes)")
    try:
        frame: pd.DataFrame = reader(path)
    except (ValueError, OSError) as error:
        kind = path.suffix.lower().lstrip(".")
        raise DataError(f"{path.name}: cannot be read as {kind}, is it whole? {error}") from error
    if frame.empty:
        raise DataError(f"{path.name}: no rows, {len(frame.columns)} columns")
    return frame


def prepare(frame: pd.DataFrame, *, rows: str, where: str) -> Dataset:
    """Check columns and values, unify spellings, and keep the rows to learn from."""
    missing = [name for name in (*FEATURES, LABEL) if name not in frame.columns]
    if missing:
        raise DataError(f"{where}: missing columns: {', '.join(missing)}")
    process = _canonical(frame[PROCESS], _CANONICAL, where)
    labels = _canonical(frame[LABEL], {name.casefold(): name for name in CLASSES}, where)
    chosen = process.isin(allowed(rows)).to_numpy()
    if not chosen.any():
        raise DataError(f"{where}: none of {len(frame)} rows has one of {', '.join(allowed(rows))}")
    numbers = {name: _numbers(frame[name], where)[chosen] for name in NUMBERS}
    _refuse_empty_columns(numbers, where)
    dataset = Dataset(
        features=pd.DataFrame(numbers | {PROCESS: process[chosen].to_numpy(dtype=object)}),
        labels=labels[chosen].to_numpy(dtype=str),
        experiments=_experiments(frame)[chosen] if _names_experiments(frame) else None,
    )
    _refuse_single_class(dataset, where)
    return dataset


def _canonical(column: "pd.Series[str]", names: dict[str, str], where: str) -> "pd.Series[str]":
    """Spell each text as we do (the mill wrote both `End` and `end`); refuse what is unknown."""
    text = column.astype(object).where(column.notna(), "")
    result = text.map(lambda value: names.get(str(value).strip().casefold()))
    unknown = text[result.isna()]
    if len(unknown):
        shown = ", ".join(repr(value) for value in list(unknown.unique())[:5])
        raise DataError(
            f"{where}: column {column.name}: {len(unknown)} rows have unknown values ({shown}), "
            f"expected one of {', '.join(names.values())}"
        )
    return result


def _numbers(column: "pd.Series[float]", where: str) -> NDArray[np.float64]:
    """Return numbers; an infinity is a sensor that failed, hence missing like an empty cell."""
    values = pd.to_numeric(column, errors="coerce").astype("float64")
    broken = values.isna() & column.notna()
    if broken.any():
        row = int(broken.to_numpy().argmax())
        raise DataError(
            f"{where}: column {column.name}: row {row + 1} is {column.iloc[row]!r}, "
            "expected a number"
        )
    return np.where(np.abs(values) <= _FLOAT32_MAX, values, np.nan)


def _refuse_empty_columns(numbers: dict[str, NDArray[np.float64]], where: str) -> None:
    empty = [name for name, values in numbers.items() if np.isnan(values).all()]
    if empty:
        raise DataError(f"{where}: no number at all in: {', '.join(empty)}")


def _refuse_single_class(dataset: Dataset, where: str) -> None:
    counts = {name: int((dataset.labels == name).sum()) for name in CLASSES}
    if min(counts.values()) < MIN_ROWS_PER_CLASS:
        got = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise DataError(
            f"{where}: column {LABEL}: got {got} rows, "
            f"expected at least {MIN_ROWS_PER_CLASS} of each"
        )


def _names_experiments(frame: pd.DataFrame) -> bool:
    return EXPERIMENT in frame.columns and bool(frame[EXPERIMENT].notna().all())


def _experiments(frame: pd.DataFrame) -> NDArray[np.str_]:
    names: NDArray[np.str_] = frame[EXPERIMENT].astype(str).to_numpy(dtype=str)
    return names


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Write rows as an endpoint takes them: no header, an empty field for a missing number."""
    for row in rows:
        yield ",".join("" if value != value else str(value) for value in row)
