"""Whether an endpoint serves the configuration of its stack, once CloudFormation is done.

SageMaker takes an update back by itself where the new instances fail, and the endpoint is then
InService with the configuration before (hashicorp/terraform-provider-aws#48997). CloudFormation
need not notice, so the approval asks the endpoint.
"""

from pipelines.outcomes import failing
from pipelines.states import States, call, choice, expression, remember

OUTPUT = "EndpointConfigName"  # of stacks with an endpoint of SageMaker's
_FOUND = f"$states.result.Stacks[0].Outputs[OutputKey = '{OUTPUT}'].OutputValue"
# In an answer of DescribeStacks: the configuration's name, empty where there is none.
CONFIG = f"$exists({_FOUND}) ? {_FOUND} : ''"


def compared(name: str, *, then: str, otherwise: str) -> States:
    """The states `<name>Config` and on, with the stack's configuration in `$stack.config`.

    Args:
        name: What their names begin with.
        then: The state where the endpoint serves it, or there is no endpoint.
        otherwise: The one where it serves another; `$stack` then says so.
    """
    endpoint = {"EndpointName": expression("$checked.endpoint_name")}
    look = call("aws-sdk:sagemaker:describeEndpoint", endpoint)
    look["Assign"] = {"served": expression("$states.result.EndpointConfigName")}
    words = (
        "'SageMaker took the update back: endpoint ' & $checked.endpoint_name & ' serves '"
        " & $served & ', and its stack says ' & $stack.config"
    )
    differs = {"stack": {"status": expression("$stack.status"), "reason": expression(words)}}
    return {
        f"{name}Config": choice("$stack.config = ''", then, f"{name}Served"),
        f"{name}Served": look | {"Catch": [failing("Unlock")], "Next": f"{name}Serves"},
        f"{name}Serves": choice("$served = $stack.config", then, f"{name}Differs"),
        f"{name}Differs": remember(differs, otherwise),
    }
