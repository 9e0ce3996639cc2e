import json
from typing import Any
from urllib.parse import unquote

import pytest

from lambdas.monitor.telemetry import Measured, emit, spelled


def emitted(capsys: pytest.CaptureFixture[str], measured: Measured) -> list[dict[str, Any]]:
    emit(measured, tenant="north", model="tool-wear", monitor="data-quality")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_counts_are_metrics_of_tenant_model_and_monitor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    [line] = emitted(capsys, Measured(records=500, quarantined=2, violations=0))

    [metrics] = line["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "Terrace"
    assert metrics["Dimensions"] == [["Tenant", "Model", "Monitor"]]
    assert {metric["Name"] for metric in metrics["Metrics"]} == {
        "Records",
        "Quarantined",
        "Violations",
    }
    assert (line["Tenant"], line["Model"], line["Monitor"]) == (
        "north",
        "tool-wear",
        "data-quality",
    )
    assert (line["Records"], line["Quarantined"], line["Violations"]) == ([500], [2], [0])


def test_the_twenty_worst_features_are_metrics_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    distances = {f"f{number:02}": number / 100 for number in range(48)}

    lines = emitted(capsys, Measured(records=1, quarantined=0, violations=0, figures=distances))[1:]

    assert [line["Feature"] for line in lines] == [f"f{number:02}" for number in range(47, 27, -1)]
    assert lines[0]["Value"] == [0.47]
    assert lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [
        ["Tenant", "Model", "Monitor", "Feature"]
    ]


def test_what_is_violated_is_among_the_worst_however_small_its_figure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = {f"f{number:02}": 1.0 for number in range(30)} | {"ndcg label0": 0.5}
    measured = Measured(
        records=1,
        quarantined=0,
        violations=1,
        figures=figures,
        violated=frozenset({"ndcg label0"}),
    )
    assert emitted(capsys, measured)[1]["Feature"] == "ndcg label0"


ODD = ["speed", "air temp [K]", "Größe", "größe", "日本", "a%41", "aA", "50%", "", " ", "  ",
       "a\nb", "\x7f", ":x", "é", "e\u0301", "\U0001f600", "x" * 1024,
       "ü" * 2000, "ü" * 2001]  # fmt: skip


def test_a_name_that_cloudwatch_does_not_take_is_percent_encoded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured = Measured(records=1, quarantined=0, violations=0, figures={"Größe [%]": 0.5})
    assert emitted(capsys, measured)[1]["Feature"] == "Gr%C3%B6%C3%9Fe [%25]"
    assert spelled("air temp [K]") == "air temp [K]"


def test_the_values_of_a_dimension_are_those_that_cloudwatch_takes_and_no_two_are_one() -> None:
    values = [spelled(name) for name in ODD]
    assert len(set(values)) == len(ODD)
    for name, value in zip(ODD, values, strict=True):
        assert value.isascii()
        assert value.isprintable()
        assert value.strip()
        assert len(value) <= 1024
        if name and len(name) < 1025:
            assert unquote(value) == name
