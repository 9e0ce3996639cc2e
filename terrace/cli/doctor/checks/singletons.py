"""What an account or a region has once, and another stack may have made already."""

from collections.abc import Iterator

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.checks.ownership import owned
from terrace.cli.doctor.finding import Finding, ok, problem, warning

_CHECK = "singletons"


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Looks for another OIDC provider of GitHub, and another logging role of API Gateway."""
    findings = [*_oidc_provider(account, assembly), *_api_gateway_role(account, assembly)]
    yield from findings or [ok(_CHECK, "nothing that an account has once is taken")]


def _oidc_provider(account: Account, assembly: Assembly) -> Iterator[Finding]:
    providers = account.call("iam", "list_open_id_connect_providers")["OpenIDConnectProviderList"]
    existing = {provider["Arn"] for provider in providers}
    for resource in assembly.of_type("AWS::IAM::OIDCProvider"):
        host = str(resource.properties["Url"]).removeprefix("https://")
        taken = {arn for arn in existing if arn.endswith(f"oidc-provider/{host}")}
        if taken and not taken <= owned(account, assembly):
            yield problem(
                _CHECK,
                f"the account has an OIDC provider of {host} already, and can have one only",
                "set platform.github_oidc_provider of terrace.yaml to `reuse`",
            )


def _api_gateway_role(account: Account, assembly: Assembly) -> Iterator[Finding]:
    if not any(assembly.of_type("AWS::ApiGateway::Account")):
        return
    role = account.call("apigateway", "get_account").get("cloudwatchRoleArn")
    if role and str(role).rpartition("/")[2] not in owned(account, assembly):
        yield warning(
            _CHECK,
            f"API Gateway writes its logs as {role}, and the platform stack would replace that "
            "role for the whole region",
            "set platform.api_gateway_log_role of terrace.yaml to `reuse`",
        )
