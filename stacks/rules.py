"""Rules that call a function: one way to make each of them.

The policies of the function and of the queue know a tenant's rules by what their names begin with.
The CDK would add a statement to both for each rule, and SQS takes 20 statements and 8,192 bytes,
Lambda 20 KB.
"""

from typing import Any, cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks import arns
from terrace.names import TenantNames

_QUEUE, _FUNCTION = "UndeliveredByArn", "ByArn"


def calling_rule(
    scope: Construct,
    construct_id: str,
    *,
    tenant: str,
    occasion: str,
    function: lambda_.IFunction,
    undelivered: sqs.IQueue,
    given: events.RuleTargetInput | None = None,
    **rule: Any,
) -> None:
    """A rule that calls a function; what cannot be delivered waits in the queue.

    Args:
        scope: Where it stands.
        construct_id: Its name there.
        tenant: Whose it is.
        occasion: The end of the rule's name.
        function: Which is called.
        undelivered: For events that the function did not take.
        given: What it is called with, where that is not the event.
        rule: The rule's own properties.
    """
    names = TenantNames(tenant=tenant)
    _let_rules_call(function, names, on_own_bus=rule.get("event_bus") is not None)
    target = targets.LambdaFunction(
        _unlisting(function), event=given, dead_letter_queue=unlisted(scope, undelivered)
    )
    events.Rule(scope, construct_id, rule_name=names.rule(occasion), targets=[target], **rule)


def unlisted(scope: Construct, queue: sqs.IQueue) -> sqs.IQueue:
    """The queue, as one whose policy the CDK leaves alone."""
    found = scope.node.try_find_child(_QUEUE)
    if found is None:
        return sqs.Queue.from_queue_arn(scope, _QUEUE, queue.queue_arn)
    return cast(sqs.IQueue, found)


def rule_arns(names: TenantNames, *, on_own_bus: bool) -> str:
    """The ARNs of a tenant's rules on its own bus or on the default bus, as a pattern."""
    bus = f"{names.base}/" if on_own_bus else ""
    return arns.arn("events", f"rule/{bus}{names.rule('*')}")


def _unlisting(function: lambda_.IFunction) -> lambda_.IFunction:
    """The function, as one whose policy the CDK leaves alone."""
    found = function.node.try_find_child(_FUNCTION)
    if found is None:
        return lambda_.Function.from_function_attributes(
            cast(Construct, function),
            _FUNCTION,
            function_arn=function.function_arn,
            same_environment=False,
            skip_permissions=True,
        )
    return cast(lambda_.IFunction, found)


def _let_rules_call(function: lambda_.IFunction, names: TenantNames, *, on_own_bus: bool) -> None:
    construct_id = "RulesOfOwnBus" if on_own_bus else "Rules"
    if function.node.try_find_child(construct_id) is None:
        lambda_.CfnPermission(
            cast(Construct, function),
            construct_id,
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="events.amazonaws.com",
            source_arn=rule_arns(names, on_own_bus=on_own_bus),
        )
