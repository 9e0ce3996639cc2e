"""What `terrace.yaml` says of one model: how it is trained, served, watched and trained again."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from pydantic import Field, create_model, model_validator

from terrace import names
from terrace.alerting import Alerting
from terrace.attributes import Attributes
from terrace.endpoint_settings import Endpoint, RealTime
from terrace.monitor import ON_FILES, Kind, Options
from terrace.monitors import MONITORS
from terrace.retraining import Limits
from terrace.setting import Many, Schedule, Setting
from terrace.training_settings import HELD_OUT, Champion, Holdout, Threshold, Training

_BIAS, _QUALITY = "bias-drift", "model-quality"

ModelName = Annotated[str, Field(pattern=names.NAME_PATTERN, max_length=names.MODEL_NAME_LENGTH)]


class Capture(Setting):
    """How much of the traffic is captured."""

    sampling_percentage: int = Field(100, ge=1, le=100)


class Card(Setting):
    """What only people know of a model, for the model card of each of its versions."""

    purpose: str = Field("", max_length=2048)
    intended_uses: str = Field("", max_length=2048)
    risk_rating: Literal["High", "Medium", "Low", "Unknown"] = "Unknown"
    ethical_considerations: str = Field("", max_length=2048)
    caveats: str = Field("", max_length=2048)


class Traffic(Setting):
    """What `terrace cost` reckons with; nothing else looks at it."""

    requests_per_day: float = Field(1000, ge=0)
    kilobytes_per_request: float = Field(1, ge=0, description="The request and its answer.")
    milliseconds_per_request: float = Field(
        50, ge=0, description="Of a function or a serverless endpoint that answers."
    )
    trainings_per_month: float = Field(4, ge=0)
    training_minutes: float = Field(15, ge=0, description="Of one training job, by the clock.")


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
        description="A window with more captured traffic than this is divided, and observed in "
        "parts; 0 divides every window.",
    )
    divide_on: Literal["functions", "spark"] = Field(
        "functions",
        description="Who observes the parts: functions, by a distributed map, or a job of EMR "
        "Serverless, for windows of which a single day is terabytes.",
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
    holdout: Holdout | None = None
    gate: Many[Threshold] = ()
    champion: Champion | None = Field(
        None, description="Compares each version with the one that runs, on the held-out rows."
    )
    endpoint: Endpoint = RealTime()
    capture: Capture = Capture()
    outputs: Many[str] = Field(
        (),
        description="The columns of a response in CSV, in their order. Default: those that a "
        "monitor asks for, the predicted class and then its score.",
    )
    attributes: Attributes | None = None
    monitors: Monitors = Monitors()
    retraining: Retraining | None = None
    rollback_within_hours: int = Field(
        24,
        ge=0,
        le=720,
        description="An alarm of the endpoint that fires so soon after a rollout brings the "
        "approved version before back; 0: people decide.",
    )
    traffic: Traffic = Traffic()
    card: Card = Card()

    @model_validator(mode="after")
    def _shadow_sees_everything(self) -> Self:
        if self.endpoint.shadow and self.capture.sampling_percentage < 100:
            raise ValueError(
                f"endpoint.shadow with capture.sampling_percentage "
                f"{self.capture.sampling_percentage}; expected 100, since the two variants' "
                "captured answers are compared request by request"
            )
        return self

    @model_validator(mode="after")
    def _ab_test_has_labels(self) -> Self:
        if self.endpoint.ab_test and _QUALITY not in self.monitors.chosen():
            raise ValueError(
                f"endpoint.ab_test got no monitors.{_QUALITY}; expected it, which says what is a "
                "right answer"
            )
        return self

    @model_validator(mode="after")
    def _judged_by_what_is_measured(self) -> Self:
        bars = [f"gate: {one.metric}" for one in self.gate if one.split == HELD_OUT]
        if self.holdout is None and (asking := [*bars, *(["champion"] if self.champion else [])]):
            raise ValueError(
                f"{', '.join(asking)} got no holdout; expected the model's `holdout`, which says "
                "what rows are held out"
            )
        bias = [one.metric for one in self.gate if one.is_bias]
        if bias and _BIAS not in self.monitors.chosen():
            raise ValueError(
                f"gate got {', '.join(bias)}; expected monitors.{_BIAS}, which says what facets "
                "the metrics of bias are about"
            )
        return self

    @model_validator(mode="after")
    def _attributes_are_read(self) -> Self:
        if self.attributes is None:
            return self
        places = self.attributes.of_responses
        if places and self.outputs:
            raise ValueError(
                f"outputs got {', '.join(self.outputs)} beside places in responses of JSON; "
                "expected one of them: `outputs` names the columns of CSV"
            )
        unread = set(places)
        for kind, options in self.monitors.chosen().items():
            unread &= {*self.attributes.unread(MONITORS[kind].layout(options, ()), options)}
        if unread:
            raise ValueError(
                f"attributes got {', '.join(sorted(unread))}; expected places of what a monitor "
                "of the model reads of responses"
            )
        return self

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
