"""The whole CDK app: the platform, and for each tenant a stack and one for each of its models."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import App as App
from aws_cdk import Validations
from cdk_nag import AwsSolutionsChecks

from stacks.acknowledgements import acknowledge_platform, acknowledge_tenant
from stacks.alike import alike, in_own_words, write_each
from stacks.endpoint import EndpointStack
from stacks.function_endpoint import FunctionEndpointStack
from stacks.platform import PlatformStack
from stacks.serverless_endpoint import ServerlessEndpointStack
from stacks.serving import Serving
from stacks.tenant import TenantStack
from terrace.endpoint_settings import Asynchronous, Lambda, MultiModel, RealTime, Serverless
from terrace.errors import TerraceError
from terrace.model_settings import Model
from terrace.settings import Settings, Tenant


def synthesize(settings: Settings, root: Path, **options: Any) -> Path:
    """Synthesizes the stacks of the settings; the folder of the cloud assembly.

    Args:
        settings: The file's.
        root: The folder with the code, and the one that the models' sources are relative to.
        options: Of the CDK's app.

    Raises:
        TerraceError: The stacks cannot be made of the settings.
        RuntimeError: The CDK's own checks found something; what, they have printed.
    """
    app, groups = App(analytics_reporting=False, **options), alike(settings.tenants)
    try:
        build(app, settings, root, tenants=[group.synthesized for group in groups])
        folder = Path(app.synth().directory)
    except TerraceError as error:
        raise type(error)(in_own_words(str(error), groups)) from error
    except RuntimeError as error:
        for group in groups:
            if group.synthesized not in group.tenants:
                error.add_note(str(group))
        raise
    write_each(folder, groups)
    return folder


def build(
    app: App,
    settings: Settings,
    root: Path,
    *,
    tenants: Sequence[Tenant],
    checks: Callable[[App], Any] = AwsSolutionsChecks,
) -> None:
    """Adds the platform's and these tenants' stacks to the app, and the checks of each synth."""
    platform = PlatformStack(app, settings)
    acknowledge_platform(platform)
    for tenant in tenants:
        shared = TenantStack(app, tenant=tenant, platform=platform, root=root)
        acknowledge_tenant(shared, tenant.name)
        for model in tenant.models:
            _endpoint(app, tenant, model, shared, root)
    Validations.of(app).add_plugins(checks(app))


def _endpoint(app: App, tenant: Tenant, model: Model, shared: TenantStack, root: Path) -> None:
    """The stack of one model, by the kind of its endpoint."""
    common: dict[str, Any] = {"tenant": tenant, "model": model, "shared": shared}
    match model.endpoint, shared.serving:
        case (RealTime() | Asynchronous()) as endpoint, _:
            EndpointStack(app, endpoint=endpoint, **common)
        case Serverless() as endpoint, Serving() as serving:
            ServerlessEndpointStack(app, endpoint=endpoint, serving=serving, root=root, **common)
        case (Lambda() | MultiModel()) as endpoint, Serving() as serving:
            FunctionEndpointStack(app, endpoint=endpoint, serving=serving, root=root, **common)
