"""Levels as data, kinds of endpoints, and what does not go together."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from terrace.endpoint_settings import (
    KINDS,
    Asynchronous,
    Lambda,
    MultiModel,
    RealTime,
    Serverless,
    longest_rollout,
)
from terrace.impossible import IMPOSSIBLE, why_not
from terrace.levels import LEVELS, laid_under
from terrace.model_settings import Model
from terrace.rollout_settings import BlueGreen
from terrace.settings import Tenant
from terrace.settings_file import InvalidSettings, load

MODEL = {"name": "m", "source": "examples/cnc-mill", "label": "y"}
FILE = """\
tenants:
  - name: a
    level: {level}
    models:
      - name: m
        source: examples/cnc-mill
        label: y
        endpoint: {endpoint}
"""


def tenant(level: str, **model: object) -> Tenant:
    return Tenant.model_validate({"name": "a", "level": level, "models": [MODEL | model]})


def refused(folder: Path, level: str, endpoint: str) -> str:
    path = folder / "terrace.yaml"
    path.write_text(FILE.format(level=level, endpoint=endpoint))
    with pytest.raises(InvalidSettings) as told:
        load(path)
    (problem,) = told.value.problems
    assert problem.line == 8
    return str(problem)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_a_tenant_that_may_be(level: str) -> None:
    (model,) = tenant(level).models
    assert "data-quality" in model.monitors.chosen()


def test_a_level_decides_how_a_model_is_served_and_watched() -> None:
    (light,), (team,) = tenant("lightweight").models, tenant("smb").models
    assert isinstance(light.endpoint, Lambda)
    assert light.monitors.chosen()["data-quality"].schedule == "rate(1 day)"
    assert isinstance(team.endpoint, RealTime)
    assert team.endpoint.rollout.traffic == "canary"
    assert team.monitors.chosen()["data-quality"].schedule == "rate(1 hour)"


def test_a_monitor_that_the_file_adds_runs_when_the_level_says() -> None:
    (model,) = tenant("lightweight", monitors={"cardinality": {}}).models
    assert model.monitors.chosen()["cardinality"].schedule == "rate(1 day)"


def test_any_field_is_overridden_and_the_rest_stays() -> None:
    (model,) = tenant("lightweight", endpoint={"rollout": {"wait_minutes": 10}}).models
    assert isinstance(model.endpoint, Lambda)
    assert (model.endpoint.rollout.traffic, model.endpoint.rollout.wait_minutes) == ("canary", 10)


def test_another_kind_takes_nothing_of_the_levels_own() -> None:
    (model,) = tenant("lightweight", endpoint={"kind": "serverless"}).models
    assert model.endpoint == Serverless(kind="serverless")
    assert laid_under({"kind": "a", "x": 1}, {"kind": "b"}) == {"kind": "b"}
    assert laid_under({"kind": "a", "x": 1}, {"y": 2}) == {"kind": "a", "x": 1, "y": 2}


def test_an_asynchronous_endpoint_has_no_instance_while_nothing_waits() -> None:
    (model,) = tenant("enterprise", endpoint={"kind": "asynchronous"}).models
    assert isinstance(model.endpoint, Asynchronous)
    assert (model.endpoint.min_instances, model.endpoint.shadow) == (0, None)


def test_models_of_one_endpoint_have_one_container() -> None:
    shared = MODEL | {"endpoint": {"kind": "multi-model"}}
    given = {"name": "a", "models": [shared, shared | {"name": "other"}]}
    found = Tenant.model_validate(given | {"multi_model": {"max_instances": 5}})
    assert [model.name for model in found.on_one_endpoint] == [MODEL["name"], "other"]
    assert (found.multi_model.min_instances, found.multi_model.max_instances) == (1, 5)
    given["models"] = [shared, shared | {"name": "other", "source": "elsewhere"}]
    with pytest.raises(ValueError, match="other has elsewhere") as refused:
        Tenant.model_validate(given)
    assert "multi-model-endpoints.html" in str(refused.value)


def test_a_multi_model_endpoint_has_an_instance_at_least() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Tenant.model_validate({"name": "a", "models": [MODEL], "multi_model": {"min_instances": 0}})


@pytest.mark.parametrize(
    ("rollout", "minutes"),
    [
        ({}, 3),
        ({"traffic": "canary", "wait_minutes": 5}, 8),
        ({"traffic": "linear", "percent": 30, "wait_minutes": 2, "bake_minutes": 0}, 8),
    ],
)
def test_how_long_old_and_new_are_beside_each_other(
    rollout: dict[str, object], minutes: int
) -> None:
    found = BlueGreen.model_validate(rollout)
    assert found.lasts == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("endpoint", "hours"),
    [
        ({"min_instances": 2, "rollout": {"traffic": "linear", "wait_minutes": 41}}, 2 * 7.883),
        ({"rollout": {"bake_minutes": 60}}, 2 * 2),
        ({"shadow": {}, "rollout": {"bake_minutes": 0}}, 3),
        ({"ab_test": {}, "shadow": {}, "rollout": {"bake_minutes": 0}}, 5),
        ({"kind": "lambda", "rollout": {"traffic": "linear", "wait_minutes": 11}}, 2 * 2),
        ({"kind": "serverless"}, 2),
    ],
)
def test_the_longest_way_there_and_back_follows_from_the_rollout(
    endpoint: dict[str, Any], hours: float
) -> None:
    monitors = {"model-quality": {"problem": "binary", "positive": "a"}}
    given = MODEL | {"endpoint": endpoint, "monitors": monitors}
    found = longest_rollout(Model.model_validate(given).endpoint)
    assert found.total_seconds() == pytest.approx(3600 * hours, rel=1e-3)


def test_without_a_kind_an_endpoint_is_real_time() -> None:
    model = Model.model_validate(MODEL | {"endpoint": {"min_instances": 2}})
    assert isinstance(model.endpoint, RealTime)


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for one in IMPOSSIBLE for kind in one.kinds for key in one.keys]
)
def test_what_does_not_go_together_is_refused_with_the_reason_and_awss_rule(
    tmp_path: Path, kind: str, key: str
) -> None:
    told = refused(tmp_path, "smb", f"{{kind: {kind}, {key}: 1}}")
    why = why_not(kind, key)
    assert why
    assert f"endpoint.{key}: impossible with kind {kind}" in told
    assert why.reason in told
    assert why.source.startswith("https://docs.aws.amazon.com/")
    assert why.source in told


def test_what_is_impossible_is_no_key_of_the_kind() -> None:
    kinds = (RealTime, Asynchronous, MultiModel, Serverless, Lambda)
    fields = {kind.model_fields["kind"].annotation: kind for kind in kinds}
    assert len(fields) == len(KINDS)
    for one in IMPOSSIBLE:
        for kind in one.kinds:
            (found,) = [cls for name, cls in fields.items() if kind in str(name)]
            assert not set(one.keys) & set(found.model_fields)


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("{kind: real-time, min_instances: 0}", "inference components"),
        ("{kind: real-time, rollout: {traffic: canary}}", "at least 2 instances"),
        ("{kind: asynchronous, rollout: {traffic: canary}}", "at least 2 instances"),
        ("{kind: asynchronous, max_instances: 0}", "expected"),
        ("{kind: asynchronous, min_instances: 3}", "expected at least as many"),
        ("{rollout: {traffic: linear, percent: 3}}", "expected 10 to 50"),
        # SageMaker ends a deployment after eight hours.
        (
            "{kind: real-time, min_instances: 2, rollout: {traffic: linear, wait_minutes: 60}}",
            "603 minutes; expected at most 420 minutes",
        ),
        (
            "{kind: asynchronous, min_instances: 2, max_instances: 3, "
            "rollout: {traffic: linear, wait_minutes: 42}}",
            "MaximumExecutionTimeoutInSeconds",
        ),
        # CloudFormation ends the update of an alias after two.
        (
            "{kind: lambda, rollout: {traffic: linear, percent: 10, wait_minutes: 12}}",
            "120 minutes; expected at most 110 minutes",
        ),
        (
            "{kind: multi-model, rollout: {traffic: linear, percent: 50, wait_minutes: 56}}",
            "AWS::Lambda::Alias",
        ),
        ("{kind: tin-can}", "expected one of real-time, asynchronous, multi-model,"),
        ("{memory: 3}", "did you mean memory_mb?"),
        ("{kind: real-time, rollout: {bake: 1}}", "allowed here: traffic, percent, wait_minutes"),
        ("3", "got 3"),
    ],
)
def test_a_mistake_in_an_endpoint_is_told_where_it_is(
    tmp_path: Path, endpoint: str, told: str
) -> None:
    assert told in refused(tmp_path, "lightweight", endpoint)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"approvers": 1}, "approvers got 1; expected 2 or more"),
        ({"network": None}, "network got None"),
        ({"permission_boundary": False}, "permission_boundary got False"),
    ],
)
def test_less_than_a_level_promises_is_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        Tenant.model_validate({"name": "a", "level": "enterprise", "models": [MODEL], **given})
    assert "or another level than enterprise" in str(refused.value)
    Tenant.model_validate({"name": "a", "level": "smb", "models": [MODEL], **given})


def test_more_than_a_level_gives_may_be_had_on_any() -> None:
    found = Tenant.model_validate(
        {"name": "a", "level": "lightweight", "models": [MODEL], "approvers": 2, "network": {}}
    )
    assert found.network
    assert found.approvers == 2


def test_a_serverless_endpoint_is_in_no_network() -> None:
    serverless = MODEL | {"endpoint": {"kind": "serverless"}}
    with pytest.raises(ValueError, match="cannot be in a network") as refused:
        Tenant.model_validate({"name": "a", "level": "enterprise", "models": [serverless]})
    assert "serverless-endpoints.html" in str(refused.value)


def test_a_shadow_test_wants_everything_captured() -> None:
    with pytest.raises(ValueError, match="expected 100"):
        tenant("enterprise", capture={"sampling_percentage": 50})
