"""What a worker needs to know of a function: one version's code and configuration."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

_NOT_ITS_OWN = (
    "Description", "LastModified", "LastUpdateStatus", "RevisionId", "State", "StateReason",
    "StateReasonCode", "Timeout",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Function:
    """One version of a function, as it is to be run."""

    name: str
    version: str
    arn: str
    handler: str
    runtime: str
    role_arn: str
    timeout_seconds: int
    memory_megabytes: int
    storage_megabytes: int
    variables: Mapping[str, str] = field(hash=False)
    log_group: str
    log_format: str
    log_level: str | None
    layers: tuple[Any, ...] = field(hash=False)
    code: bytes = field(repr=False, hash=False)
    # Two invocations may share a worker where this is the same.
    identity: str

    @classmethod
    def of(cls, config: Mapping[str, Any], code: bytes) -> Self:
        """From the configuration that Lambda's API shows."""
        logging = config.get("LoggingConfig") or {}
        return cls(
            name=config["FunctionName"],
            version=config.get("Version", "$LATEST"),
            arn=config["FunctionArn"],
            handler=config["Handler"],
            runtime=config["Runtime"],
            role_arn=config["Role"],
            timeout_seconds=int(config.get("Timeout", 3)),
            memory_megabytes=int(config.get("MemorySize", 128)),
            storage_megabytes=int((config.get("EphemeralStorage") or {}).get("Size", 512)),
            variables=(config.get("Environment") or {}).get("Variables") or {},
            log_group=logging.get("LogGroup") or f"/aws/lambda/{config['FunctionName']}",
            log_format=logging.get("LogFormat", "Text"),
            log_level=logging.get("ApplicationLogLevel"),
            layers=tuple(config.get("Layers") or ()),
            code=code,
            identity=_identity(config),
        )

    @property
    def family(self) -> str:
        """What stays the same when the function is changed."""
        return f"{self.name}:{self.version}"


def _identity(config: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in config.items() if key not in _NOT_ITS_OWN}
    # An alias calls the same version under another ARN.
    kept["FunctionArn"] = ":".join(config["FunctionArn"].split(":")[:7])
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()
