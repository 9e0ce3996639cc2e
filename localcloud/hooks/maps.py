"""Step Functions: distributed maps in JSONata, which MiniStack runs in JSONPath alone."""

import copy
from typing import Any

from ministack.services import stepfunctions


def evaluate_jsonata() -> None:
    """Lets a distributed map have its items, its reader's arguments and its output in JSONata."""
    run_in_json_path = stepfunctions._run_distributed_map

    def run(
        state: Any, given: Any, effective: Any, processor: Any, execution: Any, context: Any
    ) -> Any:
        if stepfunctions._state_query_language(state, context) != "JSONata":
            return run_in_json_path(state, given, effective, processor, execution, context)
        told = {name: state[name] for name in _PASSED_ON if name in state}
        items = _items(state, given, context)
        results, _ = run_in_json_path(told, given, items, processor, execution, context)
        output = stepfunctions._apply_jsonata_output(
            state, given, context, result=results, default=results
        )
        stepfunctions._apply_state_assign(state, given, context, result=results)
        return output, stepfunctions._next_or_end(state)

    stepfunctions._run_distributed_map = run


# What is the same in both languages; the items come as the input.
_PASSED_ON = (
    "Label",
    "MaxConcurrency",
    "ToleratedFailureCount",
    "ToleratedFailurePercentage",
    "End",
)


def _items(state: Any, given: Any, context: Any) -> list[Any]:
    if reader := state.get("ItemReader"):
        arguments = stepfunctions._apply_jsonata_template(reader["Arguments"], given, context)
        items = stepfunctions._read_map_items(reader | {"Arguments": arguments}, given, context)
    else:
        items = stepfunctions._jsonata_state_field(state, "Items", "array", given, context)
    selector = state.get("ItemSelector")
    return [_selected(selector, item, i, given, context) for i, item in enumerate(items)]


def _selected(selector: Any, item: Any, index: int, given: Any, context: Any) -> Any:
    if not selector:
        return item
    told = copy.deepcopy(context) | {"Map": {"Item": {"Index": index, "Value": item}}}
    return stepfunctions._apply_jsonata_template(selector, given, told)
