"""Model Monitor's baseline files: each key is honoured, or refused by its name."""

import math
from typing import Any

import duckdb
import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency

from terrace.batch import Batch
from terrace.monitor import Result
from terrace.monitors.chi_squared import beyond
from terrace.monitors.data_quality import KIND, DataQualityOptions
from terrace.monitors.data_quality.comparison import Comparison, chi_squared
from terrace.monitors.data_quality.monitoring import InvalidBaseline

Config = dict[str, Any]
COLUMNS = ("n", "t")


def batch(numbers: list[float | None], texts: list[str | None]) -> Batch:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (n DOUBLE, t VARCHAR)")
    rows = list(zip(numbers, texts, strict=True))
    connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    return Batch(relation=connection.table("t"))


def buckets(bounds: list[float], counts: list[int]) -> list[dict[str, float]]:
    return [
        {"lower_bound": low, "upper_bound": high, "count": float(count)}
        for low, high, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
    ]


def files(**config: Any) -> Config:
    """A baseline of a number, evenly from 0 to 10, and of a text, `a` or `b`."""
    common = {"num_present": 100, "num_missing": 0}
    kll = {"buckets": buckets([float(x) for x in range(11)], [10] * 10)}
    categories = {"buckets": [{"value": name, "count": 50} for name in "ab"]}
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": 100},
        "features": [
            {"name": "n", "inferred_type": "Fractional",
             "numerical_statistics": {"common": common, "distribution": {"kll": kll}}},
            {"name": "t", "inferred_type": "String",
             "string_statistics": {"common": common, "distribution": {"categorical": categories}}},
        ],
    }  # fmt: skip
    constraints = {
        "version": 0.0,
        "features": [
            {"name": "n", "inferred_type": "Fractional", "completeness": 1.0,
             "num_constraints": {"is_non_negative": True}},
            {"name": "t", "inferred_type": "String", "completeness": 1.0,
             "string_constraints": {"domains": ["a", "b"]}},
        ],
        "monitoring_config": config,
    }  # fmt: skip
    return {"statistics": statistics, "constraints": constraints}


def checked(made: Config, window: Batch, **options: Any) -> Result:
    monitor = KIND.load(made, DataQualityOptions.model_validate(options))
    return monitor.check(monitor.observe(window))


def violated(result: Result) -> set[tuple[str, str]]:
    return {(v.feature, v.check.removesuffix("_check")) for v in result.violations}


SAME = batch([i % 10 + 0.5 for i in range(100)], ["a", "b"] * 50)
SHIFTED = batch([-1.0] * 100, ["a"] * 80 + ["c"] * 20)
ALL = {("n", "non_negative"), ("n", "baseline_drift"), ("t", "categorical_values"),
       ("t", "baseline_drift")}  # fmt: skip


def test_a_baseline_of_model_monitor_finds_what_changed() -> None:
    assert violated(checked(files(), SAME)) == set()
    assert violated(checked(files(), SHIFTED)) == ALL


def test_evaluation_switched_off_for_all_leaves_nothing_to_compare_and_says_so() -> None:
    result = checked(files(evaluate_constraints="Disabled"), SHIFTED)
    assert result.violations == ()
    assert (result.compared.count, result.compared.of) == (0, 0)
    assert set(result.compared.reasons) == {"n", "t"}


@pytest.mark.parametrize("key", ["monitoring_config_overrides", "monitoringConfigOverrides"])
@pytest.mark.parametrize("within", [None, "num_constraints"])
def test_one_feature_is_switched_off_wherever_the_override_stands(
    key: str, within: str | None
) -> None:
    made = files()
    feature = made["constraints"]["features"][0]
    holder = feature if within is None else feature[within]
    holder[key] = {"evaluate_constraints": "Disabled"}
    assert {feature for feature, _ in violated(checked(made, SHIFTED))} == {"t"}
    without = Batch(relation=duckdb.sql("SELECT unnest(['a', 'b']) AS t"))
    assert violated(checked(made, without)) == set()


def test_one_feature_is_switched_on_while_all_others_are_off() -> None:
    made = files(evaluate_constraints="Disabled")
    enabled = {"evaluate_constraints": "Enabled"}
    made["constraints"]["features"][1]["string_constraints"]["monitoring_config_overrides"] = (
        enabled
    )
    assert {feature for feature, _ in violated(checked(made, SHIFTED))} == {"t"}


def test_an_override_has_thresholds_of_its_own() -> None:
    made = files()
    made["constraints"]["features"][0]["monitoringConfigOverrides"] = {
        "distribution_constraints": {"comparison_threshold": 1.0}
    }
    assert ("n", "baseline_drift") not in violated(checked(made, SHIFTED))
    assert ("t", "baseline_drift") in violated(checked(made, SHIFTED))
    assert ("n", "baseline_drift") in violated(checked(made, SHIFTED, drift_threshold=0.1))


def test_metrics_that_are_not_to_be_emitted_have_no_figure() -> None:
    made = files()
    made["constraints"]["features"][0]["monitoringConfigOverrides"] = {"emit_metrics": "Disabled"}
    result = checked(made, SHIFTED)
    assert result.figures.keys() == {"t"}
    assert violated(result) == ALL


def test_texts_have_a_threshold_of_their_own() -> None:
    window = batch([i % 10 + 0.5 for i in range(100)], ["a"] * 90 + ["b"] * 10)
    told = {"comparison_method": "Simple", "comparison_threshold": 0.1}
    assert violated(checked(files(distribution_constraints=told), window)) == {
        ("t", "baseline_drift")
    }
    told |= {"categorical_comparison_threshold": 0.5}
    assert violated(checked(files(distribution_constraints=told), window)) == set()


def test_texts_may_be_compared_by_the_chi_squared_test() -> None:
    told = {"categorical_drift_method": "ChiSquared", "categorical_comparison_threshold": 0.01}
    made = files(distribution_constraints=told)
    other = batch([i % 10 + 0.5 for i in range(100)], ["a"] * 75 + ["b"] * 25)
    assert violated(checked(made, SAME)) == set()
    (violation,) = checked(made, other).violations
    expected = chi2_contingency([[75, 25], [50, 50]], correction=False).pvalue
    assert violation.value == pytest.approx(expected)
    assert violation.threshold == 0.01
    assert "is below threshold" in violation.description


def test_rare_categories_are_taken_together_by_the_chi_squared_test() -> None:
    of = Comparison(ours=[40, 55, 1, 2, 2, 0], theirs=[50, 50, 3, 0, 1, 6])
    expected = chi2_contingency([[40, 55, 5], [50, 50, 10]], correction=False).pvalue
    assert chi_squared(of) == pytest.approx(expected)


@pytest.mark.parametrize("degrees", [1, 2, 7, 50, 300])
def test_the_chi_squared_distribution_is_scipys(degrees: int) -> None:
    for statistic in (0.0, 1e-9, 0.5, 1.0, degrees * 0.9, degrees * 1.0, degrees * 3.0, 2000.0):
        assert beyond(statistic, degrees) == pytest.approx(chi2.sf(statistic, degrees), abs=1e-12)


@pytest.mark.parametrize("name", ["linf_simple", "linf_robust", "Simple", "Robust"])
def test_methods_have_the_names_that_the_page_gives_them(name: str) -> None:
    told = {"comparison_method": name}
    figure = checked(files(distribution_constraints=told), SHIFTED).figures["n"]
    assert figure == pytest.approx(1.0 if "imple" in name else 1 - 1.8 * math.sqrt(1 / 50))


def test_the_switches_and_thresholds_of_the_whole_file_hold() -> None:
    told = {"perform_comparison": "Disabled"}
    result = checked(files(distribution_constraints=told), SHIFTED)
    assert ("n", "baseline_drift") not in violated(result)
    assert any("perform_comparison is Disabled" in note for note in result.notes)
    window = batch([i % 10 + 0.5 for i in range(100)], ["a"] * 50 + ["b"] * 45 + ["c"] * 5)
    assert violated(checked(files(domain_content_threshold=0.9), window)) == set()
    assert violated(checked(files(), window)) == {("t", "categorical_values")}


@pytest.mark.parametrize(
    ("where", "key", "value", "message"),
    [
        ("config", "evaluate_constraints", "disabled", "'disabled'; expected Enabled or Disabled"),
        ("config", "evaluate_constraint", "Disabled", "monitoring_config has evaluate_constraint"),
        ("config", "datatype_check_threshold", math.nan, "expected a number from 0 to 1"),
        ("config", "domain_content_threshold", True, "expected a number from 0 to 1"),
        ("distribution", "categorical_drift_method", "KS", "one of LInfinity, ChiSquared"),
        ("distribution", "comparison_method", "L1", "one of Robust, Simple"),
        ("distribution", "comparison_threshold", "high", "expected a number, 0 or greater"),
        ("distribution", "threshold", 0.1, "distribution_constraints has threshold"),
        ("feature", "max_value", 10, "n has max_value"),
        ("feature", "completeness", math.nan, "completeness got nan"),
        ("feature", "inferred_type", "Date", "'Date'; expected one of Integral"),
        ("feature", "monitoringConfigOverrides", {"skip": 1}, "monitoringConfigOverrides has skip"),
        ("numbers", "is_non_negative", "yes", "expected true or false"),
        ("numbers", "max", 3, "num_constraints has max"),
        ("file", "custom", {}, "the file has custom"),
    ],
)
def test_what_is_not_known_is_refused_by_name(
    where: str, key: str, value: Any, message: str
) -> None:
    made = files(distribution_constraints={})
    constraints = made["constraints"]
    holders = {
        "file": constraints,
        "config": constraints["monitoring_config"],
        "distribution": constraints["monitoring_config"]["distribution_constraints"],
        "feature": constraints["features"][0],
        "numbers": constraints["features"][0]["num_constraints"],
    }
    holders[where][key] = value
    with pytest.raises(InvalidBaseline, match=message):
        KIND.load(made, DataQualityOptions())


def with_buckets(bounds: list[Any], counts: list[int]) -> Config:
    made = files(distribution_constraints={"comparison_method": "Simple"})
    numbers = made["statistics"]["features"][0]["numerical_statistics"]
    numbers["distribution"]["kll"]["buckets"] = buckets(bounds, counts)
    return made


def test_the_lower_bound_of_a_bucket_belongs_to_it_and_of_the_last_both_do() -> None:
    made = with_buckets([0.0, 1.0, 2.0, 3.0], [10, 20, 70])
    window = batch([0.0] * 10 + [1.0] * 20 + [2.0] * 30 + [3.0] * 40, ["a", "b"] * 50)
    assert checked(made, window).figures["n"] == 0.0


@pytest.mark.parametrize("moved", [4.0, 6.0, math.nextafter(5.0, 0.0), -math.inf])
def test_a_constant_of_model_monitors_that_moves_is_drift(moved: float) -> None:
    made = with_buckets([5.0] * 11, [0] * 9 + [100])
    same = checked(made, batch([5.0] * 100, ["a", "b"] * 50))
    assert same.figures["n"] == 0.0
    assert checked(made, batch([moved] * 100, ["a", "b"] * 50)).figures["n"] == 1.0


def test_buckets_without_bounds_are_those_of_a_column_without_numbers() -> None:
    result = checked(with_buckets([math.nan] * 3, [0, 0]), SAME)
    assert result.figures["n"] is None
    assert any(note.startswith("n: the baseline has no histogram") for note in result.notes)


@pytest.mark.parametrize(("bounds", "counts"), [([3.0, 2.0, 1.0], [1, 1]), ([0.0, 1.0], [-1])])
def test_a_histogram_that_is_none_is_refused(bounds: list[Any], counts: list[int]) -> None:
    with pytest.raises(InvalidBaseline, match="n: its histogram cannot be read"):
        KIND.load(with_buckets(bounds, counts), DataQualityOptions())


def test_values_that_the_file_does_not_list_are_no_drift_where_they_came_before() -> None:
    made = files(domain_content_threshold=0.0)
    texts = made["statistics"]["features"][1]["string_statistics"]
    texts["common"]["num_present"] = 200  # of which the file lists a hundred
    window = batch([i % 10 + 0.5 for i in range(100)], ["a", "b", "x", "y"] * 25)
    assert violated(checked(made, window)) == set()


def test_free_texts_are_said_to_be_compared_by_their_lengths() -> None:
    texts = batch([1.0] * 300, [f"text {i}" for i in range(300)])
    made = KIND.suggest(texts, DataQualityOptions())
    result = checked(made, texts)
    assert result.notes == ("t: it is a free text, so the distance is that of its lengths",)
    assert (result.compared.count, result.compared.of) == (2, 2)


def test_a_window_of_other_columns_is_no_pass() -> None:
    made = files()
    for feature in made["constraints"]["features"]:
        feature["completeness"] = None
    nothing = batch([None] * 50, [None] * 50)
    assert [v.check for v in checked(made, nothing).violations] == ["comparison_check"]


def test_many_categories_are_compared_whatever_their_order() -> None:
    rng = np.random.default_rng(0)
    texts = [f"c{place}" for place in rng.integers(0, 150, 3000)]
    made = KIND.suggest(batch([1.0] * 3000, list(texts)), DataQualityOptions())
    assert checked(made, batch([1.0] * 3000, texts[::-1])).violations == ()
