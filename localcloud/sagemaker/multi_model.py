"""The models of a multi-model endpoint's server: brought and loaded when they are first asked for.

The container keeps them in memory; it says by 507 that there is no more of it, and then the one
that has not been asked for longest is unloaded.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import urllib3
from botocore.exceptions import ClientError

from localcloud.sagemaker import objects
from localcloud.sagemaker.errors import SageMakerError, invalid

_FULL, _LOADED_ALREADY = 507, 409
# (method, path, body) -> the container's answer
Call = Callable[[str, str, bytes | None], urllib3.BaseHTTPResponse]


class Models:
    """The loaded models, those asked for last at the end."""

    def __init__(self, s3: Any, prefix: str, folder: Path, call: Call) -> None:
        """`prefix` is where all artifacts are, `folder` where the container finds them."""
        self._s3, self._prefix, self._folder, self._call = s3, prefix, folder, call
        self._names: dict[str, None] = {}
        self._lock = threading.Lock()

    def path(self, target: str) -> str:
        """Where the container answers for an artifact, which is loaded if it is not yet.

        Raises:
            SageMakerError: None is named, there is no such artifact, or it cannot be loaded.
        """
        if not target:
            raise invalid("A multi-model endpoint is asked with TargetModel, the artifact's key.")
        name = hashlib.md5(target.encode(), usedforsecurity=False).hexdigest()
        with self._lock:
            if name not in self._names:
                self._load(name, target)
            self._names.pop(name, None)
            self._names[name] = None
        return f"/models/{name}/invoke"

    def _load(self, name: str, target: str) -> None:
        folder = self._folder / name
        archive = folder / "model.tar.gz"
        try:
            objects.download(self._s3, f"{self._prefix.rstrip('/')}/{target}", archive)
        except ClientError as error:
            raise invalid(f"Failed to download model data({target}): {error}") from error
        objects.unpack(archive, folder / "model")
        asked = json.dumps({"model_name": name, "url": str(folder / "model")}).encode()
        answer = self._call("POST", "/models", asked)
        while answer.status == _FULL and self._names:
            self._unload(next(iter(self._names)))
            answer = self._call("POST", "/models", asked)
        if answer.status >= 400 and answer.status != _LOADED_ALREADY:
            told = answer.data.decode(errors="replace")
            raise SageMakerError("ModelError", f"The container cannot load {target}: {told}")

    def _unload(self, name: str) -> None:
        self._call("DELETE", f"/models/{name}", None)
        shutil.rmtree(self._folder / name, ignore_errors=True)
        del self._names[name]
