"""The state of data quality: counts, moments and histograms, a feature each; all of it adds."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self

from terrace.codec import packed, unpacked
from terrace.errors import TerraceError
from terrace.monitors.moments import Moments

NAME = "data-quality"


class StatesDiffer(TerraceError):
    """Two states that were observed against different baselines."""


@dataclass(frozen=True, kw_only=True)
class FeatureState:
    """What is kept of one column.

    Attributes:
        rows: Rows in which the column was there.
        missing: Of these, rows without a value (empty, null or NaN).
        integral: Values that are whole numbers as written.
        fractional: Values that are other numbers.
        text: Values that are no numbers.
        letters: How many characters these have together.
        negative: Numbers below zero.
        moments: Of the finite numbers.
        minimum: The least finite number.
        maximum: The greatest.
        bins: How many numbers lie at or below each of the baseline's edges and above the one
            before it; one bin more for what lies beyond the last.
        known: How often each of the baseline's categories came.
        unknown: Values that are none of the baseline's categories.
    """

    rows: int = 0
    missing: int = 0
    integral: int = 0
    fractional: int = 0
    text: int = 0
    letters: int = 0
    negative: int = 0
    moments: Moments = field(default_factory=Moments)
    minimum: float | None = None
    maximum: float | None = None
    bins: tuple[int, ...] = ()
    known: dict[str, int] = field(default_factory=dict)
    unknown: int = 0

    def __add__(self, other: Self) -> Self:
        """The state of both sets of values together."""
        if self.bins and other.bins and len(self.bins) != len(other.bins):
            raise StatesDiffer(
                f"histograms of {len(self.bins)} and {len(other.bins)} bins cannot be added: "
                f"the states were observed against different baselines"
            )
        names = dict.fromkeys((*self.known, *other.known))
        return type(self)(
            rows=self.rows + other.rows,
            missing=self.missing + other.missing,
            integral=self.integral + other.integral,
            fractional=self.fractional + other.fractional,
            text=self.text + other.text,
            letters=self.letters + other.letters,
            negative=self.negative + other.negative,
            moments=self.moments + other.moments,
            minimum=_least(self.minimum, other.minimum),
            maximum=_greatest(self.maximum, other.maximum),
            bins=tuple(a + b for a, b in zip(self.bins, other.bins, strict=True))
            if self.bins and other.bins
            else self.bins or other.bins,
            known={name: self.known.get(name, 0) + other.known.get(name, 0) for name in names},
            unknown=self.unknown + other.unknown,
        )

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def inferred_type(self) -> str:
        """Integral, Fractional, String or Unknown, as SageMaker names them."""
        if not self.present:
            return "Unknown"
        if self.text:
            return "String"
        return "Fractional" if self.fractional else "Integral"

    def matching(self, expected: str) -> int:
        """How many values may stand for a type: a whole number is a number, a number a text."""
        numbers = self.integral + (self.fractional if expected != "Integral" else 0)
        return numbers if expected in ("Integral", "Fractional") else self.present


def _least(one: float | None, other: float | None) -> float | None:
    found = [value for value in (one, other) if value is not None]
    return min(found, default=None)


def _greatest(one: float | None, other: float | None) -> float | None:
    found = [value for value in (one, other) if value is not None]
    return max(found, default=None)


@dataclass(frozen=True, kw_only=True)
class DataQualityState:
    """The state of all columns of a window."""

    records: int = 0
    features: dict[str, FeatureState] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        """The state of both sets of rows together."""
        names = [*self.features, *(name for name in other.features if name not in self.features)]
        zero = FeatureState()
        return type(self)(
            records=self.records + other.records,
            features={
                name: self.features.get(name, zero) + other.features.get(name, zero)
                for name in names
            },
        )

    def dump(self) -> dict[str, Any]:
        """As JSON, with the version of the form."""
        return packed(NAME, asdict(self))

    @classmethod
    def load(cls, dumped: dict[str, Any]) -> Self:
        """From JSON, as `dump` gives it.

        Raises:
            UnreadableState: It is of another kind, or of a newer version.
        """
        content = unpacked(NAME, dumped)
        features = {
            name: FeatureState(
                **feature
                | {"moments": Moments(**feature["moments"]), "bins": tuple(feature["bins"])}
            )
            for name, feature in content["features"].items()
        }
        return cls(records=content["records"], features=features)
