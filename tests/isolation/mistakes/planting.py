"""How a mistake is planted into synthesized templates, and where all of them are kept."""

from collections.abc import Callable
from typing import Any

Templates = dict[str, Any]
Mistake = Callable[[Templates], None]

NORTH, SOUTH, PLATFORM = "terrace--north-mill", "terrace--south-mill", "terrace--platform"
WORKSHOP = "terrace--workshop"
ACCOUNT, REGION = "123456789012", "us-east-1"
MISTAKES: dict[str, Mistake] = {}


def mistake(title: str) -> Callable[[Mistake], Mistake]:
    def keep(plant: Mistake) -> Mistake:
        MISTAKES[title] = plant
        return plant

    return keep


def of_type(templates: Templates, stack: str, kind: str, part: str = "") -> Any:
    """The properties of a stack's first resource of a type whose logical id holds a text."""
    for name, resource in templates[stack]["Resources"].items():
        if resource["Type"] == kind and part in name:
            return resource.setdefault("Properties", {})
    raise AssertionError(f"no {kind} with {part!r} in {stack}")


def arn(templates: Templates, stack: str, kind: str, part: str = "") -> str:
    """The ARN of a stack's first resource of a type, as the proof knows it."""
    from terrace.assembly.templates import Templates as Read

    return next(
        str(one.arn)
        for one in Read(templates).resources(stack)
        if one.type == kind and part in one.logical_id
    )


def may(templates: Templates, action: Any, resource: Any, **more: Any) -> None:
    """Lets the north mill's monitor do something more."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


def monitor(templates: Templates) -> Any:
    return of_type(templates, NORTH, "AWS::IAM::Policy", "Functionsmonitor")


def document(templates: Templates, kind: str, part: str = "", stack: str = SOUTH) -> list[Any]:
    found = of_type(templates, stack, kind, part)
    for name in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
        if name in found:
            return list_of(found[name])
    raise AssertionError(f"{kind} has no policy")


def list_of(policy: Any) -> list[Any]:
    statements: list[Any] = policy["Statement"]
    return statements


def unbind(statements: list[Any], service: str) -> None:
    """Takes the conditions from what a service of AWS may do."""
    bound = [one for one in statements if service in str(one["Principal"]) and "Condition" in one]
    assert bound, f"nothing is let in for {service}"
    for statement in bound:
        del statement["Condition"]


def their_role(templates: Templates) -> str:
    return arn(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")


def put(templates: Templates, stack: str, kind: str, **properties: Any) -> None:
    templates[stack]["Resources"]["Planted"] = {"Type": kind, "Properties": properties}


def everybody(action: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}
