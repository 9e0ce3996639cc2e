"""The demonstration's traffic does what the README says: normal stays quiet, drifted does not."""

from pathlib import Path

import pandas as pd
import pytest
from cnc_mill_programs import EXAMPLE
from toolwear import drift, scenario
from toolwear.columns import FEATURES, LAYERS
from toolwear.metrics import Counts, measure

MILLS = scenario.read_mills()


@pytest.mark.parametrize("name", MILLS)
def test_normal_traffic_is_near_the_training_rows_and_drifted_traffic_far(
    name: str, mill: pd.DataFrame
) -> None:
    part = scenario.share(mill, MILLS[name])
    baseline = part.training[part.training["Machining_Process"].isin(LAYERS)]
    assert drift.violated(baseline, part.normal) == []
    assert len(drift.violated(baseline, part.drifted)) >= 10


@pytest.mark.parametrize("name", MILLS)
def test_the_model_never_sees_the_traffic_it_is_asked_about(name: str, mill: pd.DataFrame) -> None:
    chosen = MILLS[name]
    part = scenario.share(mill, chosen)
    own = mill[mill["experiment"].isin(chosen.training)]
    assert len(part.training) + len(part.normal) == len(own)
    assert set(part.training["experiment"]) == set(chosen.training)
    assert not set(part.drifted["experiment"]) & set(chosen.training)
    assert set(part.drifted["experiment"]) == set(chosen.drifted)


def test_the_mills_files_are_endpoint_rows_with_a_label_each(
    mill: pd.DataFrame, tmp_path: Path
) -> None:
    scenario.write_share(tmp_path, scenario.share(mill, MILLS["north"], rows=30))
    for kind in ("normal", "drifted"):
        rows = pd.read_csv(tmp_path / f"{kind}.csv", header=None)
        labels = (tmp_path / f"{kind}-labels.csv").read_text().split()
        assert rows.shape == (30, len(FEATURES))
        assert len(labels) == 30
        assert set(labels) <= {"worn", "unworn"}


def test_the_distance_is_the_largest_gap_less_what_chance_explains() -> None:
    size = 1000
    left = pd.DataFrame({name: [0.0] * size for name in FEATURES[:-1]} | {FEATURES[-1]: "End"})
    moved = left.assign(X1_ActualPosition=[0.0] * 700 + [1.0] * 300)
    found = drift.distances(left, moved)
    assert found["X1_ActualPosition"] == pytest.approx(0.3 - 1.8 * (2 / size) ** 0.5)
    assert sum(found.values()) == found["X1_ActualPosition"]


def test_a_metric_that_cannot_be_computed_is_none_and_not_zero() -> None:
    found = measure(Counts(true_positive=0, false_positive=0, true_negative=5, false_negative=0))
    assert found["accuracy"] == 1.0
    assert [found[name] for name in ("precision", "recall", "f1", "mcc")] == [None] * 4


def test_the_programs_can_be_executed() -> None:
    for name in ("train", "serve"):
        assert (EXAMPLE / name).stat().st_mode & 0o111 == 0o111
