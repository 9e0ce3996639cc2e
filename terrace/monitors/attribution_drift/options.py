"""What the monitor of attribution drift is told."""

from typing import Self

from pydantic import Field, model_validator

from terrace.monitor import ON_FILES, Options


class AttributionDriftOptions(Options):
    """Do the same features drive the predictions, in the same order, as they did?"""

    model: str | None = Field(
        None,
        description="The model: .onnx, .txt of LightGBM, or .skops of scikit-learn.",
        json_schema_extra=ON_FILES,
    )
    # The attributions of the baseline's rows are not those of a window: they are told each time.
    attributions: str | None = Field(
        None,
        exclude=True,
        json_schema_extra=ON_FILES,
        description="Attributions that were computed elsewhere, instead of the data: files with "
        "a column a feature.",
    )
    threshold: float = Field(
        0.9, gt=0, le=1, description="Violated where the ranking's NDCG is below."
    )
    sample: int = Field(
        500, ge=10, le=10_000, description="So many different rows of a window are explained."
    )

    @property
    def instead(self) -> str | None:
        """The attributions, where these are given."""
        return self.attributions

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.model and self.attributions:
            raise ValueError(
                f"model got {self.model!r} and attributions {self.attributions!r}; "
                "expected one of them"
            )
        return self
