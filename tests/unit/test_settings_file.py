from pathlib import Path

import pytest

from terrace.settings import Settings
from terrace.settings_file import InvalidSettings, load

GOOD = """\
tenants:
  - name: north
    models:
      - name: tool-wear
        source: examples/cnc-mill
        label: tool_condition
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "terrace.yaml"
    path.write_text(text)
    return path


def mistakes(folder: Path, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(InvalidSettings) as refused:
        load(written(folder, text))
    return [(problem.line, problem.key, problem.message) for problem in refused.value.problems]


def test_a_good_file_gives_settings_with_the_level_laid_under(tmp_path: Path) -> None:
    settings = load(written(tmp_path, GOOD))
    model = settings.tenants[0].models[0]
    assert settings.tenants[0].log_retention_days == 90
    assert list(model.monitors.chosen()) == ["data-quality"]


def test_a_tenant_overrides_a_field_of_its_level_and_keeps_the_others(tmp_path: Path) -> None:
    text = GOOD + "        monitors: {data-quality: {drift_threshold: 0.3}}\n"
    monitor = load(written(tmp_path, text)).tenants[0].models[0].monitors.chosen()["data-quality"]
    assert (monitor.drift_threshold, monitor.schedule) == (0.3, "rate(1 hour)")


def test_null_switches_a_monitor_off(tmp_path: Path) -> None:
    text = GOOD + "        monitors: {data-quality: null}\n"
    assert load(written(tmp_path, text)).tenants[0].models[0].monitors.chosen() == {}


def test_every_mistake_is_told_at_once_with_its_line_and_key(tmp_path: Path) -> None:
    text = """\
platform:
  repositry: a/b
tenants:
  - name: a--b
    level: huge
    models:
      - {name: m, source: 3, label: y, endpoint: {min_instances: "3"}}
      - {name: m, source: x, label: y}
  - name: a--b
    models: []
"""
    assert mistakes(tmp_path, text) == [
        (
            2,
            "platform.repositry",
            "unknown key (did you mean repository?); "
            "allowed here: repository, environment, subscriptions, github_oidc_provider, "
            "api_gateway_log_role, quotas",
        ),
        (
            4,
            "tenants[0].name",
            "got 'a--b'; expected lower-case letters, digits and single hyphens, "
            "starting with a letter (AWS names are built from it)",
        ),
        (5, "tenants[0].level", "got 'huge'; expected 'lightweight', 'smb' or 'enterprise'"),
        (
            7,
            "tenants[0].models[0].endpoint.min_instances",
            "got '3'; expected a valid integer",
        ),
        (7, "tenants[0].models[0].source", "got 3; expected a valid string"),
        (
            8,
            "tenants[0].models[1].name",
            "got 'm', which line 7 has already; names must differ",
        ),
        (
            9,
            "tenants[1].name",
            "got 'a--b', which line 4 has already; names must differ",
        ),
        (
            9,
            "tenants[1].name",
            "got 'a--b'; expected lower-case letters, digits and single hyphens, "
            "starting with a letter (AWS names are built from it)",
        ),
        (10, "tenants[1].models", "got []; expected at least 1"),
    ]


def test_a_list_with_refused_items_is_not_also_called_short(tmp_path: Path) -> None:
    keys = [key for _, key, _ in mistakes(tmp_path, "tenants:\n  - {name: UPPER}\n")]
    assert keys == ["tenants[0].models", "tenants[0].name"]


@pytest.mark.parametrize(
    ("text", "line", "fragment"),
    [
        ("", 1, "is empty"),
        ("# only a remark\n", 1, "is empty"),
        ("- 1\n", 1, "expected keys: platform, tenants"),
        ("tenants: [\n", 2, "is not valid YAML"),
        ("tenants: []\ntenants: []\n", 2, "key 'tenants' is given twice"),
    ],
)
def test_a_file_that_is_no_settings_at_all_is_one_message(
    tmp_path: Path, text: str, line: int, fragment: str
) -> None:
    ((told_line, key, message),) = mistakes(tmp_path, text)
    assert (told_line, key) == (line, "")
    assert fragment in message


def test_an_absent_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("protocol", "endpoint"),
    [("email", "nobody"), ("https", "http://example.com"), ("sqs", "queue"), ("lambda", "f")],
)
def test_a_subscription_whose_endpoint_does_not_fit_is_refused(
    tmp_path: Path, protocol: str, endpoint: str
) -> None:
    text = GOOD + f"    subscriptions: [{{protocol: {protocol}, endpoint: '{endpoint}'}}]\n"
    ((line, key, message),) = mistakes(tmp_path, text)
    assert (line, key) == (7, "tenants[0].subscriptions[0]")
    assert f"does not fit protocol {protocol}" in message


def test_a_name_of_terraces_own_is_refused(tmp_path: Path) -> None:
    ((_, key, message),) = mistakes(tmp_path, GOOD.replace("north", "platform"))
    assert key == "tenants[0].name"
    assert "Terrace's own" in message


def test_a_threshold_without_a_bound_is_refused(tmp_path: Path) -> None:
    text = GOOD + "        gate: [{split: random, metric: mcc}]\n"
    ((_, key, message),) = mistakes(tmp_path, text)
    assert key == "tenants[0].models[0].gate[0]"
    assert "needs a minimum, a maximum or both" in message


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(written(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        settings.tenants = ()  # type: ignore[misc]


def test_the_schema_names_every_key_of_the_file() -> None:
    schema = Settings.model_json_schema(by_alias=True)
    assert set(schema["properties"]) == {"platform", "tenants"}
    assert "data-quality" in schema["$defs"]["Monitors"]["properties"]


@pytest.mark.parametrize(
    ("links", "told"),
    [
        ("{people: []}", "at least 1"),
        ("{people: [{email: ada}]}", "email"),
        ("{people: [{email: ada@x.org, principal: ada}]}", "principal"),
        ("{people: [{email: ada@x.org}, {email: ADA@x.org}]}", "expected each of them once"),
        (
            "{people: [" + ", ".join(f"{{email: {'a' * 180}{n}@x.org}}" for n in range(9)) + "]}",
            "at most 1500",
        ),
        ("{hours: 0, people: [{email: ada@x.org}]}", "hours"),
    ],
)
def test_approvers_by_link_are_told_apart(tmp_path: Path, links: str, told: str) -> None:
    text = GOOD.replace("    models:", f"    approval_links: {links}\n    models:")
    found = mistakes(tmp_path, text)
    assert any(told in f"{key} {message}" for _, key, message in found), found


def test_of_two_approvers_by_link_it_must_be_known_who_they_are(tmp_path: Path) -> None:
    links = "{people: [{email: ada@x.org}]}"
    text = GOOD.replace(
        "    models:", f"    approvers: 2\n    approval_links: {links}\n    models:"
    )
    ((_, _, message),) = mistakes(tmp_path, text)
    assert "ada@x.org without a principal" in message
    load(
        written(
            tmp_path,
            text.replace("x.org}", 'x.org, principal: "arn:aws:iam::123456789012:user/ada"}'),
        )
    )
