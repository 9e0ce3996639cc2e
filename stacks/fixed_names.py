"""Names that the CDK makes up of a construct's whole path, and so of the tenant's, made plain.

Without them the templates of tenants that are alike differ by the tenant's name alone, so that one
of them can stand for all (`stacks/alike.py`).
"""

import hashlib
import json
import re
from typing import Any

from aws_cdk import CfnResource, Stack
from constructs import Construct

from terrace.names import PREFIX, SEPARATOR

_DIGITS = 12
_PATH = "aws:cdk:path"


def fix_path(resource: CfnResource, path: str) -> None:
    """Of a resource: what its metadata say of where it is, if they do."""
    if resource.get_metadata(_PATH) is not None:
        resource.add_metadata(_PATH, path)


def digest(scope: Construct, tenant: str, properties: Any) -> str:
    """Of what something is, for the id of what must be made anew whenever it changes.

    It is the same whatever the tenant is called, whose name stands in names of ours alone.
    """
    resolved = json.dumps(Stack.of(scope).resolve(properties), sort_keys=True)
    own = rf"(?<={PREFIX}{SEPARATOR}){tenant}(?!-?[a-z0-9])|(?<![a-z0-9-]){tenant}(?={SEPARATOR})"
    nameless = re.sub(rf'{own}|(?<="){tenant}(?=")', "", resolved)
    return hashlib.sha256(nameless.encode()).hexdigest()[:_DIGITS]
