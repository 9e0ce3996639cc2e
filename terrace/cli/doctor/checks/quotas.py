"""Whether the account's quotas have room for exactly what the file needs."""

from collections.abc import Iterator
from typing import Any

from terrace.cli.doctor.account import Account, CannotAsk
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks.needs import Need, list_needs
from terrace.cli.doctor.finding import Finding, ok, problem, unknown, warning

_CHECK = "quotas"
_GLOBAL = "us-east-1"  # where Service Quotas answers for services that have no region


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Compares what the file needs, and what exists besides, with each quota."""
    findings: list[Finding] = []
    needs = list(list_needs(account, assembly))
    for need in needs:
        findings.extend(_judge(account, need))
    yield from findings or [ok(_CHECK, f"{len(needs)} quotas have room for what the file needs")]


def _judge(account: Account, need: Need) -> Iterator[Finding]:
    try:
        quota = _quota(account, need)
    except CannotAsk as error:
        yield unknown(_CHECK, f"{need.quota}: {error}", "allow servicequotas:ListServiceQuotas")
        return
    if quota is None:
        yield unknown(
            _CHECK,
            f"Service Quotas knows no {need.quota!r} of {need.service}; {need.required} needed",
            "look it up in the service's documentation",
        )
    elif need.required + need.used > quota["Value"]:
        yield problem(_CHECK, _shortage(need.required, need, quota), _raise(need, quota))
    elif need.wanted + need.used > quota["Value"]:
        yield warning(
            _CHECK,
            f"{_shortage(need.wanted, need, quota)}: scaling out or a rollout at full size fails",
            _raise(need, quota),
        )


def _shortage(count: int, need: Need, quota: dict[str, Any]) -> str:
    besides = f", besides {need.used} that exist" if need.used else ""
    allowed = f"{quota['Value']:g}"
    return f"{quota['QuotaName']}: the file needs {count}{besides}; the account may have {allowed}"


def _raise(need: Need, quota: dict[str, Any]) -> str:
    if not quota.get("Adjustable", True):
        return "AWS does not raise this quota: divide the file between accounts"
    if "QuotaCode" not in quota:
        return "ask AWS for more, and write what it grants in platform.quotas of terrace.yaml"
    return (
        f"`aws service-quotas request-service-quota-increase --service-code {need.service} "
        f"--quota-code {quota['QuotaCode']} --desired-value {need.wanted + need.used}`"
    )


def _quota(account: Account, need: Need) -> dict[str, Any] | None:
    """The quota that AWS applies to the account, or its default, or the one of the settings."""
    region = _GLOBAL if need.service == "iam" else None
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        quotas = account.each(
            "service-quotas", operation, "Quotas", region=region, ServiceCode=need.service
        )
        for quota in quotas:
            if need.quota.lower() in (quota["QuotaCode"].lower(), quota["QuotaName"].lower()):
                return dict(quota)
    if need.assumed is None:
        return None
    return {"QuotaName": need.quota, "Value": float(need.assumed)}
