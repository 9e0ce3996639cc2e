"""The workers that are alive: kept warm for the next invocation, ended when idle for long."""

import threading
import time
from pathlib import Path

from localcloud.errors import LocalCloudError
from localcloud.functions.function import Function
from localcloud.functions.worker import Worker

IDLE_SECONDS = 300
# AWS allows 1,000 concurrent executions; a developer's machine does not.
MAX_WORKERS = 100
# Of the idle, the ones that were used last stay.
MAX_IDLE = 16
_REAP_SECONDS = 15


class TooManyWorkers(LocalCloudError):
    """As many invocations are running as this machine is trusted with."""


class Pool:
    """Lends workers to invocations."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        threading.Thread(target=self._reap, daemon=True).start()

    def acquire(self, function: Function) -> Worker:
        """A worker that nobody else uses: a warm one, or a new one.

        Raises:
            TooManyWorkers: There is no idle one, and no room for another.
            CannotAssume: Lambda may not assume the function's role.
            UnreadableCode: The function's code cannot be unpacked.
        """
        self._end(self._outdated(function))
        with self._lock:
            if worker := self._warm(function):
                self._busy.add(worker)
                return worker
            if len(self._busy) >= MAX_WORKERS:
                raise TooManyWorkers(f"{len(self._busy)} workers run; expected less than that")
        worker = Worker(function, self._folder)
        with self._lock:
            self._busy.add(worker)
        return worker

    def release(self, worker: Worker) -> None:
        """Takes a worker back after its invocation."""
        worker.idle_since = time.monotonic()
        with self._lock:
            self._busy.discard(worker)
            self._idle.append(worker)
            surplus = [one for one in self._idle if not one.is_alive]
            surplus += [one for one in self._idle[:-MAX_IDLE] if one not in surplus]
            self._idle = [one for one in self._idle if one not in surplus]
        self._end(surplus)

    def _warm(self, function: Function) -> Worker | None:
        for worker in reversed(self._idle):
            if worker.function.identity == function.identity and worker.is_alive:
                self._idle.remove(worker)
                return worker
        return None

    def _outdated(self, function: Function) -> list[Worker]:
        """Takes out the workers of the function as it was before it was changed."""
        with self._lock:
            found = [
                worker
                for worker in self._idle
                if worker.function.family == function.family
                and worker.function.identity != function.identity
            ]
            self._idle = [worker for worker in self._idle if worker not in found]
        return found

    def _reap(self) -> None:
        while True:
            time.sleep(_REAP_SECONDS)
            oldest = time.monotonic() - IDLE_SECONDS
            with self._lock:
                found = [worker for worker in self._idle if worker.idle_since < oldest]
                self._idle = [worker for worker in self._idle if worker not in found]
            self._end(found)

    @staticmethod
    def _end(workers: list[Worker]) -> None:
        for worker in workers:
            worker.end()
