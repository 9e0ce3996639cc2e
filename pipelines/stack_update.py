"""An update of an endpoint's stack: another version, awaited until CloudFormation is done.

The stack is `$checked.stack_name`. What became of it is in `$stack`, in words in `TOLD`.
"""

from dataclasses import dataclass

from pipelines.outcomes import anyway, failing
from pipelines.served import CONFIG, compared
from pipelines.states import State, States, call, choice, expression
from terrace.names import NO_VERSION

PARAMETER = "ModelPackageArn"
SHADOW_PARAMETER = "ShadowModelPackageArn"  # of stacks whose endpoint may have a shadow
CHALLENGER_PARAMETER = "ChallengerModelPackageArn"  # of those that may have an A/B test
LEAVING = "leaving"  # in its place: nobody any more, so that the variants are others than before
POLL_SECONDS = 15
TOLD = "$checked.stack_name & ' is ' & $stack.status & ': ' & $stack.reason"

_NAMED = {"StackName": expression("$checked.stack_name")}


@dataclass(frozen=True, kw_only=True)
class StackUpdate:
    """One update.

    Attributes:
        name: What the states' names begin with.
        version: An expression for the version that serves.
        shadow: One for the version that is mirrored to, where the stack can have one.
        challenger: One for the version that has a share, likewise.
        role_arn: What CloudFormation may do.
        poll_seconds: Between two looks at the stack.
        then: The state after success.
        otherwise: The one after failure.
    """

    name: str
    version: str
    shadow: str = f'"{NO_VERSION}"'
    challenger: str = f'"{NO_VERSION}"'
    role_arn: str
    poll_seconds: int
    then: str
    otherwise: str

    def states(self) -> States:
        """The states; an error of the calls themselves leads to `Ended`."""
        name, failed = self.name, [failing("Ended")]
        return {
            name: self._begun() | {"Catch": failed, "Next": f"{name}Wait"},
            f"{name}Wait": {"Type": "Wait", "Seconds": self.poll_seconds, "Next": f"{name}Look"},
            f"{name}Look": _look() | {"Catch": failed, "Next": f"{name}Goes"},
            f"{name}Goes": choice(
                '$contains($stack.status, "_IN_PROGRESS")', f"{name}Wait", f"{name}Ended"
            ),
            f"{name}Ended": choice(
                '$stack.status = "UPDATE_COMPLETE"', f"{name}Config", f"{name}Why"
            ),
            **compared(name, then=self.then, otherwise=self.otherwise),
            f"{name}Why": _why() | {"Catch": anyway(self.otherwise), "Next": self.otherwise},
        }

    def _begun(self) -> State:
        parameters = (
            f'[{{"ParameterKey": "{PARAMETER}", "ParameterValue": {self.version}}}, '
            f'$checked.has_shadow ? {{"ParameterKey": "{SHADOW_PARAMETER}", '
            f'"ParameterValue": {self.shadow}}}, '
            f'$checked.has_ab_test ? {{"ParameterKey": "{CHALLENGER_PARAMETER}", '
            f'"ParameterValue": {self.challenger}}}]'
        )
        update = call(
            "aws-sdk:cloudformation:updateStack",
            _NAMED
            | {
                "UsePreviousTemplate": True,
                "Parameters": expression(parameters),
                "RoleARN": self.role_arn,
            },
            attempts=3,
        )
        update["Assign"] = {"updated": expression("$states.context.State.EnteredTime")}
        return update


def _look() -> State:
    seen = {
        "status": expression("$states.result.Stacks[0].StackStatus"),
        "reason": "its events tell why",
        "config": expression(CONFIG),
    }
    return call("aws-sdk:cloudformation:describeStacks", _NAMED) | {"Assign": {"stack": seen}}


def _why() -> State:
    """What failed first in this update; the rest only followed from it."""
    failed = "Timestamp >= $updated and $contains(ResourceStatus, '_FAILED')"
    first = f"$states.result.StackEvents[{failed}][-1]"  # the newest event comes first
    reason = f"{first} ? {first}.(LogicalResourceId & ': ' & ResourceStatusReason)"
    seen = {
        "status": expression("$stack.status"),
        "reason": expression(f"{reason} : $stack.reason"),
    }
    return call("aws-sdk:cloudformation:describeStackEvents", _NAMED) | {"Assign": {"stack": seen}}
