"""The applications: each is an image, and waits without anything of it running."""

import secrets
import string
import threading
from datetime import UTC, datetime
from typing import Any

from localcloud.config import Config
from localcloud.json_api import ApiError, Operation

PRINCIPAL = "emr-serverless.amazonaws.com"
Record = dict[str, Any]
_ID_LENGTH = 16


def made_up() -> str:
    """An id as AWS gives them."""
    return "00f" + "".join(
        secrets.choice(string.ascii_lowercase + string.digits) for _ in range(_ID_LENGTH - 3)
    )


def now() -> datetime:
    """The time that records carry."""
    return datetime.now(UTC)


def missing(what: str) -> ApiError:
    """There is no such thing."""
    return ApiError("ResourceNotFoundException", f"{what} does not exist")


class Applications:
    """Those that were created, by id."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._made: dict[str, Record] = {}
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        """The operations on applications."""
        return {
            "CreateApplication": self._create,
            "GetApplication": lambda r: {"application": self.get(r["applicationId"])},
            "ListApplications": lambda _: {"applications": list(self._made.values())},
            "UpdateApplication": self._update,
            "DeleteApplication": self._delete,
        }

    def arn(self, made: str, run: str = "") -> str:
        """Of an application, of a job run, or of all applications."""
        below = f"applications/{made}" if made else ""
        runs = f"/jobruns/{run}" if run else ""
        config = self._config
        return f"arn:aws:emr-serverless:{config.region}:{config.account}:/{below}{runs}"

    def get(self, made: str) -> Record:
        """An application.

        Raises:
            ApiError: There is none with this id.
        """
        with self._lock:
            if made not in self._made:
                raise missing(f"Application {made}")
            return self._made[made]

    def _create(self, request: Record) -> Record:
        made = made_up()
        record = {k: v for k, v in request.items() if k != "clientToken"} | {
            "applicationId": made,
            "arn": self.arn(made),
            "state": "CREATED",
            "createdAt": now(),
            "updatedAt": now(),
        }
        with self._lock:
            self._made[made] = record
        return record

    def _update(self, request: Record) -> Record:
        record = self.get(request["applicationId"])
        record.update({k: v for k, v in request.items() if k != "clientToken"}, updatedAt=now())
        return {"application": record}

    def _delete(self, request: Record) -> Record:
        self.get(request["applicationId"])
        with self._lock:
            del self._made[request["applicationId"]]
        return {}
