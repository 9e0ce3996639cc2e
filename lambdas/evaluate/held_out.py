"""The rows that Terrace held back: what the trained model says of them, and the one that runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdas.common.artifact import model_file
from lambdas.common.objects import Objects
from lambdas.common.registry import HOLDOUT, as_noted
from lambdas.common.running import Running, running
from lambdas.common.training import HeldOut
from terrace.batch import InvalidData
from terrace.deployment import Deployment
from terrace.evaluation import evaluate
from terrace.gate import Findings, Metrics, Slice
from terrace.held_out import bias, columns_of, duel, predict, slices, write_together
from terrace.models import opened
from terrace.models.needed import UnusableModel
from terrace.monitors.bias_drift import BiasDriftOptions
from terrace.serving.scorer import Scorer
from terrace.training_settings import HELD_OUT


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is to measure a version by.

    Attributes:
        splits: Files of predictions.
        together: Rows with their predictions beside, which the monitors' baselines are made of.
        findings: What the rows that Terrace held back tell.
    """

    splits: Mapping[str, Path]
    together: Path | None
    findings: Findings = field(default_factory=Findings)


@dataclass(frozen=True, kw_only=True)
class HeldOutRows:
    """The held-out rows of one run of a model, in a folder."""

    objects: Objects
    model: Deployment
    folder: Path

    def measured(self, rows: HeldOut, artifact_uri: str, found: Found, features: Path) -> Found:
        """What was found, and beside it what the model says of the held-out rows.

        Args:
            rows: Which they are.
            artifact_uri: The trained model's.
            found: What the training job's own output tells.
            features: A file whose columns are the model's features, in their order.

        Raises:
            NoModelFile: The artifact holds no model that a function can run.
        """
        path = self.folder / "held-out.parquet"
        self.objects.download(rows.uri, path)
        names = columns_of(features)
        own = self._predicted(path, artifact_uri, names, HELD_OUT)
        together = self.folder / "together.parquet"
        write_together(path, own, together)
        return Found(
            splits={**found.splits, HELD_OUT: own},
            together=together,
            findings=Findings(
                slices=tuple(self._slices(path, own)),
                bias=self._bias(together),
                **self._beside_champion(path, own, rows, names),
            ),
        )

    def _slices(self, rows: Path, own: Path) -> Iterator[Slice]:
        scores = evaluate(own)
        for column in dict.fromkeys(one.slice for one in self.model.model.gate if one.slice):
            yield from slices(rows, own, column, scores)

    def _predicted(self, rows: Path, artifact_uri: str, features: list[str], name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        archive = folder / "model.tar.gz"
        self.objects.download(artifact_uri, archive)
        scorer = Scorer(opened(model_file(archive, artifact_uri, folder)))
        target = folder / "predictions.csv"
        predict(rows, self.model.model.label, scorer, features, target)
        return target

    def _bias(self, together: Path) -> Mapping[str, Metrics]:
        options = self.model.model.monitors.chosen().get("bias-drift")
        asked = any(one.is_bias for one in self.model.model.gate)
        return bias(together, options) if asked and isinstance(options, BiasDriftOptions) else {}

    def _beside_champion(
        self, path: Path, own: Path, rows: HeldOut, features: list[str]
    ) -> dict[str, Any]:
        """The duel with the version that runs, or why there is none; nothing where none runs."""
        champion = running(self.model) if self.model.model.champion else None
        if champion is None:
            return {}
        version = champion.version
        try:
            other = self._predicted(path, version.artifact_uri, features, "champion")
        except (InvalidData, UnusableModel) as error:
            return {"incomparable": _incomparable(champion, error)}
        seen = version.noted(HOLDOUT) != as_noted(rows.rule)
        return {"duel": duel(own, other, version=version.number, seen=seen)}


def _incomparable(champion: Running, error: Exception) -> str:
    return (
        f"version {champion.version.number}, which runs, cannot predict the held-out rows "
        f"({error}); to replace it by one that takes other columns, take `champion` out of the "
        "model in terrace.yaml for that one version"
    )
