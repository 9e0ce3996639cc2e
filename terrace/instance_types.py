"""The instance types of SageMaker: which host models, which train, which transform batches.

From the enumerations of SageMaker's API (ProductionVariantInstanceType, TrainingInstanceType,
TransformInstanceType) as botocore ships them. A test compares; a family's line is
"families: sizes".
"""

import re
from collections.abc import Iterator

# The letters after the generation name what is special of a family; g is a Graviton (or Grace)
# processor, whose instances run images for arm64 only.
# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
_ARM = re.compile(r"^ml\.[a-z]+\d+[a-z-]*g")


def _types(*lines: str) -> frozenset[str]:
    return frozenset(name for line in lines for name in _of_line(line))


def _of_line(line: str) -> Iterator[str]:
    families, _, sizes = line.partition(":")
    for family in families.split():
        yield from (f"ml.{family}.{size}" for size in sizes.split())


def is_arm(instance_type: str) -> bool:
    """Whether an instance type has a processor that runs images for arm64 and no others."""
    return _ARM.match(instance_type) is not None


HOSTING = _types(
    "c4: large xlarge 2xlarge 4xlarge 8xlarge",
    "c5 c5d: large xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
    "c6g c6gd c6gn c7g m6g m6gd r6g r6gd: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "c6i c6in m6i r6i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
    "c7i m7i r7i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "c8g m8g r8g: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "dl1 p4d p4de: 24xlarge",
    "g4dn: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "g5 g6 g6e: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "g7 g7e: 2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge",
    "inf1: xlarge 2xlarge 6xlarge 24xlarge",
    "inf2: xlarge 8xlarge 24xlarge 48xlarge",
    "m4: xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
    "m5 m5d r5 r5d: large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "p2: xlarge 8xlarge 16xlarge",
    "p3: 2xlarge 8xlarge 16xlarge",
    "p5: 4xlarge 48xlarge",
    "p5e p5en p6-b200 p6-b300 trn2: 48xlarge",
    "p6e-gb200: 36xlarge",
    "r7gd: medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "t2: medium large xlarge 2xlarge",
    "trn1: 2xlarge 32xlarge",
    "trn1n: 32xlarge",
)

TRAINING = _types(
    "c4: xlarge 2xlarge 4xlarge 8xlarge",
    "c5 c5n: xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
    "c6i: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
    "c7i-flex c8i-flex g4dn: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "c7i m7i r7i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "c8i: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge 96xlarge",
    "g5 g6 g6e: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "g7 g7e: 2xlarge 4xlarge 8xlarge 12xlarge 24xlarge 48xlarge",
    "m4: xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
    "m5: large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "m6i r6i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
    "m7i-flex m8i-flex r8i-flex: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "m8i r8i: "
    "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge 48xlarge "
    "96xlarge",
    "p2: xlarge 8xlarge 16xlarge",
    "p3: 2xlarge 8xlarge 16xlarge",
    "p3dn p4d p4de: 24xlarge",
    "p5: 4xlarge 48xlarge",
    "p5e p5en p6-b200 p6-b300 trn2: 48xlarge",
    "p6e-gb200: 36xlarge",
    "r5 r5d: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge",
    "t3: medium large xlarge 2xlarge",
    "trn1: 2xlarge 32xlarge",
    "trn1n: 32xlarge",
)

TRANSFORM = _types(
    "c4: xlarge 2xlarge 4xlarge 8xlarge",
    "c5: xlarge 2xlarge 4xlarge 9xlarge 18xlarge",
    "c6i m6i r6i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge",
    "c7i m7i r7i: large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "g4dn: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge",
    "g5 g6 g6e: xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge",
    "inf2: xlarge 8xlarge 24xlarge 48xlarge",
    "m4: xlarge 2xlarge 4xlarge 10xlarge 16xlarge",
    "m5: large xlarge 2xlarge 4xlarge 12xlarge 24xlarge",
    "p2: xlarge 8xlarge 16xlarge",
    "p3: 2xlarge 8xlarge 16xlarge",
    "trn1: 2xlarge 32xlarge",
)
