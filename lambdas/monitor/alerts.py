"""Whether people are told of a scheduled window, which is remembered beside the reports."""

from lambdas.common.objects import ObjectRefused, Objects
from lambdas.monitor.found import Found
from terrace.alerting import Alerting, Past, after


def told(objects: Objects, found: Found, rules: Alerting) -> Past:
    """Whether people are told of a window, and if not why; noted for the next one."""
    key = f"{found.running.version.names.model}/monitoring/{found.monitor}/alerting.json"
    now = after(
        _past(objects, key),
        rules,
        window_end=found.window.end,
        violated=bool(found.result.violations),
        records=found.result.records,
    )
    objects.write(key, now.model_dump_json(indent=2))
    return now


def _past(objects: Objects, key: str) -> Past:
    try:
        return Past.model_validate_json(objects.read(objects.uri(key)))
    except ObjectRefused:  # the first window
        return Past()
