"""Which models a server has in memory: its one model, or those that a multi-model endpoint loads.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
"""

import json
import threading
from pathlib import Path
from typing import Any

from toolwear.errors import ToolWearError
from toolwear.paths import MODEL_FILE
from toolwear.payload import PayloadError
from toolwear.scoring import Scorer


class Loaded:
    """The models of a multi-model endpoint, by the names that SageMaker gives them."""

    def __init__(self) -> None:
        self._models: dict[str, tuple[str, Scorer]] = {}
        self._lock = threading.Lock()

    def load(self, body: bytes) -> dict[str, Any]:
        """Load the model that a request of SageMaker's names, with the folder that it is in."""
        name, url = _named(body)
        with self._lock:
            if name in self._models:
                raise PayloadError(f"model {name} is loaded already", 409)
            try:
                self._models[name] = (url, Scorer(Path(url) / MODEL_FILE))
            except MemoryError as error:  # SageMaker unloads another one and asks again
                raise PayloadError(f"no memory is left for model {name}", 507) from error
            except ToolWearError as error:
                raise PayloadError(str(error)) from error
        return self.one(name)

    def unload(self, name: str) -> dict[str, Any]:
        """Forget a model."""
        told = self.one(name)
        with self._lock:
            self._models.pop(name, None)
        return told

    def one(self, name: str) -> dict[str, Any]:
        """Tell of one model."""
        return {"modelName": name, "modelUrl": self._found(name)[0]}

    def every(self) -> dict[str, Any]:
        """Tell of all models."""
        return {"models": [self.one(name) for name in list(self._models)]}

    def scorer(self, name: str) -> Scorer:
        """Return the model behind a name."""
        return self._found(name)[1]

    def _found(self, name: str) -> tuple[str, Scorer]:
        if name not in self._models:
            raise PayloadError(f"no model {name} is loaded", 404)
        return self._models[name]


def _named(body: bytes) -> tuple[str, str]:
    try:
        told = json.loads(body)
        return str(told["model_name"]), str(told["url"])
    except (ValueError, KeyError, TypeError) as error:
        expected = 'expected {"model_name": ..., "url": ...}'
        raise PayloadError(f"a model to load is not named: {expected}") from error
