"""Models from files, as what explains rows; each kind by the exact way that it has, if it has one.

No format is read that runs code: pickles are not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from terrace.models import FORMATS, opened
from terrace.models.needed import UnusableModel as UnusableModel
from terrace.models.needed import needed
from terrace.monitors.attribution_drift.kernel import kernel_shap

Cell = str | None
_TRUSTED = ("numpy", "scipy", "sklearn")  # packages whose types a .skops file may hold


class Explainer(Protocol):
    """A model that can say what each feature contributed.

    Attributes:
        method: What Clarify's files call the way.
    """

    method: str

    def explain(self, rows: Sequence[Sequence[Cell]], reference: Sequence[Cell]) -> Any:
        """Attributions, an array of rows by features by outputs."""


def load(path: Path, features: Sequence[str]) -> Explainer:
    """The model of a file.

    Args:
        path: The file.
        features: The columns of rows, in their order.

    Raises:
        UnusableModel: It is of no known kind, is damaged, or takes other features.
    """
    loaders: dict[str, Callable[[Path, Sequence[str]], Explainer]] = {
        **dict.fromkeys(FORMATS, BlackBox),
        ".txt": LightGbm,
        ".skops": ScikitLearn,
    }
    if path.suffix not in loaders:
        raise UnusableModel(f"model got {path}; expected a file of {', '.join(loaders)}")
    if not path.is_file():
        raise UnusableModel(f"model got {path}: there is no such file")
    return loaders[path.suffix](path, features)


def _numbers(rows: Sequence[Sequence[Cell]]) -> Any:
    np = needed("numpy")
    try:
        return np.array([[_number(value) for value in row] for row in rows], dtype=float)
    except ValueError as error:
        raise UnusableModel(f"the model takes numbers alone: {error}") from error


def _number(value: Cell) -> float:
    return float("nan") if value is None else float(value)


def _differ(kind: str, expected: Sequence[str], got: Sequence[str]) -> UnusableModel:
    missing = [name for name in expected if name not in got]
    return UnusableModel(
        f"{kind} takes {len(expected)} features, the data have {len(got)}"
        + (f"; they lack {', '.join(missing[:5])}" if missing else "")
    )


class LightGbm:
    """A LightGBM booster, which explains itself, exactly (Lundberg and others 2020)."""

    method = "tree_shap"

    def __init__(self, path: Path, features: Sequence[str]) -> None:
        library = needed("lightgbm")
        try:
            self._booster = library.Booster(model_file=str(path))
        except library.basic.LightGBMError as error:
            raise UnusableModel(f"{path} is no model of LightGBM: {error}") from error
        names = self._booster.feature_name()
        if len(names) != len(features):
            raise _differ(str(path), names, features)

    def explain(self, rows: Sequence[Sequence[Cell]], _reference: Sequence[Cell]) -> Any:
        """Attributions; the model's own last column is what it says of no row in particular."""
        numbers = _numbers(rows)
        found = self._booster.predict(numbers, pred_contrib=True)
        width = numbers.shape[1] + 1
        return found.reshape(len(numbers), -1, width)[:, :, :-1].transpose(0, 2, 1)


class ScikitLearn:
    """A model of scikit-learn: trees exactly, by shap; any other by kernel SHAP."""

    def __init__(self, path: Path, features: Sequence[str]) -> None:
        skops = needed("skops.io")
        named = skops.get_untrusted_types(file=path)
        unknown = [name for name in named if name.partition(".")[0] not in _TRUSTED]
        if unknown:
            raise UnusableModel(
                f"{path} holds types that nobody vouches for: {', '.join(unknown)}; expected "
                "those of scikit-learn and NumPy"
            )
        self._model = skops.load(path, trusted=named)
        expected = getattr(self._model, "n_features_in_", len(features))
        if expected != len(features):
            raise _differ(str(path), [""] * expected, features)
        self._trees = hasattr(self._model, "estimators_") or hasattr(self._model, "tree_")
        self.method = "tree_shap" if self._trees else "kernel_shap"

    def explain(self, rows: Sequence[Sequence[Cell]], reference: Sequence[Cell]) -> Any:
        """Attributions; of two classes those of the second, for the first has the negatives."""
        np, numbers = needed("numpy"), _numbers(rows)
        if not self._trees:
            return kernel_shap(self._said, numbers, _numbers([reference])[0])
        found = np.asarray(needed("shap").TreeExplainer(self._model).shap_values(numbers))
        return found[:, :, None] if found.ndim == 2 else _one_of_two(found)

    def _said(self, rows: Any) -> Any:
        if hasattr(self._model, "predict_proba"):
            return _one_of_two(self._model.predict_proba(rows))
        return self._model.predict(rows).reshape(len(rows), -1)


class BlackBox:
    """A model in ONNX or LiteRT: explained by kernel SHAP."""

    method = "kernel_shap"

    def __init__(self, path: Path, features: Sequence[str]) -> None:
        self._model = opened(path)
        self._features = list(features)
        inputs = self._model.inputs
        if len(inputs) > 1 and set(inputs) - set(features):
            raise _differ(str(path), list(inputs), features)

    def explain(self, rows: Sequence[Sequence[Cell]], reference: Sequence[Cell]) -> Any:
        """Attributions of the probabilities, or of the numbers that are predicted."""
        np = needed("numpy")
        as_array = np.array([list(row) for row in rows], dtype=object)
        return kernel_shap(self._said, as_array, np.array(reference, dtype=object))

    def _said(self, rows: Any) -> Any:
        np = needed("numpy")
        outputs = self._model.run(rows, self._features)
        for output in outputs:
            if isinstance(output, list) and output and isinstance(output[0], dict):
                return _one_of_two(np.array([list(one.values()) for one in output]))
        numbers = [one for one in outputs if np.issubdtype(one.dtype, np.floating)]
        if not numbers:
            raise UnusableModel("the model has no output of numbers; expected probabilities")
        return _one_of_two(numbers[-1].reshape(len(rows), -1))


def _one_of_two(said: Any) -> Any:
    return said[..., 1:] if said.shape[-1] == 2 else said  # the positive class
