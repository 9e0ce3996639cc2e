"""What a person sees who follows a link: the question, a refusal, or what came of it."""

from html import escape
from typing import Any

from lambdas.common.registry import Version
from terrace.approval_settings import Approver
from terrace.events import APPROVED
from terrace.html import document

# Of what was noted of a version at its registration, what helps somebody to decide.
_TOLD = {
    "Trained for": "reason",
    "Asked for by": "requested_by",
    "Training job": "training_job",
    "SHA-256 of the artifact": "artifact_sha256",
}
_STYLE = """
body{max-width:720px}td:first-child{white-space:nowrap;color:var(--dim)}td{overflow-wrap:anywhere}
form{margin:1.5rem 0}label{display:block;color:var(--dim)}
textarea{width:100%;box-sizing:border-box;font:inherit;margin:.3rem 0 1rem;min-height:4.5rem}
button{font:inherit;padding:.5rem 1.4rem;margin-right:.6rem;border-radius:4px;cursor:pointer;
border:1px solid var(--line);background:none;color:var(--bad)}
button.good{background:var(--now);border-color:var(--now);color:var(--paper)}
"""
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    # The address is a secret, and the page must act for nobody who did not press its buttons.
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


def answer(status: int, page: str) -> dict[str, Any]:
    """A page in the form of Lambda's proxy integration."""
    return {"statusCode": status, "headers": _HEADERS, "body": page, "isBase64Encoded": False}


def question(version: Version, person: Approver) -> str:
    """The version, and the two buttons."""
    rows = {
        "Model": version.names.model,
        "Version": str(version.number),
        "Model package": version.arn,
    }
    rows |= {title: told for title, name in _TOLD.items() if (told := version.noted(name))}
    table = "".join(f"<tr><td>{escape(k)}<td>{escape(v)}</tr>" for k, v in rows.items())
    return document(
        f"{version.names.tenant}: version {version.number} of {version.names.model} waits",
        _STYLE,
        f"<p>You decide as {escape(person.email)}. The metrics and what the gate said are in the "
        f"message that brought you here.</p><table>{table}</table>"
        '<form method="post"><label for="reason">Why (kept in the model registry)</label>'
        '<textarea id="reason" name="reason" maxlength="500"></textarea>'
        '<button class="good" name="decision" value="approve">Approve</button>'
        '<button name="decision" value="reject">Reject</button></form>',
    )


def thanks(version: Version, decision: str) -> str:
    """What was decided."""
    done = f"Version {version.number} of {version.names.model} is {decision.lower()}"
    then = (
        "If another person must approve it too, it waits for them; if not, its rollout begins now. "
        "You will be told how it ends."
    )
    return document(done, _STYLE, f"<p>{then if decision == APPROVED else 'Nothing changes.'}</p>")


def refusal(reason: str) -> str:
    """Why nothing was decided."""
    told = "Nothing was changed. The version can be decided about in the SageMaker console."
    return document("This link cannot be used", _STYLE, f"<p>{escape(reason)}.</p><p>{told}</p>")
