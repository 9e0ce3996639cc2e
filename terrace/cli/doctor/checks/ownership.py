"""What the stacks of the assembly have made already, in an earlier deployment."""

from functools import cache

from terrace.cli.doctor.account import Account
from terrace.cli.doctor.assembly import Assembly


@cache
def owned(account: Account, assembly: Assembly) -> frozenset[str]:
    """The physical ids of the resources of the assembly's stacks that exist in the account."""
    return frozenset(
        str(resource["PhysicalResourceId"])
        for stack in statuses(account, assembly)
        for resource in account.each(
            "cloudformation", "list_stack_resources", "StackResourceSummaries", StackName=stack
        )
        if resource.get("PhysicalResourceId") and resource["ResourceStatus"] != "DELETE_COMPLETE"
    )


@cache
def statuses(account: Account, assembly: Assembly) -> dict[str, str]:
    """The status of each of the assembly's stacks that exists in the account."""
    existing = {
        stack["StackName"]: stack["StackStatus"]
        for stack in account.each("cloudformation", "describe_stacks", "Stacks")
    }
    return {name: existing[name] for name in assembly.stacks if name in existing}
