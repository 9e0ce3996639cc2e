"""What register is asked: a trained, measured version that cleared the gate."""

from lambdas.common.request import ModelRequest, Payload
from lambdas.common.training import Baseline, Evaluation, Plan


class Gate(Payload):
    """What the gate said, a sentence a bar."""

    verdicts: tuple[str, ...] = ()


class Request(ModelRequest):
    """The version, with all that earlier steps found."""

    run: str
    plan: Plan
    evaluation: Evaluation
    baseline: Baseline
    gate: Gate = Gate()
    execution: str
