"""Read the channel's one file and check it, so that a bad one ends with a sentence."""

from pathlib import Path

import pandas as pd

LABEL = "income"
POSITIVE, NEGATIVE = ">50K", "<=50K"
FACET = "sex"
NUMBERS = ("age", "education-num", "capital-gain", "capital-loss", "hours-per-week")
TEXTS = (
    "workclass", "marital-status", "occupation", "relationship", "race", FACET, "native-country",
)  # fmt: skip
FEATURES = (*NUMBERS, *TEXTS)
_READERS = {".parquet": pd.read_parquet, ".csv": pd.read_csv}


class JobError(Exception):
    """The job cannot go on; the message is what SageMaker shows as the reason."""


def read(folder: Path) -> pd.DataFrame:
    """Return the features as requests have them, and the label.

    Raises:
        JobError: There is no such file, or it lacks a column, a label or a number.
    """
    files = sorted(path for path in folder.rglob("*") if path.suffix in _READERS)
    if len(files) != 1:
        raise JobError(f"channel training: got {len(files)} files, expected one")
    frame = _READERS[files[0].suffix](files[0])
    if missing := [name for name in (*FEATURES, LABEL) if name not in frame.columns]:
        raise JobError(f"{files[0].name}: missing columns: {', '.join(missing)}")
    if unknown := sorted(set(frame[LABEL].astype(str)) - {POSITIVE, NEGATIVE}):
        raise JobError(
            f"{files[0].name}: column {LABEL} got {', '.join(unknown[:5])}, "
            f"expected {POSITIVE} or {NEGATIVE}"
        )
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)
        if frame[name].isna().any():
            row = int(frame[name].isna().to_numpy().argmax())
            raise JobError(f"{files[0].name}: column {name}: row {row + 1} is no number")
    texts = {name: frame[name].fillna("?").astype(str).astype(object) for name in TEXTS}
    return frame.assign(**texts)[[*FEATURES, LABEL]]
