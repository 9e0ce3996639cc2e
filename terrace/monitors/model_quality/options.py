"""What the monitor of model quality is told."""

from typing import Literal, Self

from pydantic import Field, model_validator

from terrace.monitor import Names, Options
from terrace.monitors.values import Value

Problem = Literal["binary", "multiclass", "regression"]


class ModelQualityOptions(Options):
    """Do the predictions still agree with the labels as well as they did?"""

    problem: Problem = Field(description="binary, multiclass or regression.")
    label: str = Field(min_length=1, description="The column with the true class or number.")
    predicted: str | None = Field(
        None,
        min_length=1,
        description="The column with the predicted class or number; by default `predicted`, "
        "unless `threshold` or `label_headers` says how a class comes of probabilities.",
    )
    score: str | None = Field(
        None, description="The column with the score of the positive class, a probability."
    )
    threshold: float | None = Field(
        None, description="The score above which the positive class is predicted."
    )
    label_headers: Names = Field(
        (),
        description="The classes: columns with the probability of each, of which the predicted "
        "one has the greatest; a,b,c in the order of the response.",
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

    @property
    def outputs(self) -> tuple[str, ...]:
        """The columns of a response, in their order."""
        score = (self.score,) if self.score and self.score not in self.label_headers else ()
        return (*(() if self.prediction is None else (self.prediction,)), *self.label_headers,
                *score)  # fmt: skip

    @property
    def prediction(self) -> str | None:
        """The column with the prediction; None where that comes of probabilities."""
        if self.threshold is not None or self.label_headers:
            return None
        return self.predicted or "predicted"

    @model_validator(mode="after")
    def _one_way_to_a_prediction(self) -> Self:
        ways = {
            name: getattr(self, name)
            for name in ("predicted", "threshold", "label_headers")
            if getattr(self, name) not in (None, ())
        }
        if len(ways) > 1:
            got = " and ".join(f"{name} {value!r}" for name, value in ways.items())
            raise ValueError(f"got {got}; expected one of them")
        if self.threshold is not None and self.score is None:
            raise ValueError("threshold got no score; expected the column that it is a bound of")
        if self.label_headers and self.problem == "regression":
            raise ValueError("label_headers got problem regression; expected classes")
        return self

    @model_validator(mode="after")
    def _fits_the_problem(self) -> Self:
        if self.problem != "binary":
            for name in ("score", "positive", "threshold"):
                if getattr(self, name) is not None:
                    raise ValueError(
                        f"{name} got {getattr(self, name)!r} for problem {self.problem}; "
                        "expected it for problem binary alone"
                    )
        return self
