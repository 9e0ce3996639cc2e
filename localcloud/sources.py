"""What an AWS service says of its source when it calls another service for one of its resources.

`aws:SourceArn` and `aws:SourceAccount` are not sent everywhere: a policy that asks for them where
they are missing refuses everything, without an error that anyone sees.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
Source: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

EVENTBRIDGE = "events.amazonaws.com"
_ARN, _ACCOUNT, _OWNER = "aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner"
# By service and target: "You can't use Condition blocks in Amazon SNS topic policies for
# EventBridge"; "A SourceAccount setting prevents EventBridge from being able to invoke".
_NOT_SENT = {(EVENTBRIDGE, "sns"): {_ARN, _ACCOUNT, _OWNER}, (EVENTBRIDGE, "lambda"): {_ACCOUNT}}


def source_keys(principal: str, target_arn: str, source_arn: str, account: str) -> dict[str, str]:
    """The condition keys that a service sends with a call.

    Args:
        principal: The service, for example `events.amazonaws.com`.
        target_arn: The topic, queue or function that it calls, also where the question is about
            the key of the topic or queue.
        source_arn: For example the rule's ARN.
        account: The source's account.
    """
    sent = {_ARN: source_arn, _ACCOUNT: account, _OWNER: account}
    missing = _NOT_SENT.get((principal, target_arn.split(":")[2]), set())
    return {name: value for name, value in sent.items() if name not in missing}
