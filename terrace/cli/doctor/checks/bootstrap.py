"""Whether the CDK's bootstrap stack is there, and new enough."""

from collections.abc import Iterator

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly
from terrace.cli.doctor.finding import Finding, ok, problem

_CHECK = "bootstrap"


def check(account: Account, assembly: Assembly) -> Iterator[Finding]:
    """Compares the bootstrap stack's version with the one that the assembly requires."""
    required = assembly.bootstrap_version
    for name in assembly.bootstrap_parameters:
        command = f"run `cdk bootstrap aws://{account.number}/{account.region}`"
        parameter = account.find("ssm", "get_parameter", Name=name)
        if parameter is None:
            yield problem(
                _CHECK, f"the account is not bootstrapped: no SSM parameter {name}", command
            )
            continue
        version = int(parameter["Parameter"]["Value"])
        if version < required:
            yield problem(
                _CHECK,
                f"the CDK's bootstrap stack has version {version}; the stacks need {required}",
                command,
            )
        else:
            yield ok(_CHECK, f"bootstrapped, version {version} (at least {required} is needed)")
