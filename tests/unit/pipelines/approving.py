"""The approval state machine, run against a stack and a lock that tests can look at."""

from typing import Any

from pipelines.approval import FUNCTIONS, Approval
from terrace.events import RolloutFinished
from terrace.rollouts import Rollout, record_key
from tests.unit.pipelines.machine import Execution, Task, TaskFailed

DEFINITION = Approval(
    tenant="north",
    event_bus="bus",
    rollouts_table="rollouts",
    rollout_role_arn="arn:rollout",
    approvers=2,
    longest_test_seconds=3600,
    longest_rollout_seconds=4 * 3600,
    functions={name: f"arn:{name}" for name in FUNCTIONS},
).definition()
OLD, NEW = (f"arn:aws:sagemaker:r:1:model-package/north--tool-wear/{n}" for n in (1, 2))
CHECKED = {
    "model": "tool-wear",
    "tenant": "north",
    "version": 2,
    "stack_name": "terrace--north--tool-wear",
    "endpoint_name": "north--tool-wear",
    "current_model_package_arn": OLD,
    "already_deployed": False,
    "older": False,
    "enough_approvals": True,
    "approvals": "approved by arn:ada: 1 of 2 people who must approve it",
    "sample_uri": "s3://b/sample.json",
    "has_canary": False,
    "has_shadow": True,
    "shadow_seconds": 0,
    "has_ab_test": False,
    "looks": 0,
    "look_seconds": 0,
    "split": False,
    "reason": "version 2 replaces version 1",
}
NOT_MINE = "DynamoDB.ConditionalCheckFailedException"


class Cloud:
    """A stack and a lock, as far as the state machine sees them."""

    def __init__(self, *ends: str, held_for: int = 0) -> None:
        self.version = OLD
        self.shadow, self.mirrored = "none", False
        self.versions: list[str] = []
        self.challengers: list[str] = []
        self.locked = False
        # The configurations that the endpoint serves after each update; without, there is none.
        self.served: list[str] = []
        self.records: dict[str, Rollout] = {}
        self._held_for = held_for
        self._ends = list(ends) or ["UPDATE_COMPLETE"]
        self._progress = 0

    def lock(self, _asked: Any) -> Any:
        self._held_for -= 1
        if self._held_for >= 0:
            raise TaskFailed(NOT_MINE)
        self.locked = True

    def unlock(self, _asked: Any) -> Any:
        self.locked = False

    def record(self, asked: Any) -> Any:
        assert self.locked, "a rollout is recorded under the lock"
        item = asked["Item"]
        arn = item["model"]["S"].removeprefix("rollout of ")
        assert record_key(arn) == {"model": item["model"]}
        self.records[arn] = Rollout.of(item)

    def update(self, asked: Any) -> Any:
        assert asked["UsePreviousTemplate"] is True
        assert asked["RoleARN"] == "arn:rollout"
        assert self.locked, "a stack is updated only under the lock"
        parameter, shadow, *others = asked["Parameters"]
        assert [one["ParameterKey"] for one in asked["Parameters"]] == [
            "ModelPackageArn",
            "ShadowModelPackageArn",
            *["ChallengerModelPackageArn"] * len(others),
        ]
        self._progress = 2
        if self._ends[0] == "UPDATE_COMPLETE":
            self.version = parameter["ParameterValue"]
            self.shadow = shadow["ParameterValue"]
            self.mirrored |= self.shadow == NEW
            self.versions.append(self.version)
            self.challengers += [one["ParameterValue"] for one in others]

    def look(self, _asked: Any) -> Any:
        self._progress -= 1
        status = "UPDATE_IN_PROGRESS" if self._progress > 0 else self._ends.pop(0)
        outputs = [{"OutputKey": "EndpointConfigName", "OutputValue": "v2"}]
        return {
            "Stacks": [{"StackStatus": status, **({"Outputs": outputs} if self.served else {})}]
        }

    def serves(self, asked: Any) -> Any:
        assert asked == {"EndpointName": "north--tool-wear"}
        return {"EndpointConfigName": self.served.pop(0)}

    def why(self, _asked: Any) -> Any:
        """The newest event first, those of an earlier update at the end."""
        told = [
            ("2026-01-02T00:00:02.000Z", "ScalingPolicy", "CREATE_FAILED", "cancelled"),
            ("2026-01-02T00:00:01.000Z", "Endpoint", "CREATE_FAILED", "no capacity"),
            ("2026-01-02T00:00:00.500Z", "Model", "CREATE_COMPLETE", ""),
            ("2026-01-01T00:00:00.000Z", "Model", "CREATE_FAILED", "long ago"),
        ]
        names = ("Timestamp", "LogicalResourceId", "ResourceStatus", "ResourceStatusReason")
        return {"StackEvents": [dict(zip(names, event, strict=True)) for event in told]}


def failing(error: str, cause: str = "because") -> Task:
    def fail(_asked: Any) -> Any:
        raise TaskFailed(error, cause)

    return fail


def event(status: str, **more: str) -> dict[str, Any]:
    return {"detail": {"ModelPackageArn": NEW, "ModelApprovalStatus": status} | more}


def run(cloud: Cloud, given: dict[str, Any], **tasks: Task) -> Execution:
    usual: dict[str, Task] = {
        "Lock": cloud.lock,
        "Unlock": cloud.unlock,
        "Verify": lambda _asked: {"Payload": CHECKED},
        "DeployServed": cloud.serves,
        "RollBackServed": cloud.serves,
        "Deploy": cloud.update,
        "DeployLook": cloud.look,
        "DeployWhy": cloud.why,
        "Canary": lambda _asked: {"Payload": {"passed": True, "reason": "40 requests"}},
        "SmokeTest": lambda _asked: {"Payload": {"requests": 1}},
        "Shadow": cloud.update,
        "ShadowLook": cloud.look,
        "ShadowWhy": cloud.why,
        "Compare": lambda _asked: {"Payload": {"passed": True, "reason": "all alike"}},
        "TakeShadow": cloud.update,
        "TakeShadowLook": cloud.look,
        "TakeShadowWhy": cloud.why,
        **{
            f"{name}{end}": act
            for name in ("Clear", "Split", "Unite", "TakeChallenger")
            for end, act in (("", cloud.update), ("Look", cloud.look), ("Why", cloud.why))
        },
        "RollBack": cloud.update,
        "RollBackLook": cloud.look,
        "RollBackWhy": cloud.why,
        "LookAgain": lambda _asked: {"ModelApprovalStatus": "Approved"},
        "Record": cloud.record,
        "RecordLeft": cloud.record,
        "SendBack": lambda _asked: {},
        "ForgetApprovals": lambda _asked: {},
        "TellFinished": lambda _asked: {},
    }
    execution = Execution(definition=DEFINITION, tasks=usual | tasks).run(given)
    assert not cloud.locked, "the lock is always taken off"
    return execution


def told(execution: Execution) -> RolloutFinished:
    (entry,) = execution.events
    detail = RolloutFinished.model_validate(entry["Detail"])
    assert (detail.tenant, detail.model, detail.model_package_arn, detail.version) == (
        "north", "tool-wear", NEW, 2,
    )  # fmt: skip
    return detail
