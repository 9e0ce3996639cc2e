"""`terrace.yaml` as typed, frozen values: what an operator may choose, and nothing else.

`terrace.settings_file.load` reads the file; this module says what it may hold.
"""

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    model_validator,
)

from terrace import names
from terrace.alerting import Alerting
from terrace.levels import LEVELS, LevelName, laid_under
from terrace.monitor import ON_FILES, Kind, Options
from terrace.monitors import MONITORS
from terrace.quotas import Quotas, exceeded
from terrace.retraining import Limits

InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
LogRetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
]  # fmt: skip  # the values that CloudWatch Logs takes
Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], Field(strict=False)]  # YAML has lists alone
Parameter = str | bool | int | float

_ENDPOINTS: dict[str, tuple[str, str]] = {
    "email": (r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "an e-mail address"),
    "http": (r"^http://\S+$", "an http:// address"),
    "https": (r"^https://\S+$", "an https:// address"),
    "sqs": (r"^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:\S+$", "a queue's ARN"),
    "lambda": (r"^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:\S+$", "a function's ARN"),
}


def _schedule(expression: str) -> str:
    if not re.fullmatch(r"rate\([1-9]\d* (minute|hour|day)s?\)|cron\([^()]+\)", expression):
        raise ValueError("expected rate(<n> minutes|hours|days) or cron(<six fields>)")
    return expression


def _tenant_name(name: str) -> str:
    if name in names.RESERVED_TENANTS:
        reserved = ", ".join(sorted(names.RESERVED_TENANTS))
        raise ValueError(f"this name is Terrace's own; any but these: {reserved}")
    return name


Schedule = Annotated[str, AfterValidator(_schedule)]
TenantName = Annotated[
    str,
    Field(pattern=names.NAME_PATTERN, max_length=names.TENANT_NAME_LENGTH),
    AfterValidator(_tenant_name),
]
ModelName = Annotated[str, Field(pattern=names.NAME_PATTERN, max_length=names.MODEL_NAME_LENGTH)]


class Setting(BaseModel):
    """The base of all settings: frozen, no key unknown, no type guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Subscription(Setting):
    """Who is told: an SNS subscription to the tenant's (or the operators') topic."""

    protocol: Literal["email", "http", "https", "sqs", "lambda"]
    endpoint: str

    @model_validator(mode="after")
    def _endpoint_fits_protocol(self) -> Self:
        pattern, expected = _ENDPOINTS[self.protocol]
        if not re.match(pattern, self.endpoint):
            raise ValueError(
                f"endpoint {self.endpoint!r} does not fit protocol {self.protocol}: "
                f"expected {expected}"
            )
        return self


class Training(Setting):
    """How a model is trained."""

    instance_type: InstanceType = "ml.m5.large"
    volume_size_gb: int = Field(10, ge=1, le=16384)
    max_runtime_seconds: int = Field(3600, ge=60, le=2_419_200)
    hyperparameters: dict[str, Parameter] = Field({}, description="Passed to the image's `train`.")


class Threshold(Setting):
    """One bar a trained version must clear before it is registered."""

    split: str = Field(description="The held-out split, as the image's `train` names it.")
    metric: Literal["accuracy", "precision", "recall", "f1", "mcc"]
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a threshold needs a minimum, a maximum or both; got neither")
        return self


class Endpoint(Setting):
    """How a model is served."""

    instance_type: InstanceType = "ml.m5.large"
    min_instances: int = Field(1, ge=1, le=100)
    max_instances: int = Field(2, ge=1, le=100)
    invocations_per_instance: int = Field(
        600, ge=1, description="Per minute; above it another instance is added."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_instances < self.min_instances:
            raise ValueError(
                f"max_instances {self.max_instances} is below min_instances "
                f"{self.min_instances}: expected at least as many"
            )
        return self


class Capture(Setting):
    """How much of the traffic is captured."""

    sampling_percentage: int = Field(100, ge=1, le=100)


class Traffic(Setting):
    """What `terrace cost` reckons with; nothing else looks at it."""

    requests_per_day: float = Field(1000, ge=0)
    kilobytes_per_request: float = Field(1, ge=0, description="The request and its answer.")
    trainings_per_month: float = Field(4, ge=0)
    training_minutes: float = Field(15, ge=0, description="Of one training, by the clock.")


class Scheduled(Options):
    """When a monitor of one model runs, and over what."""

    schedule: Schedule = "rate(1 hour)"
    delay_minutes: int = Field(
        5,
        ge=0,
        le=43200,
        description="A window ends this long before its schedule fires: what was captured in it "
        "is written a little later, and its labels may come much later.",
    )
    alert: Alerting = Alerting()
    divide_above_mb: int = Field(
        1024,
        ge=0,
        description="A window with more captured traffic than this is divided among many "
        "functions by a distributed map; 0 divides every window.",
    )

    @property
    def divide_above_bytes(self) -> int:
        """The same in bytes."""
        return self.divide_above_mb * 1024 * 1024


def _settings_of(kind: Kind) -> type[Scheduled]:
    """What the file says of one kind of monitor: when it runs, and the monitor's own options."""
    bases: Any = (Scheduled, kind.options)  # a tuple of several types has no type of its own
    not_here: Any = {
        name: (None, Field(None, exclude=True, description="Of the commands alone."))
        for name, field in kind.options.model_fields.items()
        if field.json_schema_extra == ON_FILES
    }
    made: Any = create_model(
        kind.options.__name__.removesuffix("Options"),
        __base__=bases,
        __doc__=kind.options.__doc__,
        **not_here,
    )
    return cast("type[Scheduled]", made)


class _Chosen(Setting):
    """The monitors of one model; one left out runs as the level says, `null` switches it off."""

    def chosen(self) -> dict[str, Scheduled]:
        """The monitors that run, by kind."""
        kinds = {field.alias or name: name for name, field in type(self).model_fields.items()}
        settings = {kind: getattr(self, name) for kind, name in kinds.items()}
        return {kind: monitor for kind, monitor in settings.items() if monitor is not None}


if TYPE_CHECKING:
    Monitors = _Chosen
else:
    Monitors = create_model(
        "Monitors",
        __base__=_Chosen,
        __doc__=_Chosen.__doc__,
        **{
            name.replace("-", "_"): (_settings_of(kind) | None, Field(None, alias=name))
            for name, kind in MONITORS.items()
        },
    )


class Retraining(Setting, Limits):
    """What a model is trained again by, without anybody asking. Each is off unless said."""

    schedule: Schedule | None = None
    on_new_data: bool = Field(
        False, description="A .parquet or .csv file below `<model>/training/data/`."
    )
    on_violations_of: Many[str] = Field((), description="Monitors of the model.")

    @property
    def occasions(self) -> bool:
        """Whether there is any."""
        return bool(self.schedule or self.on_new_data or self.on_violations_of)


class Model(Setting):
    """One model of one tenant."""

    name: ModelName
    source: str = Field(description="The folder with the image's Dockerfile.", min_length=1)
    label: str = Field(description="The training set's label column.", min_length=1)
    training: Training = Training()
    gate: Many[Threshold] = ()
    endpoint: Endpoint = Endpoint()
    capture: Capture = Capture()
    outputs: Many[str] = Field(
        (),
        description="The columns of a response in CSV, in their order. Default: those that a "
        "monitor asks for, the predicted class and then its score.",
    )
    monitors: Monitors = Monitors()
    retraining: Retraining | None = None
    traffic: Traffic = Traffic()

    @model_validator(mode="after")
    def _violations_are_of_monitors(self) -> Self:
        named = self.retraining.on_violations_of if self.retraining else ()
        if unknown := set(named) - set(self.monitors.chosen()):
            raise ValueError(
                f"retraining.on_violations_of got {', '.join(sorted(unknown))}; expected monitors "
                f"of the model: {', '.join(self.monitors.chosen()) or 'it has none'}"
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _label_said_once(cls, given: Any) -> Any:
        """A monitor that takes the label is told the model's."""
        monitors = given.get("monitors") if isinstance(given, dict) else None
        if not isinstance(monitors, dict) or "label" not in given:
            return given
        label = {"label": given["label"]}
        told = {
            kind: label | settings
            if isinstance(settings, dict)
            and kind in MONITORS
            and "label" in MONITORS[kind].options.model_fields
            else settings
            for kind, settings in monitors.items()
        }
        return {**given, "monitors": told}


class Tenant(Setting):
    """One tenant: isolated from every other."""

    name: TenantName
    level: LevelName = "smb"
    human_centered: bool = Field(
        False, description="Reserved for review queues and labelling; nothing comes of it yet."
    )
    subscriptions: Many[Subscription] = ()
    log_retention_days: LogRetentionDays = 90
    retain_data: bool = Field(
        True, description="Keep the data bucket and its key when the tenant's stack is deleted."
    )
    models: Many[Model] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _level_laid_under(cls, given: Any) -> Any:
        level = LEVELS.get(given.get("level", "smb")) if isinstance(given, dict) else None
        if level is None:
            return given
        tenant = laid_under(level.tenant, given)
        models = given.get("models")
        if isinstance(models, list):
            tenant["models"] = [
                laid_under(level.model, model) if isinstance(model, dict) else model
                for model in models
            ]
        return tenant

    @model_validator(mode="after")
    def _models_differ(self) -> Self:
        _refuse_duplicates("model", [model.name for model in self.models])
        return self


class Platform(Setting):
    """What all tenants share."""

    repository: str | None = Field(
        None,
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="The GitHub repository (owner/name) whose workflows may deploy.",
    )
    environment: str = Field(
        "production", pattern=r"^[\w.-]+$", description="The GitHub environment that may deploy."
    )
    subscriptions: Many[Subscription] = Field(
        (), description="Operators, told of every tenant's alerts."
    )
    quotas: Quotas = Field(Quotas(), description="What the account may have of what is limited.")


class Settings(Setting):
    """The whole of `terrace.yaml`."""

    platform: Platform = Platform()
    tenants: Many[Tenant] = Field(min_length=1)

    @model_validator(mode="after")
    def _tenants_differ(self) -> Self:
        _refuse_duplicates("tenant", [tenant.name for tenant in self.tenants])
        return self

    @model_validator(mode="after")
    def _within_quotas(self) -> Self:
        models = [len(tenant.models) for tenant in self.tenants]
        if told := list(exceeded(self.platform.quotas, models)):
            raise ValueError("; ".join(told))
        return self


def _refuse_duplicates(kind: str, given: list[str]) -> None:
    if len(set(given)) < len(given):
        raise ValueError(f"{kind} names must differ")
