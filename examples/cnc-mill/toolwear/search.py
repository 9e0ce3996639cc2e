"""A search for hyperparameters inside one job: the hyperparameter `tuning` says for what."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from toolwear.errors import ToolWearError
from toolwear.parameters import ParameterError, Parameters, parse_parameters

if TYPE_CHECKING:
    import optuna

TUNING = "tuning"
AUTOML = "automl"  # the trial that an AutoML library found
_ERRORS = ("brier", "calibration_error")  # the lower, the better

Measure = Callable[[Parameters, str], Mapping[str, float | None]]


class NoCandidateError(ToolWearError):
    """The AutoML library found nothing."""


class SearchFailedError(ToolWearError):
    """No trial has a value that it could be compared by."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is searched for, and by what a trial is judged.

    Attributes:
        automl_trials: How many an AutoML library makes, whose best is one more trial here.
        given: Hyperparameters that every trial has.
        ranges: Of each other: `kind`, and `minimum`, `maximum` and `scale`, or `values`.
    """

    split: str
    metric: str
    trials: int
    automl_trials: int
    strategy: Literal["Bayesian", "Random"]
    seed: int
    ranges: Mapping[str, Mapping[str, Any]]
    given: Mapping[str, str]

    @classmethod
    def parse(cls, told: str, given: Mapping[str, str]) -> "Search":
        """Read the hyperparameter.

        Raises:
            ParameterError: It is no search.
        """
        try:
            read = json.loads(told)
            return cls(
                split=read["split"],
                metric=read["metric"],
                trials=int(read["trials"]),
                automl_trials=int(read.get("automl_trials", 0)),
                strategy=read["strategy"],
                seed=int(read["seed"]),
                ranges=dict(read["parameters"]),
                given=given,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ParameterError(
                f"hyperparameters: {TUNING} is {told[:80]!r} ({error}), expected an object with "
                "split, metric, trials, strategy, seed and parameters"
            ) from error

    def run(
        self, measure: Measure, automl: Callable[[], dict[str, str]]
    ) -> tuple[Parameters, list[dict[str, Any]]]:
        """Try; return the best trial's parameters, and all trials as `trials.json` has them.

        Args:
            measure: What metrics parameters reach on a split.
            automl: What an AutoML library finds, if its trials are asked for.

        Raises:
            SearchFailedError: No trial reached any.
        """
        study, trials = self._study(), []
        for number in range(self.trials):
            asked = study.ask()
            suggested = {name: self._suggest(asked, name) for name in self.ranges}
            trial = self._tried(str(number), suggested, measure)
            trials.append(trial)
            _tell(study, asked, trial["objective"])
        if self.automl_trials:
            trials.append(self._found(automl, measure))
        found = [trial for trial in trials if trial["objective"] is not None]
        if not found:
            raise SearchFailedError(
                f"none of {len(trials)} trials has a {self.metric} on split {self.split}: "
                f"{trials[0].get('reason', 'it is undefined')}"
            )
        best = (min if self.metric in _ERRORS else max)(found, key=lambda one: one["objective"])
        return parse_parameters({**self.given, **best["hyperparameters"]}), trials

    def _found(self, automl: Callable[[], dict[str, str]], measure: Measure) -> dict[str, Any]:
        try:
            return self._tried(AUTOML, automl(), measure)
        except NoCandidateError as error:
            failed = {"status": "Failed", "objective": None, "reason": str(error)}
            return {"name": AUTOML, "hyperparameters": {}} | failed

    def _tried(self, name: str, suggested: dict[str, str], measure: Measure) -> dict[str, Any]:
        trial = {"name": name, "hyperparameters": suggested}
        try:
            found = measure(parse_parameters({**self.given, **suggested}), self.split)
        except ToolWearError as error:
            return trial | {"status": "Failed", "objective": None, "reason": str(error)}
        if self.metric not in found:
            known = f"expected one of {', '.join(found)}"
            raise ParameterError(f"{TUNING}: metric is {self.metric!r}, {known}")
        return trial | {"status": "Completed", "objective": found[self.metric]}

    def _study(self) -> "optuna.Study":
        # Imported here: a job that does not search need not wait for it.
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        samplers = {
            "Bayesian": optuna.samplers.TPESampler,
            "Random": optuna.samplers.RandomSampler,
        }
        direction = "minimize" if self.metric in _ERRORS else "maximize"
        sampler = samplers[self.strategy](seed=self.seed)
        return optuna.create_study(sampler=sampler, direction=direction)

    def _suggest(self, trial: "optuna.trial.Trial", name: str) -> str:
        told = self.ranges[name]
        if told["kind"] == "categorical":
            return str(trial.suggest_categorical(name, list(told["values"])))
        log = told.get("scale") == "logarithmic"
        suggest = trial.suggest_int if told["kind"] == "integer" else trial.suggest_float
        return str(suggest(name, told["minimum"], told["maximum"], log=log))


def _tell(study: "optuna.Study", asked: "optuna.trial.Trial", value: float | None) -> None:
    import optuna

    failed = optuna.trial.TrialState.FAIL
    study.tell(asked, value, state=failed if value is None else None)
