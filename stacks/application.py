"""The whole CDK app: the platform, and for each tenant a stack and one for each of its models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import App as App
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from stacks.acknowledgements import acknowledge_platform, acknowledge_tenant
from stacks.endpoint import EndpointStack
from stacks.platform import PlatformStack
from stacks.tenant import TenantStack
from terrace.settings import Settings


def build(
    app: App, settings: Settings, root: Path, *, checks: Callable[[App], Any] = AwsSolutionsChecks
) -> None:
    """Adds every stack of the settings to the app, and the checks that run at each synth.

    `root` is the folder with the code, and the one that the models' sources are relative to.
    """
    platform = PlatformStack(app, settings)
    acknowledge_platform(platform)
    for tenant in settings.tenants:
        shared = TenantStack(app, tenant=tenant, platform=platform, root=root)
        acknowledge_tenant(shared, tenant.name)
        for model in tenant.models:
            EndpointStack(app, tenant=tenant, model=model, shared=shared)
    Validations.of(app).add_plugins(checks(app))
