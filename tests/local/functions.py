"""Functions with a few lines of code, as tests deploy them."""

import base64
import io
import json
import textwrap
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.local.conftest import Cloud, allow, eventually

PRINCIPAL = "lambda.amazonaws.com"
MAY_LOG = allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A function of a test."""

    cloud: Cloud
    name: str
    arn: str

    def call(self, event: Any = None, **options: Any) -> tuple[Any, dict[str, Any]]:
        """Invokes it: the payload that it answered with, and the whole answer."""
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.name, Payload=json.dumps(event), **options
        )
        text = answer["Payload"].read()
        return (json.loads(text) if text else None), answer

    def tail(self, event: Any = None) -> str:
        """Invokes it and returns the end of its log."""
        _, answer = self.call(event, LogType="Tail")
        return base64.b64decode(answer["LogResult"]).decode()

    def logged(self, text: str) -> str:
        """The first event of its log group that holds a text, as soon as there is one."""
        logs = self.cloud.client("logs")
        group = f"/aws/lambda/{self.name}"

        def found() -> str | None:
            try:
                events = logs.filter_log_events(logGroupName=group)["events"]
            except logs.exceptions.ResourceNotFoundException:
                return None
            return next((one["message"] for one in events if text in one["message"]), None)

        return str(eventually(found))


def zipped(files: Mapping[str, str]) -> bytes:
    """A deployment package."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, textwrap.dedent(text))
    return written.getvalue()


def deploy(cloud: Cloud, code: str, *statements: dict[str, Any], **options: Any) -> Deployed:
    """A new function whose module is `index`, with a role of its own that may log."""
    name = f"function-{uuid.uuid4().hex[:12]}"
    settings = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": cloud.role(PRINCIPAL, MAY_LOG, *statements),
        "Timeout": 30,
        "Code": {"ZipFile": zipped({"index.py": code})},
    } | options
    created = cloud.client("lambda").create_function(FunctionName=name, **settings)
    return Deployed(cloud=cloud, name=name, arn=created["FunctionArn"])


def layer_of(cloud: Cloud, files: Mapping[str, str]) -> str:
    """A new layer with these files; its ARN."""
    content = {"ZipFile": zipped(files)}
    made = cloud.client("lambda").publish_layer_version(LayerName="packages", Content=content)
    return str(made["LayerVersionArn"])


def installed(name: str, version: str, tag: str, **more: str) -> dict[str, str]:
    """The files by which a layer says that it holds a distribution."""
    folder = f"python/{name}-{version}.dist-info"
    headers = "".join(f"{key.replace('_', '-')}: {value}\n" for key, value in more.items())
    return {
        f"{folder}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{headers}",
        f"{folder}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
        f"{folder}/RECORD": f"{name}/__init__.py,,\n{folder}/METADATA,,\n{folder}/WHEEL,,\n"
        f"{folder}/RECORD,,\n",
        f"python/{name}/__init__.py": "raise ImportError('built for another processor')\n",
    }
