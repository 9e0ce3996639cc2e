"""CloudWatch Logs: who sees what is written to a log."""

from collections.abc import Callable, Iterable
from typing import Any

from ministack.services import cloudwatch_logs


def notice_with(notice: Callable[[Iterable[str]], None]) -> None:
    """Lets `notice` see the messages of each `PutLogEvents` that was taken."""
    put = cloudwatch_logs._put_log_events

    def put_and_notice(request: dict[str, Any]) -> Any:
        answer = put(request)
        if answer[0] < 400:
            notice([event["message"] for event in request.get("logEvents", [])])
        return answer

    cloudwatch_logs._put_log_events = put_and_notice
