"""Data quality against a real Model Monitor run, and each of its checks in pairs."""

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from terrace import dataset
from terrace.batch import Batch
from terrace.monitor import Result
from terrace.monitors.data_quality import (
    KIND,
    Baseline,
    DataQuality,
    DataQualityOptions,
    suggest,
)
from terrace.monitors.data_quality.comparison import METHODS, Comparison, discovered
from terrace.monitors.data_quality.monitoring import InvalidBaseline
from terrace.monitors.data_quality.state import FeatureState, StatesDiffer

DATA = Path(__file__).parents[2] / "data" / "sagemaker_churn"
PUBLISHED = json.loads((DATA / "published_outputs.json").read_text())


@pytest.fixture(scope="module")
def suggested() -> tuple[dict[str, Any], dict[str, Any]]:
    return suggest(dataset.whole(str(DATA / "training-dataset-with-header.csv")))


def test_statistics_agree_with_a_real_model_monitor_run(
    suggested: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    ours = {feature["name"]: feature for feature in suggested[0]["features"]}
    for theirs in PUBLISHED["statistics_head10"]:
        feature = ours[theirs["name"]]
        numbers = feature["numerical_statistics"]
        assert feature["inferred_type"] == theirs["inferred_type"]
        assert numbers["common"]["num_present"] == int(
            theirs["numerical_statistics.common.num_present"]
        )
        for name in ("mean", "std_dev", "min", "max"):
            published = float(theirs[f"numerical_statistics.{name}"])
            assert numbers[name] == pytest.approx(published, abs=1e-6)
        assert numbers["sum"] == pytest.approx(float(theirs["numerical_statistics.sum"]))


def test_constraints_agree_with_a_real_model_monitor_run(
    suggested: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    ours = {feature["name"]: feature for feature in suggested[1]["features"]}
    for theirs in PUBLISHED["constraints_head10"]:
        feature = ours[theirs["name"]]
        assert feature["inferred_type"] == theirs["inferred_type"]
        assert feature["completeness"] == float(theirs["completeness"])
        assert feature["num_constraints"]["is_non_negative"] is True


def test_ten_buckets_hold_every_number(
    suggested: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for feature in suggested[0]["features"]:
        buckets = feature["numerical_statistics"]["distribution"]["kll"]["buckets"]
        assert len(buckets) == 10
        assert sum(bucket["count"] for bucket in buckets) == 2333


def rows(sql: str) -> Batch:
    return Batch(relation=duckdb.connect().sql(f"SELECT * FROM (VALUES {sql})"))


def monitored(baseline: str, window: str, columns: str = "t(x)") -> Result:
    monitor = DataQuality(baseline=Baseline.load(*suggest(batch(baseline, columns))))
    return monitor.check(monitor.observe(batch(window, columns)))


def batch(values: str, columns: str = "t(x)") -> Batch:
    return Batch(relation=duckdb.connect().sql(f"SELECT * FROM (VALUES {values}) {columns}"))


def checks(result: Result) -> list[str]:
    return [violation.check for violation in result.violations]


NUMBERS = ", ".join(f"({i % 10 + 1})" for i in range(200))
FRACTIONS = ", ".join(f"({i % 10 + 0.5})" for i in range(200))
TEXTS = ", ".join(f"('{'ab'[i % 2]}')" for i in range(200))


def test_the_baselines_own_rows_violate_nothing() -> None:
    for values in (NUMBERS, FRACTIONS, TEXTS):
        assert checks(monitored(values, values)) == []


def test_whole_numbers_where_fractions_were_are_no_violation() -> None:
    whole = ", ".join(f"({i % 10}::DOUBLE)" for i in range(200))
    assert "data_type_check" not in checks(monitored(FRACTIONS, whole))


def test_texts_where_numbers_were_are_told_in_model_monitors_words() -> None:
    window = ", ".join(["('1')"] * 199 + ["('x')"])
    (violation,) = (
        v for v in monitored(NUMBERS, window).violations if v.check == "data_type_check"
    )
    assert violation.description == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: "
        "100.0%. Observed: Only 99.5% of data is Integral."
    )


def test_missing_values_violate_completeness() -> None:
    window = NUMBERS + ", (NULL)"
    (violation,) = (
        v for v in monitored(NUMBERS, window).violations if v.check == "completeness_check"
    )
    assert violation.value == pytest.approx(200 / 201)


def test_a_shifted_distribution_violates_drift_and_a_small_sample_of_the_same_does_not() -> None:
    shifted = ", ".join(f"({i % 10 + 4})" for i in range(200))
    few = ", ".join(f"({i % 10 + 1})" for i in range(12))
    assert checks(monitored(NUMBERS, shifted)) == ["baseline_drift_check"]
    assert checks(monitored(NUMBERS, few)) == []


def test_the_robust_distance_takes_off_what_chance_gives() -> None:
    result = monitored("(1), (2), (3), (4)", "(5), (6), (7), (8)")
    # Simple distance 1; n = m = 4: 1 - 1.8 * sqrt(8 / 16).
    assert result.figures["x"] == 0.0
    large = ", ".join(["(5)"] * 200)
    simple = monitored(", ".join(["(1)"] * 200), large).figures["x"]
    assert simple == pytest.approx(1 - 1.8 * (400 / 40000) ** 0.5)


def test_a_value_that_the_baseline_has_not_violates_the_domain() -> None:
    result = monitored(TEXTS, TEXTS + ", ('c')")
    assert "categorical_values_check" in checks(result)


def test_a_number_below_zero_where_none_was_is_told() -> None:
    assert "non_negative_check" in checks(monitored(NUMBERS, NUMBERS + ", (-1)"))


def test_numbers_below_zero_are_nothing_where_the_baseline_had_some() -> None:
    assert "non_negative_check" not in checks(monitored(NUMBERS + ", (-1)", NUMBERS + ", (-1)"))


def test_columns_that_are_gone_or_new_are_told() -> None:
    monitor = DataQuality(
        baseline=Baseline.load(*suggest(rows("(1, 2)"))),
    )
    window = Batch(relation=duckdb.connect().sql("SELECT 1 AS col0, 3 AS other"))
    found = {(v.feature, v.check) for v in monitor.check(monitor.observe(window)).violations}
    assert {("col1", "missing_column_check"), ("other", "extra_column_check")} <= found


def test_a_window_without_records_is_a_finding_of_its_own() -> None:
    monitor = DataQuality(baseline=Baseline.load(*suggest(rows("(1)"))))
    assert checks(monitor.check(monitor.zero())) == ["records_check"]


def test_a_baseline_of_model_monitor_itself_is_accepted() -> None:
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": 10},
        "features": [
            {
                "name": "x",
                "inferred_type": "Integral",
                "numerical_statistics": {
                    "common": {"num_present": 100, "num_missing": 0},
                    "distribution": {
                        "kll": {
                            "buckets": [
                                {"lower_bound": i, "upper_bound": i + 1, "count": 10.0}
                                for i in range(10)
                            ]
                        }
                    },
                },
            }
        ],
    }
    constraints = {
        "version": 0.0,
        "features": [{"name": "x", "inferred_type": "Integral", "completeness": 1.0}],
    }
    monitor = DataQuality(baseline=Baseline.load(statistics, constraints))
    window = Batch(relation=duckdb.connect().sql("SELECT 10 AS x FROM range(500)"))
    assert checks(monitor.check(monitor.observe(window))) == ["baseline_drift_check"]


@pytest.mark.parametrize(
    ("statistics", "constraints", "told"),
    [
        ({}, {"features": []}, "statistics.json has no list"),
        ({"features": [], "version": 2}, {"features": []}, "version 2"),
        ({"features": []}, {"features": [{"name": "y"}]}, "y; the files are of different"),
    ],
)
def test_files_that_are_no_baseline_are_told(
    statistics: dict[str, Any], constraints: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidBaseline, match=told):
        Baseline.load(statistics, constraints)


def test_a_data_set_without_rows_gives_no_baseline() -> None:
    empty = Batch(relation=duckdb.connect().sql("SELECT 1 AS x WHERE false"))
    with pytest.raises(InvalidBaseline, match="no rows"):
        suggest(empty)


def test_states_of_different_baselines_cannot_be_added() -> None:
    with pytest.raises(StatesDiffer, match="2 and 3 bins"):
        _ = FeatureState(bins=(1, 2)) + FeatureState(bins=(1, 2, 3))


def test_of_many_features_only_those_that_no_chance_explains_are_said_to_drift() -> None:
    """The example of Benjamini and Hochberg's paper: four of fifteen are discoveries."""
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240,
               0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    found = discovered({str(place): chance for place, chance in enumerate(chances)}, 0.05)
    assert found == {"0", "1", "2", "3"}


def test_a_small_window_that_chance_explains_is_no_drift() -> None:
    simple = {"distribution_constraints": {"comparison_method": "Simple"}}
    statistics, constraints = suggest(batch(", ".join(f"({i % 10})" for i in range(1000))))
    constraints["monitoring_config"] |= simple
    window = batch(", ".join(f"({i})" for i in (0, 0, 1, 5, 2)))
    files = {"statistics": statistics, "constraints": constraints}
    plain, corrected = (
        KIND.load(files, DataQualityOptions(false_discovery_rate=rate)) for rate in (None, 0.05)
    )
    assert "baseline_drift_check" in checks(plain.check(plain.observe(window)))
    assert "baseline_drift_check" not in checks(corrected.check(corrected.observe(window)))


def test_the_methods_agree_with_scipy() -> None:
    edges, ours, theirs = [0.0, 1.0, 3.0, 7.0], [5, 10, 20, 15, 0], [10, 20, 10, 5, 5]
    of = Comparison(ours=ours, theirs=theirs, edges=edges)
    p, q = np.array(ours) / 50, np.array(theirs) / 50
    places = [*edges, edges[-1]]
    expected = {
        "Simple": np.abs(np.cumsum(p) - np.cumsum(q)).max(),
        "Robust": 0.0,
        "JensenShannon": jensenshannon(p, q, base=2),
        "Wasserstein": wasserstein_distance(places, places, p, q) / 7,
        "PSI": sum(
            (max(a, 1e-4) - b) * np.log(max(a, 1e-4) / b) for a, b in zip(p, q, strict=True)
        ),
    }
    assert {name: method(of) for name, method in METHODS.items()} == pytest.approx(expected)


@pytest.mark.parametrize("method", METHODS)
def test_each_method_finds_a_shift_and_leaves_the_same_alone(method: str) -> None:
    options = DataQualityOptions.model_validate({"comparison_method": method})
    files = KIND.suggest(batch(NUMBERS), options)
    comparison = files["constraints"]["monitoring_config"]["distribution_constraints"]
    assert comparison["comparison_method"] == method
    monitor = KIND.load(files, DataQualityOptions())
    shifted = ", ".join(f"({i % 10 + 5})" for i in range(200))
    same, other = (monitor.check(monitor.observe(batch(v))) for v in (NUMBERS, shifted))
    assert "baseline_drift_check" not in checks(same)
    assert "baseline_drift_check" in checks(other)


def test_a_method_that_is_not_known_is_told() -> None:
    files = KIND.suggest(batch(NUMBERS), DataQualityOptions())
    comparison = files["constraints"]["monitoring_config"]["distribution_constraints"]
    comparison["comparison_method"] = "Other"
    with pytest.raises(InvalidBaseline, match="'Other'; expected one of Robust, Simple"):
        KIND.load(files, DataQualityOptions())


def test_texts_have_a_mean_length_and_a_share_that_was_not_seen() -> None:
    before = duckdb.sql("SELECT unnest(['on', 'off', 'on', 'off']) AS state")
    after = duckdb.sql("SELECT unnest(['on', 'off', 'broken', NULL, 'on']) AS state")
    statistics, constraints = suggest(Batch(relation=before))
    monitor = KIND.load(
        {"statistics": statistics, "constraints": constraints}, DataQualityOptions()
    )
    reports = monitor.check(monitor.observe(Batch(relation=after))).reports
    (feature,) = reports["statistics"]["features"]
    assert feature["string_statistics"]["terrace"] == {"mean_length": 13 / 4, "unseen": 1 / 4}
