"""The hold-out, what models say of it, and the gate's words."""

from pathlib import Path

import duckdb
import numpy as np
import pytest
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from terrace.batch import InvalidData
from terrace.evaluation import evaluate
from terrace.held_out import duel, predict, slices, write_together
from terrace.holding_out import held_out_sql, newest_sql
from terrace.models.onnx import OnnxModel
from terrace.serving.payload import Prediction, Row
from terrace.serving.scorer import Scorer
from terrace.training_settings import Holdout

ROWS = 4000


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    """Says `worn` where speed is above 0."""
    speed = np.linspace(-1, 1, 200)[:, None]
    model = LogisticRegression(C=100).fit(speed, np.where(speed[:, 0] > 0, "worn", "new"))
    inputs = [("speed", FloatTensorType([None, 1]))]
    made = to_onnx(model, initial_types=inputs, options={"zipmap": False})
    return Scorer(OnnxModel(made.SerializeToString()))


def written(path: Path, query: str) -> Path:
    duckdb.execute(f"COPY ({query}) TO '{path}'")
    return path


def held(holdout: Holdout, rows: int) -> set[int]:
    """The numbers of the held-out rows of a training set that grows."""
    table = f"(SELECT i, i // 100 AS g, DATE '2026-01-01' + i::INT AS day FROM range({rows}) t(i))"
    newest = None
    if holdout.by == "time":
        ((newest,),) = duckdb.sql(f"SELECT {newest_sql(holdout)} FROM {table}").fetchall()
    condition = held_out_sql(holdout, ["i", "g", "day"], newest)
    return {row[0] for row in duckdb.sql(f"SELECT i FROM {table} WHERE {condition}").fetchall()}


def test_a_row_stays_on_its_side_while_the_data_grow() -> None:
    before, after = held(Holdout(), ROWS), held(Holdout(), 2 * ROWS)
    assert before == {row for row in after if row < ROWS}
    assert 0.18 < len(before) / ROWS < 0.22
    assert held(Holdout(salt="another"), ROWS) != before


def test_groups_are_held_out_whole() -> None:
    found = held(Holdout(by="group", column="g"), ROWS)
    groups = {row // 100 for row in found}
    assert found == {row for row in range(ROWS) if row // 100 in groups}
    assert 0 < len(groups) < ROWS / 100


def test_by_time_the_newest_are_held_out_and_never_were_trained_on() -> None:
    by_time = Holdout(by="time", column="day", share=0.25)
    assert held(by_time, 1000) == set(range(750, 1000))
    assert min(held(by_time, 2000)) > 1000


def test_a_model_is_measured_on_what_it_says_and_not_on_what_its_image_claims(
    scorer: Scorer, tmp_path: Path
) -> None:
    rows = written(
        tmp_path / "rows.parquet",
        "SELECT i / 100.0 - 0.5 AS speed, CASE WHEN i > 60 THEN 'worn' ELSE 'new' END AS wear, "
        "i % 2 AS machine FROM range(100) t(i) ORDER BY i",
    )
    predict(rows, "wear", scorer, ["speed"], tmp_path / "p.csv")
    scores = evaluate(tmp_path / "p.csv")
    metrics = scores.metrics()
    assert (scores.rows, scores.positive) == (100, "worn")
    assert metrics["accuracy"] == pytest.approx(0.9)  # wrong from 51 to 60
    assert metrics["recall"] == 1
    assert 0 < (metrics["brier"] or 0) < 0.2

    found = {one.value: one for one in slices(rows, tmp_path / "p.csv", "machine", scores)}
    assert {value: one.rows for value, one in found.items()} == {"0": 50, "1": 50}
    assert all(one.metrics["accuracy"] == pytest.approx(0.9) for one in found.values())

    write_together(rows, tmp_path / "p.csv", tmp_path / "together.parquet")
    together = duckdb.read_parquet(str(tmp_path / "together.parquet"))
    assert together.columns == ["speed", "wear", "machine", "predicted", "score"]
    wrong = together.filter("wear <> predicted").aggregate("count(*), min(speed), max(speed)")
    assert wrong.fetchall() == [(10, pytest.approx(0.01), pytest.approx(0.1))]


def test_rows_that_the_model_cannot_take_are_told(scorer: Scorer, tmp_path: Path) -> None:
    lacking = written(tmp_path / "a.parquet", "SELECT 'new' AS wear, 1 AS other")
    with pytest.raises(InvalidData, match="no column 'speed'"):
        predict(lacking, "wear", scorer, ["speed"], tmp_path / "p.csv")
    words = written(tmp_path / "b.parquet", "SELECT 'new' AS wear, 'fast' AS speed")
    with pytest.raises(InvalidData, match="fast"):
        predict(words, "wear", scorer, ["speed"], tmp_path / "p.csv")


def test_a_slice_that_is_no_column_is_told(scorer: Scorer, tmp_path: Path) -> None:
    rows = written(tmp_path / "rows.parquet", "SELECT 'new' AS wear, -1.0 AS speed")
    predict(rows, "wear", scorer, ["speed"], tmp_path / "p.csv")
    with pytest.raises(InvalidData, match="got slice 'colour'"):
        list(slices(rows, tmp_path / "p.csv", "colour", evaluate(tmp_path / "p.csv")))


def test_two_models_are_compared_row_by_row(tmp_path: Path) -> None:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    truth, first, second = "aaaabbbb", "aaaabbba", "aabbbbbb"
    for path, said in ((new, first), (old, second)):
        lines = [f"{label},{told},0.5" for label, told in zip(truth, said, strict=True)]
        path.write_text("\n".join(["label,predicted,score", *lines]) + "\n", "utf-8")
    found = duel(new, old, version=3, seen=False)
    assert (found.both, found.challenger, found.champion, found.neither) == (5, 2, 1, 0)


def test_a_model_whose_inputs_were_renamed_is_asked_by_their_order(tmp_path: Path) -> None:
    """As skl2onnx does with hyphens."""
    rows = written(
        tmp_path / "rows.parquet", """SELECT 'x' AS "a-b", 1.0 AS "c-d", 'new' AS wear"""
    )

    class Renamed(Scorer):
        def __init__(self) -> None:
            self.names, self.texts = ["a_b", "c_d"], {"a_b"}

        def predictions(self, found: list[Row]) -> list[Prediction]:
            assert found == [["x", 1.0]]
            return [{"predicted_label": "new", "score": 0.1}]

    predict(rows, "wear", Renamed(), ["a-b", "c-d"], tmp_path / "p.csv")
    assert evaluate(tmp_path / "p.csv").metrics()["accuracy"] == 1
