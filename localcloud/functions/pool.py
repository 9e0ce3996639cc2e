"""Warm environments: an invocation takes an idle one of its function, or starts another."""

import json
import threading
import time
from collections import defaultdict
from typing import Any

from localcloud.config import Config
from localcloud.functions import embedded_metrics
from localcloud.functions.code import unpacked
from localcloud.functions.environment import Environment

IDLE_SECONDS = 300
_LOOK_SECONDS = 5


class Pool:
    """The environments of all functions."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._idle: dict[str, list[Environment]] = defaultdict(list)
        self._lock = threading.Lock()
        threading.Thread(target=self._retire_often, daemon=True).start()

    def execute(
        self, config: dict[str, Any], code: bytes, event: Any, request_id: str
    ) -> tuple[Any, dict[str, Any] | None, str]:
        """Runs a function once: its result, its error or None, and its log."""
        key = _key(config)
        environment = self._taken(key) or Environment(
            config, unpacked(code, self._config.functions)
        )
        outcome, log = environment.invoke(event, request_id)
        embedded_metrics.put(log)
        self._given_back(key, environment)
        return outcome.result, outcome.error, log

    def _taken(self, key: str) -> Environment | None:
        with self._lock:
            while self._idle[key]:
                environment = self._idle[key].pop()
                if environment.alive:
                    return environment
        return None

    def _given_back(self, key: str, environment: Environment) -> None:
        if environment.alive:
            with self._lock:
                self._idle[key].append(environment)

    def _retire_often(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            before = time.monotonic() - IDLE_SECONDS
            with self._lock:
                old = [e for found in self._idle.values() for e in found if e.idle_since < before]
                for key, found in self._idle.items():
                    self._idle[key] = [e for e in found if e not in old]
            for environment in old:
                environment.stop()


def _key(config: dict[str, Any]) -> str:
    """What two invocations must have in common to share an environment."""
    parts = ("FunctionArn", "CodeSha256", "Handler", "Role", "Environment", "MemorySize", "Timeout")
    return json.dumps([config.get(part) for part in parts], sort_keys=True, default=str)
