"""YAML that means something else: what is typed is what is read."""

from pathlib import Path

import pytest

from terrace.errors import TerraceError
from terrace.settings_file import load
from terrace.yaml_lines import parse

FILE = """
platform: {{repository: example/repo}}
tenants:
  - name: bank
    models:
      - name: loans
        source: examples/cnc-mill
        label: granted
        monitors:
          model-quality: {{problem: binary, positive: {positive}}}
"""


# Case 26: ASFHyP3/hyp3 2061, sdparekh/zUMIs 116.
@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y"), ("010", "010"),
        ("12:30", "12:30"), ("18_24", "18_24"), ("1_1", "1_1"), ("0x1F", "0x1F"), ("0o14", "0o14"),
        ("1_000.5", "1_000.5"), ("190:20:30.15", "190:20:30.15"), ("2024-01-31", "2024-01-31"),
        ("1.0", "1"), ("1", "1"), ('"no"', "no"), ("'010'", "010"), ("true", "true"),
        ("007", "007"), ("+", "+"), ("=", "="),
    ],
)  # fmt: skip
def test_a_value_is_the_text_that_was_typed(tmp_path: Path, typed: str, read: str) -> None:
    path = tmp_path / "terrace.yaml"
    path.write_text(FILE.format(positive=typed))
    ((model,),) = [tenant.models for tenant in load(path).tenants]
    chosen = model.monitors.chosen()["model-quality"]
    assert getattr(chosen, "positive") == read  # noqa: B009  # made of the monitor's options


@pytest.mark.parametrize(
    ("typed", "value"),
    [("5", 5), ("-5", -5), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("1e3", 1000.0), ("~", None),
     ("", None), ("null", None), ("True", True), ("false", False), (".inf", float("inf"))],
)  # fmt: skip
def test_numbers_booleans_and_nothing_are_what_they_are(typed: str, value: object) -> None:
    (found, _) = parse(f"key: {typed}\n")
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("attributes: {features: 'body['}", "is no JMESPath"),
        ("attributes: {probability: out.p}", "expected places of what a monitor"),
        ("attributes: {inference: out.p}\n        outputs: [p]", "expected one of them"),
        ("attributes: {features: body.x, inference: 'out[*].label'}", ""),
    ],
)
def test_a_place_in_json_is_one_that_a_monitor_reads(
    tmp_path: Path, settings: str, words: str
) -> None:
    path = tmp_path / "terrace.yaml"
    path.write_text(FILE.format(positive="yes") + f"        {settings}\n")
    if not words:
        ((model,),) = [tenant.models for tenant in load(path).tenants]
        assert model.attributes
        assert model.attributes.features == "body.x"
        return
    with pytest.raises(TerraceError, match=words):
        load(path)
