"""`terrace ab-test`: the function's own words, or why there are none."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from terrace.cli import ab_test as command

SETTINGS = """\
tenants:
  - name: north
    models:
      - name: saw
        source: examples/cnc-mill
        label: y
        endpoint: {ab_test: {}}
        monitors: {model-quality: {problem: binary}}
      - {name: plain, source: examples/cnc-mill, label: y}
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "terrace.yaml"
    path.write_text(SETTINGS)
    return path


class Lambda:
    def __init__(self, answer: dict[str, Any], **more: str) -> None:
        self._answer, self._more = answer, more
        self.asked: dict[str, Any] = {}

    def invoke(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"Payload": io.BytesIO(json.dumps(self._answer).encode()), **self._more}


def test_how_a_test_stands_is_told(
    settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client = Lambda({"verdict": "not yet", "reason": "on 3 labelled rows", "p_value": 1.0})
    monkeypatch.setattr(command.boto3, "client", lambda _name: client)
    command.ab_test("north", "saw", settings)
    assert capsys.readouterr().out == "not yet: on 3 labelled rows\n"
    assert client.asked["FunctionName"] == "terrace--north--ab-test"
    assert json.loads(client.asked["Payload"]) == {"model": "saw"}


def test_without_a_test_there_is_nothing_to_tell(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = Lambda(
        {"errorType": "UnknownVariant", "errorMessage": "variant got 'Challenger'"},
        FunctionError="Unhandled",
    )
    monkeypatch.setattr(command.boto3, "client", lambda _name: failed)
    with pytest.raises(command.NoStanding, match="UnknownVariant: variant got 'Challenger'"):
        command.ab_test("north", "saw", settings)
    with pytest.raises(command.NoStanding, match=r"has no endpoint\.ab_test"):
        command.ab_test("north", "plain", settings)
