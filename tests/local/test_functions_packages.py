"""What a function may import and where it may write: its code, its layers, the runtime, /tmp."""

import io
import json
import subprocess
import sys
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest

from localcloud.functions import confinement
from tests.local.conftest import ROOT, Cloud, eventually
from tests.local.functions import PRINCIPAL, Deployed, deploy, installed, layer_of

pytestmark = pytest.mark.local
# Some systems do not let a process have a file system of its own; see docs/local-cloud.md.
_PROBE = [sys.executable, "-I", confinement.__file__]
isolated = pytest.mark.skipif(
    subprocess.run(_PROBE, capture_output=True, check=False).returncode != 0,
    reason="this system has no mount namespaces for this user",
)

_IMPORTS = """
    import importlib

    def handler(event, context):
        module = importlib.import_module(event)
        return [getattr(module, "__version__", None), getattr(module, "__file__", None)]
    """


@pytest.fixture(scope="module")
def bare(cloud: Cloud) -> Deployed:
    """A function without layers that imports what it is asked to."""
    return deploy(cloud, _IMPORTS)


@pytest.mark.parametrize("name", ["pandas", "numpy", "duckdb", "pydantic", "pytest", "localcloud",
                                  "terrace", "yaml", "pip", "setuptools", "ministack"])  # fmt: skip
def test_a_function_has_no_package_of_the_development_environment(
    bare: Deployed, name: str
) -> None:
    payload, answer = bare.call(name)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorMessage"] == f"No module named '{name}'"


@pytest.mark.parametrize("name", ["json", "sqlite3", "ssl", "boto3", "botocore", "urllib3"])
def test_a_function_has_the_standard_library_and_boto3(bare: Deployed, name: str) -> None:
    payload, answer = bare.call(name)
    assert "FunctionError" not in answer, payload
    assert str(ROOT / ".venv") not in payload[1]


def test_a_package_built_for_lambda_is_the_same_version_built_for_this_machine(
    cloud: Cloud,
) -> None:
    files = installed("markupsafe", "3.0.2", "cp314-cp314-manylinux_2_28_aarch64")
    function = deploy(
        cloud,
        """
        import importlib.metadata
        import markupsafe._speedups

        def handler(event, context):
            return [importlib.metadata.version("markupsafe"), markupsafe.escape("<")]
        """,
        Layers=[layer_of(cloud, files)],
    )
    assert function.call()[0] == ["3.0.2", "&lt;"]


def test_a_package_without_a_build_for_this_machine_is_a_clear_error(cloud: Cloud) -> None:
    files = installed("markupsafe", "3.0.9999", "cp314-cp314-manylinux_2_28_aarch64")
    payload, _ = deploy(cloud, _IMPORTS, Layers=[layer_of(cloud, files)]).call("markupsafe")
    assert payload["errorType"] == "EmbeddedCloud.NoBuildForThisMachine"
    assert "markupsafe==3.0.9999: no wheels for Python 3." in payload["errorMessage"]


def test_a_package_for_newer_pythons_only_is_a_clear_error(cloud: Cloud) -> None:
    files = installed("anything", "1.0", "py3-none-any", Requires_Python=">=3.99")
    payload, _ = deploy(cloud, _IMPORTS, Layers=[layer_of(cloud, files)]).call("anything")
    assert payload["errorType"] == "EmbeddedCloud.NoBuildForThisMachine"
    assert "anything 1.0 requires Python >=3.99; got Python 3." in payload["errorMessage"]


def test_a_private_package_that_loads_anywhere_is_the_layers_own(cloud: Cloud) -> None:
    files = installed("of_one_company", "1.0", "py3-none-any")
    files["python/of_one_company/__init__.py"] = "__version__ = 'ours'\n"
    function = deploy(cloud, _IMPORTS, Layers=[layer_of(cloud, files)])
    assert function.call("of_one_company")[0][0] == "ours"


def test_a_later_layers_files_replace_an_earlier_ones(cloud: Cloud) -> None:
    layers = [layer_of(cloud, {"python/word.py": f"__version__ = {n}"}) for n in (1, 2)]
    assert deploy(cloud, _IMPORTS, Layers=layers).call("word")[0][0] == 2


_WRITES = """
    import os, pathlib, subprocess, tempfile

    def handler(event, context):
        path = pathlib.Path(event.replace("CODE", os.environ["LAMBDA_TASK_ROOT"]))
        try:
            path.write_text("x")
        except OSError as error:
            return type(error).__name__
        return path.read_text()
    """


@pytest.fixture(scope="module")
def writing(cloud: Cloud) -> Deployed:
    return deploy(cloud, _WRITES, Layers=[layer_of(cloud, {"python/word.py": "X = 1"})])


@pytest.mark.parametrize("path", ["CODE/new.txt", "CODE/index.py", "/var/new.txt", "new.txt"])
def test_a_function_cannot_write_outside_of_tmp(writing: Deployed, path: str) -> None:
    assert writing.call(path)[0] in ("OSError", "PermissionError")


@isolated
def test_a_function_writes_in_tmp_which_is_its_own(writing: Deployed, cloud: Cloud) -> None:
    assert writing.call("/tmp/terrace-of-a-function")[0] == "x"  # noqa: S108
    assert not Path("/tmp/terrace-of-a-function").exists()  # noqa: S108


def test_a_function_cannot_take_its_privileges_back(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import ctypes, os, subprocess

        def handler(event, context):
            root = os.environ["LAMBDA_TASK_ROOT"]
            for command in (f"mount -o remount,rw /", f"umount {root}", f"umount /tmp"):
                subprocess.run(command, shell=True, capture_output=True)
            done = subprocess.run(f"echo x > {root}/new.txt", shell=True)
            return done.returncode
        """,
    )
    assert function.call()[0] != 0


@isolated
def test_tmp_has_the_size_of_the_ephemeral_storage(cloud: Cloud) -> None:
    function = deploy(
        cloud,
        """
        import os, tempfile

        def handler(event, context):
            with tempfile.TemporaryFile() as file:
                for _ in range(event):
                    file.write(bytes(2**20))
            return os.statvfs(tempfile.gettempdir()).f_blocks
        """,
        EphemeralStorage={"Size": 600},
        MemorySize=256,
    )
    assert function.call(400)[0]
    payload, _ = function.call(700)
    assert payload["errorType"] == "OSError"
    assert "No space left on device" in payload["errorMessage"]


def large(size: int) -> bytes:
    """A small zip with a large file."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("python/large.bin", bytes(size))
    return written.getvalue()


def test_code_and_layers_together_have_a_limit(cloud: Cloud) -> None:
    client = cloud.client("lambda")
    layers = [
        client.publish_layer_version(LayerName=name, Content={"ZipFile": large(140_000_000)})
        for name in ("one", "two")
    ]
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="262144000"):
        deploy(cloud, _IMPORTS, Layers=[layer["LayerVersionArn"] for layer in layers])


def test_a_stack_whose_code_and_layers_are_too_large_is_refused(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), f"layers-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="half.zip", Body=large(140_000_000))
    content = {"Content": {"S3Bucket": bucket, "S3Key": "half.zip"}}
    kind = "AWS::Lambda::LayerVersion"
    resources: dict[str, Any] = {
        name: {"Type": kind, "Properties": content} for name in ("One", "Two")
    }
    resources["Function"] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.14",
            "Handler": "index.handler",
            "Role": cloud.role(PRINCIPAL),
            "Code": {"ZipFile": "def handler(event, context): pass"},
            "Layers": [{"Ref": "One"}, {"Ref": "Two"}],
        },
    }
    client, name = cloud.client("cloudformation"), f"large-{uuid.uuid4().hex[:12]}"
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))

    def reason() -> str | None:
        events = client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
        return next((one["ResourceStatusReason"] for one in failed), None)

    assert "262144000 bytes" in eventually(reason)
