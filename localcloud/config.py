"""What one embedded cloud is told: where it listens and keeps its files, and how fast time runs."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
DEFAULT_FOLDER = Path(".localcloud")
# Outlives every embedded cloud, since what it keeps is slow to build.
DEFAULT_CACHE = Path(".cache/localcloud")
DEFAULT_PORT = 4566
SUBFOLDERS = ("images", "jobs", "endpoints", "functions", "outbox", "logs")


@dataclass(frozen=True, kw_only=True)
class Config:
    """One embedded cloud."""

    port: int = DEFAULT_PORT
    folder: Path = DEFAULT_FOLDER
    # The packages of functions and images, shared by all embedded clouds of a project.
    cache: Path = DEFAULT_CACHE
    # How much faster than the wall clock schedules, waits and alarm periods run.
    clock_speed: float = 1.0
    account: str = "000000000000"
    region: str = "us-east-1"
    # Whether e-mail subscriptions are confirmed at once, as if somebody had opened the link.
    confirms_emails: bool = True

    @property
    def endpoint_url(self) -> str:
        """Where every AWS API is served."""
        return f"http://{HOST}:{self.port}"

    @property
    def images(self) -> Path:
        """The container images that were pushed."""
        return self.folder / "images"

    @property
    def jobs(self) -> Path:
        """One folder a training job."""
        return self.folder / "jobs"

    @property
    def endpoints(self) -> Path:
        """One folder an endpoint's instance."""
        return self.folder / "endpoints"

    @property
    def functions(self) -> Path:
        """The unpacked code of Lambda functions."""
        return self.folder / "functions"

    @property
    def outbox(self) -> Path:
        """The e-mails that SNS sent, one `.eml` each."""
        return self.folder / "outbox"

    @property
    def logs(self) -> Path:
        """The server's own log."""
        return self.folder / "logs"

    def dump(self) -> str:
        """As JSON, for the server's process."""
        folders = {"folder": str(self.folder), "cache": str(self.cache)}
        return json.dumps(asdict(self) | folders)

    @classmethod
    def load(cls, text: str) -> Self:
        """From JSON, as `dump` writes it."""
        given = json.loads(text)
        folders = {name: Path(given[name]) for name in ("folder", "cache")}
        return cls(**(given | folders))
