"""The instance types that `terrace.yaml` may name, for what they are used for."""

import difflib
from collections.abc import Callable, Set
from typing import Annotated

from pydantic import AfterValidator, Field

from terrace.instance_types import HOSTING, TRAINING, is_arm


def _one_of(allowed: Set[str], purpose: str) -> Callable[[str], str]:
    """A validator: SageMaker has the type for this purpose, and our images run on it."""

    def check(instance_type: str) -> str:
        if instance_type not in allowed:
            similar = difflib.get_close_matches(instance_type, sorted(allowed), 3)
            hint = f", for example {', '.join(similar)}" if similar else ""
            raise ValueError(
                f"SageMaker has no instances of type {instance_type} for {purpose}; "
                f"expected one that it has{hint}"
            )
        if is_arm(instance_type):
            raise ValueError(
                f"{instance_type} has an Arm processor, and Terrace builds images for amd64; "
                "expected a type with an Intel or AMD processor, for example ml.m5.large"
            )
        return instance_type

    return check


_Name = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
HostingInstanceType = Annotated[_Name, AfterValidator(_one_of(HOSTING, "endpoints"))]
TrainingInstanceType = Annotated[_Name, AfterValidator(_one_of(TRAINING, "training jobs"))]
