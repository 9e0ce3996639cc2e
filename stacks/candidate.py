"""A second version beside the one that serves: mirrored to, or with a share of the traffic."""

from collections.abc import Mapping
from typing import Any, Literal

from aws_cdk import CfnCondition, Fn, Token
from aws_cdk import aws_sagemaker as sagemaker

from pipelines.stack_update import CHALLENGER_PARAMETER, LEAVING, SHADOW_PARAMETER
from stacks.version_stack import VersionStack, lettered
from terrace.endpoint_settings import ABTest
from terrace.names import CHALLENGER, NO_VERSION, SHADOW, VARIANT

Variant = Mapping[str, Any]  # in CloudFormation's own form
_NOTHING = {"Ref": "AWS::NoValue"}


class Candidate:
    """A parameter of an endpoint's stack that names a second version, and what hangs on it."""

    def __init__(
        self,
        stack: VersionStack,
        kind: Literal["Shadow", "Challenger"],
        parameter: str,
        description: str,
        properties: dict[str, Any],
    ) -> None:
        """`properties` are those of every model of the endpoint."""
        others = (LEAVING,) if kind == "Challenger" else ()
        self.parameter = stack.version_parameter(parameter, description, *others)
        nobody = [Fn.condition_equals(self.parameter, word) for word in (NO_VERSION, *others)]
        self._there = CfnCondition(
            stack,
            f"Has{kind}",
            expression=Fn.condition_not(
                nobody[0] if len(nobody) == 1 else Fn.condition_or(*nobody)
            ),
        )
        self.part = lettered(kind[0].lower(), self.parameter)
        containers = [
            sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=self.parameter)
        ]
        content = {**properties, "containers": containers}
        # Not by the name that the same version has once it serves, which comes before this goes.
        name = stack.versioned_name(content, self.part)
        self._model = sagemaker.CfnModel(stack, f"{kind}Model", model_name=name, **content)
        self._model.cfn_options.condition = self._there

    def variant(self, name: str, like: Variant, weight: float) -> Variant:
        """The variant of the second version, on instances like those of the first."""
        named = {"VariantName": name, "ModelName": self._model.attr_model_name}
        return {**like, **named, "InitialVariantWeight": weight}

    def if_there(self, value: Any, otherwise: Any) -> Any:
        """One value where there is a second version, and another where there is none."""
        return {"Fn::If": [self._there.logical_id, value, otherwise]}


def shadow(
    stack: VersionStack, config: sagemaker.CfnEndpointConfig, like: Variant, model: dict[str, Any]
) -> Candidate:
    """A candidate that sees the same requests, and nobody its answers.

    Args:
        stack: The endpoint's.
        config: The endpoint's configuration.
        like: The variant that serves.
        model: The properties of every model of the endpoint.
    """
    made = Candidate(stack, "Shadow", SHADOW_PARAMETER, "The version that is mirrored to", model)
    mirrored = made.variant(SHADOW, like, 1)
    config.add_property_override("ShadowProductionVariants", made.if_there([mirrored], _NOTHING))
    return made


def challenger(
    stack: VersionStack,
    config: sagemaker.CfnEndpointConfig,
    endpoint: sagemaker.CfnEndpoint,
    like: Variant,
    model: dict[str, Any],
    asked: ABTest,
) -> Candidate:
    """A candidate that answers for a share of the traffic.

    While it comes and goes the endpoint has other variants than before. SageMaker's guards are for
    updates that have the same, so such an update has none, and changes all at once.

    Args:
        stack: The endpoint's.
        config: The endpoint's configuration.
        endpoint: The endpoint.
        like: The variant that serves.
        model: The properties of every model of the endpoint.
        asked: What the file says of the test.
    """
    made = Candidate(
        stack, "Challenger", CHALLENGER_PARAMETER, "The version that has a share", model
    )
    # The weight of the first is kept, which is 1.
    second = made.variant(CHALLENGER, like, round(asked.percent / (100 - asked.percent), 6))
    first = {**like, "VariantName": VARIANT, "ModelName": _served(config)}
    config.add_property_override("ProductionVariants", [first, made.if_there(second, _NOTHING)])
    same = CfnCondition(
        stack, "IsGuarded", expression=Fn.condition_equals(made.parameter, NO_VERSION)
    )
    guard = stack.resolve(endpoint.deployment_config)
    endpoint.add_property_override(
        "DeploymentConfig", {"Fn::If": [same.logical_id, _in_cloudformation(guard), _NOTHING]}
    )
    return made


def name_by(
    stack: VersionStack,
    config: sagemaker.CfnEndpointConfig,
    properties: Mapping[str, Any],
    *candidates: Candidate,
) -> None:
    """Gives the configuration another name with each candidate.

    In the place of the version that serves stands the candidate: both would be longer than
    SageMaker allows, and between two that serve there is always a time without this one.

    Args:
        stack: The endpoint's.
        config: The endpoint's configuration.
        properties: Of the configuration, without its name.
        candidates: Of which one is there at most.
    """
    part = lettered("v", stack.version)
    for one in candidates:
        part = Token.as_string(one.if_there(one.part, part))
    config.endpoint_config_name = stack.versioned_name(properties, part)


def _in_cloudformation(value: Any) -> Any:
    """A resolved value with CloudFormation's names, which begin with a capital."""
    if isinstance(value, Mapping):
        return {f"{key[0].upper()}{key[1:]}": _in_cloudformation(one) for key, one in value.items()}
    return [_in_cloudformation(one) for one in value] if isinstance(value, list) else value


def _served(config: sagemaker.CfnEndpointConfig) -> Any:
    variants: Any = config.production_variants
    return variants[0].model_name
