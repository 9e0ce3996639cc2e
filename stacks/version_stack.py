"""A model's stack: what serves one version of it, which is the stack's one parameter.

`ModelPackageArn` is the approved version. The approval state machine changes it, `cdk deploy`
leaves it as it is.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from aws_cdk import (
    CfnCondition,
    CfnParameter,
    CfnResource,
    DefaultStackSynthesizer,
    Fn,
    Stack,
    Tags,
)
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from pipelines.stack_update import PARAMETER
from stacks.endpoint_alarm import endpoint_alarm
from stacks.tenant import TenantStack
from terrace.model_settings import Model
from terrace.names import NO_VERSION, TENANT_TAG, ModelNames, joined
from terrace.settings import Tenant

# A version of one group; the proof of isolation reads it, so it names the model itself.
_ARN = "arn:[a-z-]+:sagemaker:[a-z0-9-]+:[0-9]+:model-package/{group}/[0-9]+"
_DIGEST_LENGTH = 4


class VersionStack(Stack):
    """The parameter, and alarms that tell the tenant's people."""

    def __init__(
        self, scope: Construct, *, tenant: Tenant, model: Model, shared: TenantStack
    ) -> None:
        self.names = ModelNames(tenant=tenant.name, model=model.name)
        super().__init__(
            scope,
            self.names.stack,
            description=f"Terrace: endpoint of {model.name} of {tenant.name}",
            # The rule reads a parameter of the bootstrap stack at each update, which the role
            # that rolls a version out has no business with.
            synthesizer=DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
        )
        Tags.of(self).add(TENANT_TAG, tenant.name)
        self.tenant = tenant
        self.model = model
        self.shared = shared
        self.version = self.version_parameter(PARAMETER, "The approved version")

    def version_parameter(self, name: str, description: str, *others: str) -> str:
        """A parameter that is a version, or `none`, or one of other words."""
        arn = _ARN.format(group=self.names.model_package_group)
        return CfnParameter(
            self,
            name,
            default=NO_VERSION,
            allowed_pattern="|".join((NO_VERSION, *others, arn)),
            description=f"{description}; set by the approval state machine",
        ).value_as_string

    def alarm(
        self, name: str, metric: cloudwatch.IMetric, threshold: float, description: str
    ) -> cloudwatch.Alarm:
        """An alarm on what is measured each minute, of which the tenant's people are told."""
        return endpoint_alarm(
            self,
            name,
            metric,
            threshold,
            name=joined(self.names.base, name),
            description=f"{description} at endpoint {self.names.endpoint}",
            topic=self.shared.notification.topic,
        )

    def only_with_version(self) -> CfnCondition:
        """Hangs everything that the stack holds by now on there being a version."""
        condition = CfnCondition(
            self,
            "HasVersion",
            expression=Fn.condition_not(Fn.condition_equals(self.version, NO_VERSION)),
        )
        for construct in self.node.find_all():
            if isinstance(construct, CfnResource):
                construct.cfn_options.condition = condition
        return condition

    def served_model(self, properties: Mapping[str, Any]) -> sagemaker.CfnModel:
        """SageMaker's model of the approved version.

        Args:
            properties: What it has beside its name and its container.
        """
        containers = [
            sagemaker.CfnModel.ContainerDefinitionProperty(model_package_name=self.version)
        ]
        given: dict[str, Any] = {**properties, "containers": containers}
        name = self.versioned_name(given)
        return sagemaker.CfnModel(self, "Model", model_name=name, **given)

    def versioned_name(self, properties: Mapping[str, Any], part: str = "") -> str:
        """A name that changes with the version and with everything that cannot be changed.

        CloudFormation replaces such a resource, and could not if the new one had the old name.

        Args:
            properties: What cannot be changed.
            part: What stands for the version; by default its number does.
        """
        fixed = json.dumps(self.resolve(properties), sort_keys=True)
        digest = hashlib.sha256(fixed.encode()).hexdigest()[:_DIGEST_LENGTH]
        return joined(self.names.base, part or lettered("v", self.version), digest)


def lettered(letter: str, version: str) -> str:
    """A letter and the version's number, for names."""
    return f"{letter}{Fn.select(2, Fn.split('/', version))}"
