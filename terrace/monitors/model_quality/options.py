"""What the monitor of model quality is told."""

from typing import Literal, Self

from pydantic import Field, model_validator

from terrace.monitor import Options
from terrace.monitors.values import Value

Problem = Literal["binary", "multiclass", "regression"]


class ModelQualityOptions(Options):
    """Do the predictions still agree with the labels as well as they did?"""

    problem: Problem = Field(description="binary, multiclass or regression.")
    label: str = Field(min_length=1, description="The column with the true class or number.")
    predicted: str = Field(
        "predicted", min_length=1, description="The column with the predicted class or number."
    )
    score: str | None = Field(
        None, description="The column with the score of the positive class, a probability."
    )
    positive: Value | None = Field(
        None, description="The class that is looked for, of two; by default the greater one."
    )
    slices: str | None = Field(
        None, description="A column each of whose values is measured by itself as well."
    )
    tolerance: float = Field(
        3.0,
        ge=0,
        description="A suggested threshold lies beyond the baseline by so many standard deviations "
        "of the difference from a window as large; for a smaller one it is moved further off.",
    )

    @model_validator(mode="after")
    def _fits_the_problem(self) -> Self:
        if self.problem != "binary":
            for name in ("score", "positive"):
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"{name} got {getattr(self, name)!r} for problem {self.problem}; "
                        "expected it for problem binary alone"
                    )
        return self
