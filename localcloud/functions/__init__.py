"""Lambda: functions in Python run in processes of their own, by AWS's runtime interface client.

What a function's caller, its log and its metrics show is as on AWS: errors by the exception's own
class name, timeouts, retries of what nobody waits for. Functions for other runtimes stay with
MiniStack.
"""

import os
import sys
from pathlib import Path

from localcloud.config import Config


def install(config: Config) -> None:
    """Takes over the execution of functions."""
    from localcloud.functions.asynchronous import Queue
    from localcloud.functions.executor import Executor, notice_client_context, runs
    from localcloud.functions.logs import LogWriter
    from localcloud.functions.pool import Pool
    from localcloud.hooks import functions as hooks
    from localcloud.hooks import services

    # MiniStack finds `node`, for the functions that it runs, on the path.
    own_programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([own_programs, os.environ.get("PATH", os.defpath)])
    executor = Executor(pool=Pool(config.functions), log=LogWriter())
    services.before("lambda", notice_client_context)
    hooks.run_with(runs, executor.run)
    hooks.queue_with(Queue().put)
    hooks.check_sizes()
