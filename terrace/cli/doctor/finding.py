"""What a check of the account says: one line, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer of one check.

    Attributes:
        check: The check's name, for example `quotas`.
        verdict: `problem` prevents the deployment, `warning` does not; `unknown` means that the
            account could not be asked.
        message: What the account has, and what the deployment needs.
        remedy: What to do; empty for `ok`.
    """

    check: str
    verdict: Verdict
    message: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """The finding as `--json` prints it."""
        return {
            "check": self.check,
            "verdict": self.verdict.value,
            "message": self.message,
            "remedy": self.remedy,
        }


def ok(check: str, message: str) -> Finding:
    """The account has what the deployment needs."""
    return Finding(check=check, verdict=Verdict.OK, message=message)


def warning(check: str, message: str, remedy: str) -> Finding:
    """The deployment succeeds, but somebody should know."""
    return Finding(check=check, verdict=Verdict.WARNING, message=message, remedy=remedy)


def problem(check: str, message: str, remedy: str) -> Finding:
    """The deployment fails, or what it deploys does not work."""
    return Finding(check=check, verdict=Verdict.PROBLEM, message=message, remedy=remedy)


def unknown(check: str, message: str, remedy: str) -> Finding:
    """The account could not be asked."""
    return Finding(check=check, verdict=Verdict.UNKNOWN, message=message, remedy=remedy)
