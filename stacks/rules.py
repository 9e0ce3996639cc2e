"""Rules that call a function: one way to make each of them."""

from typing import Any, cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.fixed_names import fix_permissions

_QUEUE = "UndeliveredByArn"


def calling_rule(
    scope: Construct,
    construct_id: str,
    *,
    function: lambda_.IFunction,
    name: str,
    undelivered: sqs.IQueue,
    given: events.RuleTargetInput | None = None,
    **rule: Any,
) -> None:
    """A rule that calls a function; what cannot be delivered waits in the queue.

    Args:
        scope: Where it stands.
        construct_id: Its name there.
        function: Which is called.
        name: The rule's; the queue's policy knows the tenant's rules by what it begins with.
        undelivered: For events that the function did not take.
        given: What it is called with, where that is not the event.
        rule: The rule's own properties.
    """
    queue = unlisted(scope, undelivered)
    target = targets.LambdaFunction(function, event=given, dead_letter_queue=queue)
    fix_permissions(events.Rule(scope, construct_id, rule_name=name, targets=[target], **rule))


def unlisted(scope: Construct, queue: sqs.IQueue) -> sqs.IQueue:
    """The queue, as one whose policy the CDK leaves alone.

    The CDK adds a statement for each rule, and SQS takes 20 statements and 8,192 bytes.
    """
    found = scope.node.try_find_child(_QUEUE)
    if found is None:
        return sqs.Queue.from_queue_arn(scope, _QUEUE, queue.queue_arn)
    return cast(sqs.IQueue, found)
