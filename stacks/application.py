"""The whole CDK app: the platform, and for each tenant a stack and one for each of its models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aws_cdk import App as App
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from stacks.acknowledgements import acknowledge_platform, acknowledge_tenant
from stacks.endpoint import EndpointStack
from stacks.function_endpoint import FunctionEndpointStack
from stacks.platform import PlatformStack
from stacks.serverless_endpoint import ServerlessEndpointStack
from stacks.serving import Serving
from stacks.tenant import TenantStack
from terrace.endpoint_settings import Lambda, RealTime, Serverless
from terrace.model_settings import Model
from terrace.settings import Settings, Tenant


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
            _endpoint(app, tenant, model, shared, root)
    Validations.of(app).add_plugins(checks(app))


def _endpoint(app: App, tenant: Tenant, model: Model, shared: TenantStack, root: Path) -> None:
    """The stack of one model, by the kind of its endpoint."""
    common: dict[str, Any] = {"tenant": tenant, "model": model, "shared": shared}
    match model.endpoint, shared.serving:
        case RealTime() as endpoint, _:
            EndpointStack(app, endpoint=endpoint, **common)
        case Serverless() as endpoint, Serving() as serving:
            ServerlessEndpointStack(app, endpoint=endpoint, serving=serving, root=root, **common)
        case Lambda() as endpoint, Serving() as serving:
            FunctionEndpointStack(app, endpoint=endpoint, serving=serving, root=root, **common)
