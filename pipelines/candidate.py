"""What is asked of a candidate on live traffic, before it serves and while it begins to.

Each part of the approval state machine begins with a choice whether it applies: `IsShadowed`,
`IsSplit` and `IsWatched`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pipelines.outcomes import failing
from pipelines.stack_update import LEAVING
from pipelines.states import States, caught, choice, expression, invoke, remember

STEP_SECONDS = 900

_SETTLE_SECONDS = 120  # until what was captured is written


class Update(Protocol):
    """Makes the states of an update of the endpoint's stack; see `StackUpdate`."""

    def __call__(self, name: str, version: str, **more: str) -> States:
        """The states."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The parts, for one tenant's state machine.

    Attributes:
        functions: ARNs by name.
        update: Makes an update of the endpoint's stack.
        deploys: The state after the shadow test.
    """

    functions: Mapping[str, str]
    update: Update
    deploys: str

    def shadow(self) -> States:
        """Mirrors traffic to the candidate for a while, and compares its answers."""
        now = expression("$states.context.State.EnteredTime")
        asked = {name: expression(f"${name}") for name in ("model", "since", "until")}
        compared = invoke(
            self.functions["compare"],
            asked | {"model_package_arn": expression("$arn")},
            seconds=STEP_SECONDS,
            assign="compared",
        )
        running = "$checked.current_model_package_arn"
        refused = {
            "outcome": "refused",
            "reason": expression("$compared.reason"),
            "error": "ShadowTestFailed",
        }
        return {
            "IsShadowed": choice("$checked.shadow_seconds > 0 and $tested", "Shadow", self.deploys),
            **self.update(
                "Shadow", running, shadow="$arn", then="Mirrored", otherwise="NotDeployed"
            ),
            "Mirrored": remember({"since": now}, "Mirror"),
            "Mirror": {
                "Type": "Wait",
                "Seconds": expression("$checked.shadow_seconds"),
                "Next": "Seen",
            },
            "Seen": remember({"until": now}, "Settle"),
            "Settle": {"Type": "Wait", "Seconds": _SETTLE_SECONDS, "Next": "Compare"},
            "Compare": compared | {"Catch": [failing("TakeShadow")], "Next": "IsAlike"},
            "IsAlike": choice("$compared.passed", "Alike", "NotAlike"),
            "Alike": remember(
                {"seen": expression("'. Its shadow test: ' & $compared.reason")}, self.deploys
            ),
            "NotAlike": remember(refused, "TakeShadow"),
            # Approved as it is, a rollback could choose it.
            **self.update("TakeShadow", running, then="SendBack", otherwise="SendBack"),
        }

    def ab_test(self) -> States:
        """Gives the candidate a share of the traffic, until labels tell which version is better."""
        running = "$checked.current_model_package_arn"
        now = expression("$states.context.State.EnteredTime")
        asked = {"model": expression("$model"), "model_package_arn": expression("$arn")}
        looked = invoke(
            self.functions["ab_test"],
            asked | {"since": expression("$split_since"), "until": now},
            seconds=STEP_SECONDS,
            assign="split",
        )
        refused = {
            "outcome": "refused",
            "reason": expression(
                '"The A/B test: " & $split.verdict & ". " & $split.reason & $seen'
            ),
            "error": "ABTestLost",
        }
        away = f'"{LEAVING}"'
        return {
            # An execution that somebody stopped has left its candidate behind.
            "IsClear": choice("$checked.split", "Clear", "IsShadowed"),
            **self.update(
                "Clear", running, challenger=away, then="IsShadowed", otherwise="NotDeployed"
            ),
            "IsSplit": choice("$checked.looks > 0 and $tested", "Split", "Deploy"),
            **self.update(
                "Split", running, challenger="$arn", then="SplitBegun", otherwise="NotDeployed"
            ),
            "SplitBegun": remember(
                {"split_since": now, "looked": 0, "split": {"verdict": "not yet"}}, "SplitRuns"
            ),
            "SplitRuns": {
                "Type": "Wait",
                "Seconds": expression("$checked.look_seconds"),
                "Assign": {"looked": expression("$looked + 1")},
                "Next": "ABTest",
            },
            "ABTest": looked | {"Catch": [failing("TakeChallenger")], "Next": "IsDecided"},
            "IsDecided": choice(
                '$split.verdict = "not yet" and $looked < $checked.looks', "SplitRuns", "IsBetter"
            ),
            "IsBetter": choice('$split.verdict = "challenger"', "Better", "NotBetter"),
            "Better": remember(
                {"seen": expression("$seen & '. Its A/B test: ' & $split.reason")}, "Unite"
            ),
            # The guards of a rollout are for updates that change no variants: so first one, alone.
            **self.update(
                "Unite", running, challenger=away, then="Deploy", otherwise="NotDeployed"
            ),
            "NotBetter": remember(refused, "TakeChallenger"),
            **self.update(
                "TakeChallenger",
                running,
                challenger=away,
                then="WasRejected",
                otherwise="WasRejected",
            ),
            # Who rejected it meanwhile has the last word.
            "WasRejected": choice('$split.verdict = "rejected"', "Ended", "SendBack"),
        }

    def canary(self) -> States:
        """Whether anybody asked the version while its traffic was watched; if not, it goes back."""
        now = expression("$states.context.State.EnteredTime")
        asked = {
            "model": expression("$model"),
            "model_package_arn": expression("$arn"),
            "since": expression("$updated"),
            "until": expression("$until"),
        }
        counted = invoke(
            self.functions["canary"], asked, seconds=STEP_SECONDS, assign="counted"
        ) | {"Catch": [caught("RollBack")]}
        return {
            # Who goes back must not need traffic to get there.
            "IsWatched": choice("$checked.has_canary and $tested", "Watched", "SmokeTest"),
            "Watched": remember({"until": now}, "Canary"),
            "Canary": counted | {"Next": "IsAsked"},
            "IsAsked": choice("$counted.passed", "SmokeTest", "SettleCanary"),
            # What was captured last may not be written yet.
            "SettleCanary": {"Type": "Wait", "Seconds": _SETTLE_SECONDS, "Next": "CanaryAgain"},
            "CanaryAgain": counted | {"Next": "IsAskedNow"},
            "IsAskedNow": choice("$counted.passed", "SmokeTest", "NotAsked"),
            "NotAsked": remember(
                {"cause": expression("$counted.reason"), "error": "NobodyAsked"}, "RollBack"
            ),
        }
