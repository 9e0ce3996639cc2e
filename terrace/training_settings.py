"""What `terrace.yaml` says of a model's training: its job, held-out rows, search and gate."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from terrace.endpoint_settings import TrainingType
from terrace.setting import Many, Setting

Parameter = str | bool | int | float
TUNING = "tuning"  # the hyperparameter that tells an image to search by itself
HELD_OUT = "held_out"  # the split that Terrace itself holds back, among those of the image

OfPredictions = Literal[
    "accuracy", "precision", "recall", "f1", "mcc", "brier", "calibration_error"
]
OfBias = Literal[
    "AD", "CDDL", "CDDPL", "CI", "DAR", "DCA", "DCR", "DI", "DPL", "DPPL", "DRR", "GE", "JS",
    "KL", "KS", "LP", "RD", "SD", "TE", "TVD",
]  # fmt: skip
_ERRORS = frozenset({"brier", "calibration_error"})  # the lower, the better


class Whole(Setting):
    """A hyperparameter that is a whole number."""

    kind: Literal["integer"]
    minimum: int
    maximum: int
    scale: Literal["linear", "logarithmic"] = "linear"


class Real(Setting):
    """A hyperparameter that is a number."""

    kind: Literal["continuous"]
    minimum: float
    maximum: float
    scale: Literal["linear", "logarithmic"] = "linear"


class Category(Setting):
    """A hyperparameter that is one of some texts."""

    kind: Literal["categorical"]
    values: Many[str] = Field(min_length=1, max_length=30)


Range = Annotated[Whole | Real | Category, Field(discriminator="kind")]


class Tuning(Setting):
    """The hyperparameters that are searched for, and by what a trial is judged.

    The image's `train` logs a line `<split>:<metric>=<value>` a trial, which is what is compared.
    The split must be one that the image held out itself: what Terrace holds back judges the
    winner and must not choose it.
    """

    where: Literal["jobs", "one-job"] = Field(
        "jobs",
        description="A SageMaker tuning job with a training job a trial, or one training job in "
        "which the image's `train` searches by itself.",
    )
    split: str
    metric: OfPredictions
    trials: int = Field(10, ge=1, le=750)
    parallel: int = Field(2, ge=1, le=100)
    automl_trials: int = Field(
        0,
        ge=0,
        le=10_000,
        description="Of one-job: how many an AutoML library in the image makes, beside the others.",
    )
    strategy: Literal["Bayesian", "Random"] = "Bayesian"
    seed: int = Field(0, ge=0, le=2**31 - 1)
    parameters: dict[str, Range] = Field(min_length=1, max_length=30)

    @property
    def goal(self) -> Literal["Maximize", "Minimize"]:
        """Which end of the metric is the good one, in SageMaker's words."""
        return "Minimize" if self.metric in _ERRORS else "Maximize"

    @property
    def objective(self) -> str:
        """The metric as the image's `train` logs it."""
        return f"{self.split}:{self.metric}"

    @model_validator(mode="after")
    def _searchable(self) -> Self:
        if self.split == HELD_OUT:
            raise ValueError(
                f"tuning.split got {HELD_OUT!r}; expected a split of the image's own, since what "
                "chooses among the trials cannot judge the winner"
            )
        for name, one in self.parameters.items():
            if isinstance(one, Category):
                continue
            if one.minimum >= one.maximum:
                raise ValueError(
                    f"tuning.parameters.{name} got {one.minimum} to {one.maximum}; expected a "
                    "minimum below its maximum"
                )
            if one.scale == "logarithmic" and one.minimum <= 0:
                raise ValueError(
                    f"tuning.parameters.{name} got a logarithmic scale from {one.minimum}; "
                    "expected a minimum above 0"
                )
        if self.automl_trials and self.where == "jobs":
            raise ValueError(
                f"tuning.automl_trials got {self.automl_trials} where: jobs; expected where: "
                "one-job, since a tuning job of SageMaker's knows no AutoML library"
            )
        if self.parallel > self.trials:
            raise ValueError(
                f"tuning.parallel got {self.parallel}; expected at most the {self.trials} trials"
            )
        return self


class Training(Setting):
    """How a model is trained."""

    instance_type: TrainingType = "ml.m5.large"
    volume_size_gb: int = Field(10, ge=1, le=16384)
    max_runtime_seconds: int = Field(3600, ge=60, le=2_419_200)
    hyperparameters: dict[str, Parameter] = Field({}, description="Passed to the image's `train`.")
    tuning: Tuning | None = None

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        both = self.hyperparameters.keys() & (self.tuning.parameters if self.tuning else {}).keys()
        if both:
            raise ValueError(
                f"hyperparameters got {', '.join(sorted(both))}, which tuning.parameters searches "
                "for; expected each in one of the two"
            )
        return self


class Holdout(Setting):
    """The rows that Terrace holds back of each training set, and that no training sees.

    Which side a row is on follows from the row itself, so it stays there while the data grow,
    and no version is ever measured on a row that it, or the version before it, has learned.
    """

    by: Literal["row", "group", "time"] = Field(
        "row",
        description="Rows at random, whole groups at random, or the newest rows.",
    )
    column: str | None = Field(None, description="Of the groups, or of the time.")
    share: float = Field(0.2, gt=0, lt=1)
    salt: str = Field("", description="Another one holds other rows or groups back.")

    @model_validator(mode="after")
    def _column_where_it_has_one(self) -> Self:
        if (self.by == "row") == (self.column is not None):
            expected = "no column" if self.by == "row" else "the column's name"
            raise ValueError(
                f"holdout.column got {self.column!r} by {self.by}; expected {expected}"
            )
        return self

    def __str__(self) -> str:
        """In words."""
        what = {"row": "rows at random", "group": f"groups of {self.column} at random",
                "time": f"the newest rows by {self.column}"}[self.by]  # fmt: skip
        salted = f", salt {self.salt!r}" if self.salt else ""
        return f"{self.share:.0%}: {what}{salted}"


class Threshold(Setting):
    """One bar a trained version must clear before it is registered."""

    split: str = Field(
        HELD_OUT, description="A split of the image's own, or `held_out`, which Terrace held back."
    )
    metric: OfPredictions | OfBias
    minimum: float | None = None
    maximum: float | None = None
    slice: str | None = Field(
        None,
        description="A column of the held-out rows: the bar is for the rows of each of its values.",
    )
    least_rows: int = Field(30, ge=1, description="A slice with fewer is told and not judged.")

    @property
    def is_bias(self) -> bool:
        """Whether it is a metric of the model's bias-drift monitor."""
        return self.metric in get_args(OfBias)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError("a threshold needs a minimum, a maximum or both; got neither")
        for key, found in (("slice", self.slice is not None), (str(self.metric), self.is_bias)):
            if found and self.split != HELD_OUT:
                raise ValueError(f"{key} got split {self.split!r}; expected {HELD_OUT!r}")
        if self.slice is not None and self.is_bias:
            raise ValueError(f"metric {self.metric} got a slice; expected none, it has its facets")
        return self


class Champion(Setting):
    """What is demanded of a version beside the one that runs, on the same held-out rows."""

    demand: Literal["not-worse", "better"] = "not-worse"
    significance: float = Field(
        0.05, gt=0, lt=0.5, description="Of McNemar's exact test, one-sided."
    )
