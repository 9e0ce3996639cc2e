"""What a Step Functions task does: a real API call, with the state machine's own role.

MiniStack performs tasks by calling its services from within, where no policy is asked. Here each
task is a call of botocore's through the front door: parameters are checked against AWS's own
service model, and the role of the state machine needs the permission, as on AWS.
"""

from localcloud import clock
from localcloud.config import Config
from localcloud.hooks.maps import evaluate_jsonata
from localcloud.hooks.states import perform_tasks_with, wait_with
from localcloud.integrations.tasks import perform


def install(_config: Config) -> None:
    """Lets state machines perform their tasks this way, and wait by the cloud's own clock."""
    wait_with(clock.wall_seconds)
    perform_tasks_with(perform)
    evaluate_jsonata()
