"""The images that the CDK's command line builds and pushes."""

import json
from collections.abc import Iterator
from typing import Any

from tests.stacks.conftest import Assembly


def sources(assembly: Assembly) -> Iterator[dict[str, Any]]:
    """How each image asset of all stacks is built."""
    for path in sorted(assembly.folder.glob("*.assets.json")):
        for image in json.loads(path.read_text()).get("dockerImages", {}).values():
            yield image["source"]


def test_images_are_exported_in_dockers_format_for_amd64(production: Assembly) -> None:
    found = list(sources(production))
    assert any(source.get("dockerFile") == "spark/Dockerfile" for source in found)
    for source in found:
        assert source["dockerOutputs"] == ["type=docker"]
        assert source["platform"] == "linux/amd64"
