"""The templates of a cloud assembly, as its manifests list them, nested assemblies included."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from terrace.assembly.symbols import ACCOUNT, REGION
from terrace.errors import TerraceError

_STACK, _NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"
_OTHERS = frozenset(("cdk:asset-manifest", "cdk:tree", "cdk:feature-flag-report"))
_ENVIRONMENT = re.compile(r"aws://(\d{12}|[a-z-]+)/([a-z0-9-]+)")


class UnreadableTemplates(TerraceError):
    """A folder that holds no synthesized templates, or something that is none."""


def read(folder: Path) -> dict[str, str]:
    """The JSON of every stack's template, by the stack's name.

    The account's and the region's real names, where the manifest has them, are symbols.

    Raises:
        UnreadableTemplates: There are none; one is no JSON; an artifact is not known; two stacks
            have the same name.
    """
    texts: dict[str, str] = {}
    for stack, text in _listed(folder) if (folder / "manifest.json").exists() else _there(folder):
        if stack in texts:
            raise UnreadableTemplates(f"{folder}: two stacks are called {stack}; expected one")
        texts[stack] = text
    if not texts:
        raise UnreadableTemplates(f"{folder}: no template there; expected what cdk synth writes")
    return texts


def _there(folder: Path) -> Iterator[tuple[str, str]]:
    """Every template below a folder that has no manifest."""
    for path in sorted(folder.rglob("*.template.*")):
        yield path.name.partition(".template.")[0], _json_of(path)


def _listed(folder: Path) -> Iterator[tuple[str, str]]:
    manifest = _parsed(folder / "manifest.json")
    for name, artifact in manifest.get("artifacts", {}).items():
        kind, properties = artifact.get("type"), artifact.get("properties", {})
        if kind == _STACK:
            text = _json_of(folder / properties["templateFile"])
            environment = artifact.get("environment", "")
            yield properties.get("stackName", name), _placed(text, environment)
        elif kind == _NESTED:
            yield from _listed(folder / properties["directoryName"])
        elif kind not in _OTHERS:
            raise UnreadableTemplates(
                f"{folder}: artifact {name} is of type {kind}; expected a stack, a nested "
                f"assembly, or one of {', '.join(sorted(_OTHERS))}"
            )


def _placed(text: str, environment: str) -> str:
    match = _ENVIRONMENT.fullmatch(environment)
    if match and match[1].isdigit():
        text = text.replace(match[1], ACCOUNT)
    if match and not match[2].startswith("unknown"):
        text = text.replace(match[2], REGION)
    return text


def _json_of(path: Path) -> str:
    return json.dumps(_parsed(path), ensure_ascii=False)


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UnreadableTemplates(f"{path}: cannot be read: {error}") from error
    except ValueError as error:
        raise UnreadableTemplates(
            f"{path}: a template is no JSON, which is all that is read here: {error}"
        ) from error
    if not isinstance(content, Mapping):
        raise UnreadableTemplates(f"{path}: {type(content).__name__}; expected a JSON object")
    return content
