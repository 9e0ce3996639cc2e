# ruff: noqa: E501  # sentences of a page
"""The levels as a page: what each gives, and what AWS does not allow together."""

from collections.abc import Iterator, Mapping
from typing import Any

from terrace.impossible import COMBINED, IMPOSSIBLE
from terrace.levels import LEVELS

_HEAD = """\
# Levels

A tenant's level is a set of defaults, laid under what `terrace.yaml` says of the tenant and of each of its models. Whatever the file says wins, field by field, but for what is promised: to have less of it would be another level under this one's name, and is refused. Nothing else ever asks which level a tenant has. This page is what `terrace levels` prints.
"""
_KINDS = """\
## Kinds of endpoints

| kind | what answers | captured by | how a new version takes over | while nobody asks |
| --- | --- | --- | --- | --- |
| `lambda` | a function with the model in ONNX or LiteRT, behind the tenant's API | the function, through Data Firehose | CodeDeploy shifts the function's alias | costs nothing |
| `serverless` | a SageMaker serverless endpoint, asked by a function behind the tenant's API | the function, through Data Firehose | at once; the smoke test sets it back | costs nothing |
| `multi-model` | a model of the tenant's multi-model endpoint, asked by a function behind the tenant's API | the function, through Data Firehose | CodeDeploy shifts the function's alias, which names the version | the endpoint's least number of instances runs, for all of its models |
| `asynchronous` | a SageMaker endpoint on instances, by way of the tenant's bucket and a queue | a function that SageMaker's notifications call | blue/green, all at once, as a canary or linearly | costs nothing: no instance runs |
| `real-time` | a SageMaker endpoint on instances | SageMaker | blue/green, all at once, as a canary or linearly | the least number of instances runs |

A function finds its model in the version's artifact, the archive that training made: a file of `.onnx`, or one of `.tflite`, as TensorFlow's converter writes it, with a class a line in `labels.txt` beside it where it is a classifier. Its columns are the features in their order; with several inputs they are the inputs in the file's order, and JSON names them.

Captured records have the same format and the same place whoever writes them, so every monitor works on every kind. A model that says another kind than its level's takes that kind's own defaults.

An API's callers send `POST <ApiUrl><model>/invocations` with the tenant's key in the header `x-api-key`; both are outputs of the tenant's stack. `X-Amzn-SageMaker-Inference-Id` and `X-Amzn-SageMaker-Custom-Attributes` are captured as SageMaker captures them.
"""
_IMPOSSIBLE = """\
## What does not go together

Told when the file is read, before anything is deployed.

| kind | with | why | AWS's rule |
| --- | --- | --- | --- |
"""


def page() -> str:
    """The whole page, in Markdown."""
    rows = [
        f"| {', '.join(one.kinds)} | {', '.join(keys)} | {one.reason} | {one.source} |"
        for one, keys in [
            *((one, [f"`{key}`" for key in one.keys]) for one in IMPOSSIBLE),
            *((one, list(one.keys)) for one in COMBINED),
        ]
    ]
    return "\n".join([_HEAD, *_levels(), "", _KINDS, _IMPOSSIBLE + "\n".join(rows)]) + "\n"


def _levels() -> Iterator[str]:
    given = {name: dict(_given(name)) for name in LEVELS}
    keys = dict.fromkeys(key for values in given.values() for key in values)
    yield f"| | {' | '.join(f'`{name}`' for name in LEVELS)} |"
    yield f"| --- {'| --- ' * len(LEVELS)}|"
    yield f"| for | {' | '.join(level.summary for level in LEVELS.values())} |"
    for key in keys:
        cells = (values.get(key, "") for values in given.values())
        yield f"| `{key}` | {' | '.join(cells)} |"


def _given(name: str) -> Iterator[tuple[str, str]]:
    level = LEVELS[name]
    for key, text in _flat("", level.tenant):
        promised = key.split(".")[0] in level.promised
        yield key, f"{text} (promised)" if promised else text
    yield from _flat("models[].", level.model)
    yield from _flat("models[].monitors[].", level.monitors)


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(f"{prefix}{key}.", value)
        else:
            yield f"{prefix}{key}", _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping) or value is True:
        return "yes"
    return "no" if value is False else str(value)
