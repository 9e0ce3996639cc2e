"""The model that a command is about."""

from terrace.errors import TerraceError
from terrace.model_settings import Model
from terrace.settings import Settings


class UnknownModel(TerraceError):
    """A tenant or a model that the settings do not have."""


def chosen(settings: Settings, tenant: str, model: str) -> Model:
    """One model of one tenant.

    Raises:
        UnknownModel: There is none of these names.
    """
    tenants = {given.name: given for given in settings.tenants}
    if tenant not in tenants:
        raise UnknownModel(f"no tenant {tenant!r}; expected one of: {', '.join(tenants)}")
    models = {given.name: given for given in tenants[tenant].models}
    if model not in models:
        raise UnknownModel(
            f"tenant {tenant!r} has no model {model!r}; expected one of: {', '.join(models)}"
        )
    return models[model]
