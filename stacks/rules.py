"""Rules that call a function: one way to make each of them."""

from typing import Any

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.fixed_names import fix_permissions


def calling_rule(
    scope: Construct,
    construct_id: str,
    *,
    function: lambda_.IFunction,
    undelivered: sqs.IQueue,
    given: events.RuleTargetInput | None = None,
    **rule: Any,
) -> None:
    """A rule that calls a function; what cannot be delivered waits in the queue.

    Args:
        scope: Where it stands.
        construct_id: Its name there.
        function: Which is called.
        undelivered: For events that the function did not take.
        given: What it is called with, where that is not the event.
        rule: The rule's own properties.
    """
    target = targets.LambdaFunction(function, event=given, dead_letter_queue=undelivered)
    fix_permissions(events.Rule(scope, construct_id, targets=[target], **rule))
