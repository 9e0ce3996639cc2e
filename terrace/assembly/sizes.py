"""How large functions are with their layers, in the assets that `cdk synth` wrote.

Lambda takes 250 MB, unzipped, of a function's code and all of its layers together.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terrace.errors import TerraceError

LIMIT_BYTES = 262_144_000
_FUNCTION, _LAYER = "AWS::Lambda::Function", "AWS::Lambda::LayerVersion"


class FunctionTooLarge(TerraceError):
    """A function that Lambda refuses for its size."""


@dataclass(frozen=True, kw_only=True)
class _Assets:
    """The assets of a cloud assembly; each is measured once."""

    folder: Path
    known: dict[str, int] = field(default_factory=dict)

    def size(self, key: Any) -> int:
        """The unzipped bytes of an asset; 0 for code that is no asset of the assembly."""
        if not isinstance(key, str):
            return 0
        if key not in self.known:
            self.known[key] = self._measured(self.folder / f"asset.{key.removesuffix('.zip')}")
        return self.known[key]

    def _measured(self, path: Path) -> int:
        if path.is_dir():
            return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        archive = path.with_name(f"{path.name}.zip")
        if not archive.is_file():
            return 0
        with zipfile.ZipFile(archive) as content:
            return sum(member.file_size for member in content.infolist())


def check_function_sizes(folder: Path) -> None:
    """What every synth asks for.

    Raises:
        FunctionTooLarge: A function's code and layers are larger than Lambda takes.
    """
    assets = _Assets(folder=folder)
    for path in sorted(folder.glob("*.template.json")):
        resources = json.loads(path.read_bytes()).get("Resources", {})
        for name, parts in _functions(resources, assets):
            total = sum(parts.values())
            if total > LIMIT_BYTES:
                listed = ", ".join(f"{part} {size / 2**20:.1f} MiB" for part, size in parts.items())
                raise FunctionTooLarge(
                    f"{path.name.removesuffix('.template.json')}/{name}: code and layers have "
                    f"{total / 2**20:.1f} MiB unzipped ({listed}); expected at most "
                    f"{LIMIT_BYTES / 2**20:.0f} MiB together, which is what Lambda takes"
                )


def _functions(
    resources: Mapping[str, Any], assets: _Assets
) -> Iterator[tuple[str, dict[str, int]]]:
    """Each function with the size of its code and of each layer of the same template."""
    for name, resource in resources.items():
        if resource["Type"] != _FUNCTION:
            continue
        properties = resource.get("Properties", {})
        parts = {"code": assets.size(properties.get("Code", {}).get("S3Key"))}
        for layer in properties.get("Layers", []):
            reference = str(layer.get("Ref")) if isinstance(layer, Mapping) else ""
            if reference in resources and resources[reference]["Type"] == _LAYER:
                content = resources[reference]["Properties"]["Content"]
                parts[reference] = assets.size(content.get("S3Key"))
        yield name, parts
