"""Synthesizes once what many tests look at: the shipped settings, and a production's."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stacks.application import App, build
from terrace.settings import Settings
from terrace.settings_file import load

ROOT = Path(__file__).parents[2]
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]

PRODUCTION = {
    "platform": {"repository": "acme/terrace", "environment": "live"},
    "tenants": [
        {
            "name": "a",
            "mlflow": True,
            "models": [
                {
                    "name": "b-c",
                    "source": "examples/cnc-mill",
                    "label": "tool_condition",
                    "capture": {"sampling_percentage": 50},
                    "endpoint": {"ab_test": {"percent": 20}},
                    "monitors": {
                        "data-quality": {"divide_on": "spark"},
                        "model-quality": {"problem": "binary"},
                    },
                },
                {
                    "name": "quiet",
                    "source": "examples/cnc-mill",
                    "label": "tool_condition",
                    "endpoint": {"instance_type": "ml.g5.xlarge"},
                    "monitors": {"data-quality": None},
                },
            ],
        },
        {
            "name": "a-b",
            "approval_links": {"people": [{"email": "Ada@example.org"}], "hours": 24},
            "models": [
                {"name": "c", "source": "examples/cnc-mill", "label": "tool_condition"},
                {
                    "name": "seldom",
                    "source": "examples/cnc-mill",
                    "label": "tool_condition",
                    "endpoint": {"kind": "serverless", "memory_mb": 4096},
                },
                *(
                    {
                        "name": name,
                        "source": "examples/cnc-mill",
                        "label": "tool_condition",
                        "endpoint": {"kind": "multi-model"},
                    }
                    for name in ("press", "lathe")
                ),
                {
                    "name": "large",
                    "source": "examples/cnc-mill",
                    "label": "tool_condition",
                    "endpoint": {"kind": "asynchronous", "backlog_per_instance": 3},
                },
            ],
        },
    ],
}

Resource = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """A synthesized app."""

    folder: Path

    def path(self, stack: str) -> Path:
        """The template file of a stack."""
        return self.folder / f"{stack}.template.json"

    def template(self, stack: str) -> dict[str, Any]:
        """The template of a stack."""
        found: dict[str, Any] = json.loads(self.path(stack).read_text())
        return found

    @property
    def stacks(self) -> list[str]:
        """The names of all stacks."""
        return sorted(
            path.name.removesuffix(".template.json") for path in self.folder.glob("*.template.json")
        )

    def resources(self, stack: str, kind: str) -> dict[str, Resource]:
        """The properties of a stack's resources of one type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.template(stack)["Resources"].items()
            if resource["Type"] == kind
        }

    def one(self, stack: str, kind: str) -> Resource:
        """The properties of a stack's only resource of a type."""
        (found,) = self.resources(stack, kind).values()
        return found

    @property
    def report(self) -> Mapping[str, Any]:
        """What cdk-nag said."""
        found = json.loads((self.folder / "validation-report.json").read_text())
        (report,) = (r for r in found["pluginReports"] if r["pluginName"] == "AwsSolutions")
        return dict(report)


def made(settings: Settings, folder: Path) -> App:
    app = App(analytics_reporting=False, outdir=str(folder), context=CONTEXT)
    build(app, settings, ROOT, tenants=settings.tenants)
    return app


def synthesized(settings: Settings, folder: Path) -> Assembly:
    made(settings, folder).synth()
    return Assembly(folder=folder)


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """What terrace.yaml says as shipped."""
    return synthesized(load(ROOT / "terrace.yaml"), tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Tenants that keep their data, whose names are as near to each other as names can be."""
    return synthesized(Settings.model_validate(PRODUCTION), tmp_path_factory.mktemp("production"))


def statements(assembly: Assembly, stack: str) -> Iterator[tuple[str, Resource]]:
    """Every statement that gives somebody rights, with the policy's logical id."""
    for name, policy in assembly.resources(stack, "AWS::IAM::Policy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A template's value as one text, intrinsic functions by their arguments."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
        case {"Fn::Sub": template}:
            return str(template)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name} | {"Fn::ImportValue": name}:
            return f"<{name}>"
        case str():
            return value
        case _:
            return json.dumps(value)
