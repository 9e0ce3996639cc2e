"""What becomes of data when its stack is deleted."""

from aws_cdk import RemovalPolicy


def removal(*, retain: bool) -> RemovalPolicy:
    """What is retained survives its stack, but not a creation that failed.

    A bucket with a fixed name that a failed creation left behind would make the next one fail.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if retain else RemovalPolicy.DESTROY
