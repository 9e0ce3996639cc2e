"""A candidate beside the version that serves: it sees the same requests, and nobody its answers."""

from typing import Any

from aws_cdk import CfnCondition, Fn
from aws_cdk import aws_sagemaker as sagemaker

from pipelines.stack_update import SHADOW_PARAMETER
from stacks.version_stack import VersionStack
from terrace.names import NO_VERSION, SHADOW, joined


class Shadow:
    """The second parameter of an endpoint's stack, and what hangs on it."""

    def __init__(self, stack: VersionStack, properties: dict[str, Any]) -> None:
        version = stack.version_parameter(SHADOW_PARAMETER, "The version that is mirrored to")
        self._there = CfnCondition(
            stack,
            "HasShadow",
            expression=Fn.condition_not(Fn.condition_equals(version, NO_VERSION)),
        )
        self._number = Fn.select(2, Fn.split("/", version))
        containers = [sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=version)]
        # Not by the name that the same version has once it serves, which comes before this goes.
        name = joined(stack.names.base, f"s{self._number}")
        self._model = sagemaker.CfnModel(
            stack, "ShadowModel", model_name=name, containers=containers, **properties
        )
        self._model.cfn_options.condition = self._there

    def join(self, config: sagemaker.CfnEndpointConfig, variant: dict[str, Any]) -> None:
        """Adds the candidate to the configuration, which has another name with it.

        Args:
            config: The endpoint's configuration.
            variant: The variant that serves, in CloudFormation's own form.
        """
        mirrored = variant | {"VariantName": SHADOW, "ModelName": self._model.attr_model_name}
        config.add_property_override(
            "ShadowProductionVariants", self._if_there([mirrored], {"Ref": "AWS::NoValue"})
        )
        # The tenant's name stays in front, where whoever reads the template can see it.
        end = self._if_there({"Fn::Join": ["", ["-s", self._number]]}, "")
        name = {"Fn::Join": ["", [config.endpoint_config_name, end]]}
        config.add_property_override("EndpointConfigName", name)

    def _if_there(self, value: Any, otherwise: Any) -> Any:
        return {"Fn::If": [self._there.logical_id, value, otherwise]}
