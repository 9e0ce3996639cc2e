"""Services of AWS as deputies: the neighbour's alarm, rule or log group, aimed at a resource.

The administrator makes them under the neighbour's name. An alarm's history says whether its action
was done; of a rule's event, a dead-letter queue has a copy where the target did not let it in.
"""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from .attacks import Target
from .deployment import NEIGHBOUR, Deployment
from .mutations import PERMISSION, Mutation

_NAME = f"terrace--{NEIGHBOUR}--judge"
_WAIT_SECONDS = 20
Clients = Callable[[str], Any]


def services_let_in(
    deployment: Deployment, mutation: Mutation, attacked: list[Target]
) -> Iterator[str]:
    """The services that bring something of the neighbour's to what a mutated policy guards."""
    if mutation.family == "resource" and _names_services(mutation):
        for target in attacked:
            yield from _ways(deployment.stage.client, target)


def own_alarm_reaches(deployment: Deployment, mutation: Mutation) -> Iterator[str]:
    """What a mutated alarm calls that is the neighbour's."""
    if mutation.resource["Type"] == "AWS::CloudWatch::Alarm":
        name = deployment.name(mutation.stack, mutation.logical_id)
        for action in _acted(deployment.stage.client("cloudwatch"), name):
            if action in {one.arn for one in deployment.of(NEIGHBOUR)}:
                yield f"the alarm {name} calls {action}"


def _names_services(mutation: Mutation) -> bool:
    written = json.dumps([mutation.before, mutation.after])
    return mutation.resource["Type"] == PERMISSION or '"Service"' in written or '"*"' in written


def _ways(clients: Clients, target: Target) -> Iterator[str]:
    for what, (types, is_taken) in _DEPUTIES.items():
        if target.type in types and is_taken(clients, target):
            yield f"{what} of {NEIGHBOUR} reaches {target.arn}"


def is_event_taken(
    clients: Clients, target: Target, whose: str = NEIGHBOUR, role: str | None = None
) -> bool:
    """Whether a target lets in a rule of a tenant, on the shared bus or on the tenant's own.

    The rule has the role that is given, if any.
    """
    return any(
        _is_taken_from(clients, target, bus, whose, role)
        for bus in ("default", f"terrace--{whose}")
    )


def _is_taken_from(
    clients: Clients, target: Target, bus: str, whose: str, role: str | None
) -> bool:
    events, word = clients("events"), uuid.uuid4().hex
    witness, rule = _Witness(clients("sqs")), f"terrace--{whose}--judge"
    events.put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps({"source": [word]}))
    # The second target is called after the first one was.
    first: dict[str, Any] = {"Id": "1", "Arn": target.arn}
    first |= {"DeadLetterConfig": {"Arn": witness.arn}} | ({"RoleArn": role} if role else {})
    second = {"Id": "2", "Arn": witness.arn}
    events.put_targets(Rule=rule, EventBusName=bus, Targets=[first, second])
    event = {"Source": word, "DetailType": "judge", "Detail": "{}", "EventBusName": bus}
    try:
        events.put_events(Entries=[event])
        return not witness.has_refusal()
    finally:
        events.remove_targets(Rule=rule, EventBusName=bus, Ids=["1", "2"])
        events.delete_rule(Name=rule, EventBusName=bus)
        witness.close()


class _Witness:
    """A queue that gets an event, and a copy with the reason where another target refused it."""

    def __init__(self, sqs: Any) -> None:
        self._sqs = sqs
        self._url = sqs.create_queue(QueueName=f"judge-{uuid.uuid4().hex[:8]}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        self.arn = str(attributes["Attributes"]["QueueArn"])
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": self.arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})

    def has_refusal(self) -> bool:
        """Whether the event was refused elsewhere, once it is here."""
        messages: list[Any] = []
        while not any("ERROR_CODE" not in one.get("MessageAttributes", {}) for one in messages):
            received = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                WaitTimeSeconds=_WAIT_SECONDS,
            ).get("Messages", [])
            assert received, "the witness's own event did not come"
            messages += received
        return any("ERROR_CODE" in one.get("MessageAttributes", {}) for one in messages)

    def close(self) -> None:
        self._sqs.delete_queue(QueueUrl=self._url)


def _is_alarm_taken(clients: Clients, target: Target) -> bool:
    cloudwatch = clients("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=_NAME,
        MetricName="judge",
        Namespace="judge",
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[target.arn],
    )
    try:
        return target.arn in _acted(cloudwatch, _NAME)
    finally:
        cloudwatch.delete_alarms(AlarmNames=[_NAME])


def _acted(cloudwatch: Any, alarm: str) -> set[str]:
    """The actions that an alarm did when it was set off."""
    word = uuid.uuid4().hex
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason=word)
    before = len(_history(cloudwatch, alarm))
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason=word)
    items = _history(cloudwatch, alarm)
    new = items[: len(items) - before]
    return {data["notificationResource"] for data in new if data["actionState"] == "Succeeded"}


def _history(cloudwatch: Any, alarm: str) -> list[dict[str, Any]]:
    items = cloudwatch.describe_alarm_history(AlarmName=alarm, HistoryItemType="Action")
    return [json.loads(one["HistoryData"]) for one in items["AlarmHistoryItems"]]


def _encrypts_logs(clients: Clients, key: Target) -> bool:
    logs, name = clients("logs"), f"/aws/lambda/{_NAME}"
    try:
        logs.create_log_group(logGroupName=name, kmsKeyId=key.arn)
    except ClientError:
        return False
    logs.delete_log_group(logGroupName=name)
    return True


_DEPUTIES: dict[str, tuple[tuple[str, ...], Callable[[Clients, Target], bool]]] = {
    "a rule": (
        ("AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::Lambda::Function"),
        is_event_taken,
    ),
    "an alarm": (("AWS::SNS::Topic", "AWS::Lambda::Function"), _is_alarm_taken),
    "a log group": (("AWS::KMS::Key",), _encrypts_logs),
}
