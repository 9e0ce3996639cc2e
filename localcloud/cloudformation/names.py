"""The names that CloudFormation makes up where a template gives none.

The rule is that of `IdentifierUtils` in cloudformation-cli-java-plugin, which the resource
handlers of AWS use: leading dashes and runs of dashes of the stack's name are collapsed, the
stack's name and the logical id share the length that is left and are cut to it, and twelve random
letters and digits follow.
"""

import hashlib
import re
import string

_SUFFIX = 12
_SHORTEST = 15
_SEPARATED_FROM = 17
_ALPHABET = string.ascii_letters + string.digits
# The longest name of a type where MiniStack has another than AWS.
_LONGEST = {
    "AWS::IAM::Role": 64,
    "AWS::Lambda::Function": 64,
    "AWS::SQS::Queue": 80,
    "AWS::Events::Archive": 48,
    "AWS::CodeDeploy::Application": 100,
    "AWS::CodeDeploy::DeploymentConfig": 100,
    "AWS::CodeDeploy::DeploymentGroup": 100,
    "AWS::SageMaker::Model": 63,
    "AWS::SageMaker::EndpointConfig": 63,
    "AWS::SageMaker::Endpoint": 63,
    "AWS::SageMaker::ModelPackageGroup": 63,
}


def longest_name(type_name: str, otherwise: int) -> int:
    """How long the name of a resource of a type may be."""
    return _LONGEST.get(type_name, otherwise)


def generated_name(stack: str, logical_id: str, seed: str, longest: int) -> str:
    """A name for a resource, the same for the same seed.

    Args:
        stack: The stack's name.
        logical_id: The resource's.
        seed: Random text that is new for each physical resource.
        longest: How long the name may be.

    Raises:
        ValueError: `longest` leaves no room for a name.
    """
    if longest < _SHORTEST:
        raise ValueError(f"Cannot generate resource IDs shorter than {_SHORTEST} characters.")
    stack = re.sub(r"-{2,}", "-", stack.lstrip("-"))
    separator = "-" if longest > _SEPARATED_FROM else ""
    room = longest - _SUFFIX - 1 - len(separator)
    of_stack, of_logical_id = _shares(room, len(stack), len(logical_id))
    prefix = f"{stack[:of_stack]}{separator}{logical_id[:of_logical_id]}"
    return f"{prefix}-{_suffix(f'{stack} {logical_id} {seed}')}"


def _shares(room: int, first: int, second: int) -> tuple[int, int]:
    """Half of the room for each, and what one does not need for the other."""
    if first + second <= room:
        return first, second
    half = room // 2
    if first <= half:
        return first, room - first
    if second <= half:
        return room - second, second
    return room - half, half


def _suffix(seed: str) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest())
    letters = []
    for _ in range(_SUFFIX):
        number, position = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[position])
    return "".join(letters)
