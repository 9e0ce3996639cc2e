"""Where SageMaker puts a container's input and looks for its output."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/opt/ml")
MODEL_FILE = "model.onnx"


@dataclass(frozen=True, kw_only=True)
class Folders:
    """The folders of the container contract."""

    config: Path
    training: Path
    model: Path
    output: Path
    output_data: Path

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Folders":
        """Take each folder from the variable that SageMaker's toolkits use, else under /opt/ml."""
        inputs = Path(environ.get("SM_INPUT_DIR", ROOT / "input"))
        output = Path(environ.get("SM_OUTPUT_DIR", ROOT / "output"))
        return cls(
            config=Path(environ.get("SM_INPUT_CONFIG_DIR", inputs / "config")),
            training=Path(environ.get("SM_CHANNEL_TRAINING", inputs / "data" / "training")),
            model=Path(environ.get("SM_MODEL_DIR", ROOT / "model")),
            output=output,
            output_data=Path(environ.get("SM_OUTPUT_DATA_DIR", output / "data")),
        )

    @property
    def hyperparameters(self) -> Path:
        """Return the file of the job's hyperparameters, a JSON object of strings."""
        return self.config / "hyperparameters.json"

    @property
    def failure(self) -> Path:
        """Return the file whose text SageMaker shows as the job's FailureReason."""
        return self.output / "failure"

    @property
    def onnx(self) -> Path:
        """Return the model file, which `train` writes and `serve` reads."""
        return self.model / MODEL_FILE
