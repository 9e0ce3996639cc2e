"""Clients of AWS's services and the function's environment, one of each a worker."""

import os
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from terrace.environment import Environment


@cache
def client(service: str) -> Any:
    """The worker's one client of a service; making one takes longer than most calls."""
    made: Any = boto3  # its stubs know clients by literal names alone
    return made.client(service)


def environment() -> Environment:
    """What the stacks told this function."""
    return Environment.load(os.environ)


def says(error: ClientError, code: str, *words: str) -> bool:
    """Whether AWS refused with this code, and with one of these words where any are given.

    SageMaker and CloudFormation call a missing thing a `ValidationException` or
    `ValidationError`, as they call any other mistake: the words alone tell them apart.
    """
    answer = error.response.get("Error", {})
    message = str(answer.get("Message", "")).lower()
    return answer.get("Code") == code and (not words or any(word in message for word in words))
