"""Performance estimated without labels, on real people: Adult, and windows that differ from it."""

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from terrace.batch import Batch
from terrace.monitors.model_quality import KIND, ModelQuality, ModelQualityOptions
from tests.data.clarify.cases import FOLDER

OPTIONS = ModelQualityOptions(
    problem="binary", label="y", predicted="p", score="s", positive="1", tolerance=3
)


def batch(frame: pd.DataFrame) -> Batch:
    connection = duckdb.connect()
    connection.register("given", frame)
    return Batch(relation=connection.sql("SELECT * FROM given"))


@pytest.fixture(scope="module")
def people() -> tuple[ModelQuality, pd.DataFrame]:
    """A monitor whose baseline is a third of the people, and another third with scores."""
    adult = pd.read_csv(FOLDER / "adult.csv")
    features = pd.get_dummies(adult[["age", "sex", "race", "education"]]).astype(float)
    shuffled = np.random.default_rng(0).permutation(len(adult))
    first, second, third = np.array_split(shuffled, 3)
    model = LogisticRegression(max_iter=3000).fit(features.iloc[first], adult["y"].iloc[first])
    scored = adult.assign(s=model.predict_proba(features)[:, 1])
    scored["p"] = (scored["s"] > 0.5).astype(int)
    monitor = KIND.load(KIND.suggest(batch(scored.iloc[second]), OPTIONS), OPTIONS)
    return monitor, scored.iloc[third]


def estimated(monitor: ModelQuality, window: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is estimated without a label, and what the labels say."""
    unlabelled = monitor.check(monitor.observe(batch(window.assign(y=None))))
    labelled = monitor.check(monitor.observe(batch(window)))
    return (
        unlabelled.reports["statistics"]["estimated_performance"],
        labelled.reports["statistics"]["binary_classification_metrics"],
    )


@pytest.mark.parametrize(
    "which",
    [
        lambda one: one,
        lambda one: one[one["age"] > 45],
        lambda one: one[one["education"].isin(["Bachelors", "Masters", "Doctorate"])],
        lambda one: one.sample(300, random_state=1),
    ],
    ids=["all", "older", "graduates", "few"],
)
def test_what_is_estimated_is_what_the_labels_say_later(
    people: tuple[ModelQuality, pd.DataFrame], which: Any
) -> None:
    found, true = estimated(people[0], which(people[1]))
    assert found["is_estimate"] is True
    accuracy, room = found["accuracy"], 0.03
    assert accuracy["lower"] - room < true["accuracy"]["value"] < accuracy["upper"] + room


def test_a_window_of_harder_people_is_estimated_to_be_harder(
    people: tuple[ModelQuality, pd.DataFrame],
) -> None:
    monitor, window = people
    easy, _ = estimated(monitor, window[window["age"] < 30])
    hard, _ = estimated(monitor, window[window["education"].isin(["Masters", "Doctorate"])])
    assert easy["accuracy"]["lower"] > hard["accuracy"]["upper"]


def test_a_score_that_lies_is_calibrated_on_the_baselines_labels(
    people: tuple[ModelQuality, pd.DataFrame],
) -> None:
    _, window = people
    lying = window.assign(s=window["s"] ** 3)  # the order is right, the probability is not
    half = len(lying) // 2
    monitor = KIND.load(KIND.suggest(batch(lying[:half]), OPTIONS), OPTIONS)
    found, true = estimated(monitor, lying[half:])
    assert abs(found["accuracy"]["value"] - true["accuracy"]["value"]) < 0.03
