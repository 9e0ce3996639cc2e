"""Tenants that are alike are synthesized once, and come out as if each had been."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.alike import alike
from stacks.application import App, build, synthesize
from stacks.models import SourceMissing
from terrace.settings import Settings
from terrace.settings_file import load
from tests.stacks.conftest import CONTEXT, ROOT, synthesized

# What the CDK's command line adds.
COMMAND_LINE = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True}

# As unlike each other as names are; one of them is a word of every template.
NAMES = ("a", "zz-9", "model", "s3")
LEVELS = ("lightweight", "smb", "enterprise")


def subscriptions(name: str) -> list[dict[str, str]]:
    return [
        {"protocol": "email", "endpoint": f"{name}@example.com"},
        {"protocol": "https", "endpoint": f'https://example.com/{name}?say="hello"'},
    ]


def kinds(tenant: dict[str, Any], name: str) -> dict[str, Any]:
    """A tenant with an endpoint of each of the other kinds."""
    (model,) = tenant["models"]
    plain = {key: model[key] for key in ("source", "label")}
    models = [
        plain | {"name": f"m-{kind}", "endpoint": {"kind": kind}}
        for kind in ("asynchronous", "multi-model", "serverless")
    ]
    told = {"name": f"{name}-k", "subscriptions": subscriptions(name), "models": models}
    return tenant | told


@pytest.fixture(scope="module")
def settings() -> Settings:
    """Some tenants of each level that differ by name and subscribers, and one that is alone."""
    shipped = load(ROOT / "terrace.yaml").model_dump(mode="json", by_alias=True, exclude_none=True)
    tenants = [
        tenant
        | {"name": f"{name}-{place}" if place else name, "subscriptions": subscriptions(name)}
        for place, tenant in enumerate(shipped["tenants"])
        for name in NAMES
    ]
    tenants += [kinds(shipped["tenants"][0], name) for name in NAMES]
    alone = shipped["tenants"][0] | {"name": "alone", "log_retention_days": 30}
    platform = {"quotas": {"vpcs": 100, "iam_roles": 5000}}
    return Settings.model_validate({"platform": platform, "tenants": [*tenants, alone]})


@pytest.fixture(scope="module")
def each(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every tenant synthesized by itself."""
    folder = tmp_path_factory.mktemp("each")
    app = App(analytics_reporting=False, outdir=str(folder), context=CONTEXT | COMMAND_LINE)
    build(app, settings, ROOT, tenants=settings.tenants)
    app.synth()
    return folder


@pytest.fixture(scope="module")
def once(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `cdk synth` does it."""
    return synthesize(
        settings, ROOT, outdir=str(tmp_path_factory.mktemp("once")), context=CONTEXT | COMMAND_LINE
    )


def test_those_alike_have_one_stand_in(settings: Settings) -> None:
    groups = alike(settings.tenants)
    assert [len(group.tenants) for group in groups] == [len(NAMES)] * (len(LEVELS) + 1) + [1]
    assert groups[-1].synthesized.name == "alone"
    text = settings.model_dump_json()
    assert not any(group.synthesized.name in text for group in groups[:-1])


def test_every_file_is_what_the_cdk_would_have_written(each: Path, once: Path) -> None:
    endings = (".template.json", ".assets.json")
    names = sorted(path.name for path in each.iterdir() if path.name.endswith(endings))
    assert names == sorted(path.name for path in once.iterdir() if path.name.endswith(endings))
    assert len(names) == 2 * (1 + 2 * 4 + 2 * 4 + 3 * 4 + 4 * 4 + 2)
    for name in names:
        assert plain(once / name) == plain(each / name), name


def test_the_manifest_is_too(each: Path, once: Path) -> None:
    mine, theirs = plain(once / "manifest.json"), plain(each / "manifest.json")
    assert mine["artifacts"].keys() == theirs["artifacts"].keys()
    for name, artifact in theirs["artifacts"].items():
        assert mine["artifacts"][name] == artifact, name


def test_nothing_is_left_of_the_stand_ins(settings: Settings, once: Path) -> None:
    stand_ins = [group.synthesized.name for group in alike(settings.tenants)[:-1]]
    for path in once.glob("*.json"):
        text = path.name + path.read_text()
        assert not any(name in text or f"subscriber-0-of-{name[1:]}" in text for name in stand_ins)


def plain(path: Path) -> Any:
    """A file's content without the ids that the CDK makes of where an asset goes."""
    content = json.loads(path.read_text())
    for asset in (*content.get("files", {}).values(), *content.get("dockerImages", {}).values()):
        asset["destinations"] = list(asset["destinations"].values())
    return content


def test_a_mistake_is_told_of_a_tenant_and_not_of_its_stand_in(tmp_path: Path) -> None:
    model = {"name": "m", "source": "docs", "label": "y"}
    tenants = [{"name": name, "models": [model]} for name in ("one", "two")]
    with pytest.raises(SourceMissing, match=r"tenant one: source got 'docs'"):
        synthesize(Settings.model_validate({"tenants": tenants}), ROOT, outdir=str(tmp_path))


def test_what_the_cdk_finds_comes_with_who_stands_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stacks.application.acknowledge_tenant", lambda *_: None)
    model = {"name": "m", "source": "examples/cnc-mill", "label": "y"}
    tenants = [{"name": name, "models": [model]} for name in ("one", "two")]
    with pytest.raises(RuntimeError, match="ValidationFailed") as told:
        synthesize(Settings.model_validate({"tenants": tenants}), ROOT, outdir=str(tmp_path))
    (note,) = told.value.__notes__
    assert note.endswith(" is one, two")


@pytest.mark.parametrize("change", [{"memory_mb": 2048}, {"capture": 50}, {"code": "other"}])
def test_another_function_is_another_version(
    tmp_path: Path, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(folder: str, told: dict[str, Any]) -> str:
        model: dict[str, Any] = {"name": "m", "source": "examples/cnc-mill", "label": "y"}
        model["endpoint"] = {"kind": "lambda", "memory_mb": told.get("memory_mb", 1024)}
        model["capture"] = {"sampling_percentage": told.get("capture", 100)}
        if "code" in told:
            monkeypatch.setattr("stacks.functions._CODE", ["*", "!terrace/names.py"])
        given = {"tenants": [{"name": "a", "level": "lightweight", "models": [model]}]}
        made = synthesized(Settings.model_validate(given), tmp_path / folder)
        (found,) = made.resources("terrace--a--m", "AWS::Lambda::Version")
        return found

    assert version("before", {}) == version("again", {}) != version("after", change)
