"""Lambda functions in Python: the deployed code under AWS's own runtime interface client.

`pool` keeps warm environments, `environment` is one of them, `runtime_api` is what its client
talks to, `code` unpacks zips, and `embedded_metrics` turns log lines into CloudWatch metrics.
"""

from localcloud.config import Config
from localcloud.functions.pool import Pool
from localcloud.hooks.functions import execute_python_with


def install(config: Config) -> None:
    """Executes every Python function this way."""
    execute_python_with(Pool(config).execute)
