"""Hyperparameter tuning jobs: training jobs, one a trial, whose parameters a sampler suggests."""

import hashlib
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

from localcloud.json_api import Operation
from localcloud.sagemaker.cloud import Cloud, Record, now
from localcloud.sagemaker.errors import invalid
from localcloud.sagemaker.listing import page
from localcloud.sagemaker.sampling import STRATEGIES, study_of, trials_of
from localcloud.sagemaker.training import OVER, TrainingJobs
from localcloud.sagemaker.volumes import check_job

if TYPE_CHECKING:
    import optuna

_KIND = "HyperParameterTuningJob"
_POLL_SECONDS = 0.1
_REFUSED = ("WarmStartConfig", "TrainingJobDefinitions", "Autotune")
_OF_JOBS = (
    "RoleArn", "InputDataConfig", "VpcConfig", "OutputDataConfig", "ResourceConfig",
    "StoppingCondition", "EnableNetworkIsolation", "Environment",
)  # fmt: skip


def operations(cloud: Cloud, jobs: TrainingJobs) -> dict[str, Operation]:
    """The operations on tuning jobs."""
    tuning = TuningJobs(cloud, jobs)
    return {
        f"Create{_KIND}": tuning.create,
        f"Describe{_KIND}": lambda r: cloud.get(_KIND, r[f"{_KIND}Name"]),
        f"Stop{_KIND}": tuning.stop,
        f"ListTrainingJobsFor{_KIND}": tuning.trials,
        f"List{_KIND}s": lambda r: page(
            cloud.all(_KIND),
            r,
            name=f"{_KIND}Name",
            answer=f"{_KIND}Summaries",
            status=f"{_KIND}Status",
        ),
    }


class TuningJobs:
    """Those that were created; each runs on a thread of its own, and its trials on more."""

    def __init__(self, cloud: Cloud, jobs: TrainingJobs) -> None:
        self._cloud, self._jobs = cloud, jobs
        self._trials: dict[str, list[Record]] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts a job."""
        config = request[f"{_KIND}Config"]
        if refused := [name for name in _REFUSED if name in request]:
            raise _unknown(refused[0])
        if config["Strategy"] not in STRATEGIES:
            raise _unknown(f"strategy {config['Strategy']}")
        metric = config[f"{_KIND}Objective"]["MetricName"]
        check_job(request["TrainingJobDefinition"])
        algorithm = request["TrainingJobDefinition"]["AlgorithmSpecification"]
        defined = [one["Name"] for one in algorithm.get("MetricDefinitions", [])]
        if metric not in defined:
            raise invalid(f"No metric definition for the objective {metric!r}; got {defined}.")
        record = {k: v for k, v in request.items() if k != "Tags"} | {
            f"{_KIND}Status": "InProgress",
            "TrainingJobStatusCounters": {},
            "ObjectiveStatusCounters": {},
        }
        name = request[f"{_KIND}Name"]
        kept = self._cloud.add(_KIND, name, record, request.get("Tags", []))
        self._trials[name] = []
        threading.Thread(target=self._see_through, args=(kept,), daemon=True).start()
        return kept

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begins no more trials, and stops those that run."""
        record = self._cloud.get(_KIND, request[f"{_KIND}Name"])
        if record[f"{_KIND}Status"] != "InProgress":
            raise invalid(f"The tuning job is in status {record[f'{_KIND}Status']}.")
        self._cloud.change(record, **{f"{_KIND}Status": "Stopping"})
        for trial in list(self._trials[record[f"{_KIND}Name"]]):
            if self._training(trial)["TrainingJobStatus"] not in OVER:
                self._jobs.stop({"TrainingJobName": trial["TrainingJobName"]})
        return {}

    def trials(self, request: dict[str, Any]) -> dict[str, Any]:
        """The training jobs of one tuning job."""
        name = request[f"{_KIND}Name"]
        self._cloud.get(_KIND, name)
        found = [_summary(trial, self._training(trial)) for trial in list(self._trials[name])]
        return page(
            found,
            request,
            name="TrainingJobName",
            answer="TrainingJobSummaries",
            status="TrainingJobStatus",
        )

    def _training(self, trial: Record) -> Record:
        return self._cloud.get("TrainingJob", trial["TrainingJobName"])

    def _see_through(self, record: Record) -> None:
        try:
            self._search(record)
        except Exception as error:  # the job ends; the reason is its reader's
            self._end(record, "Failed", f"InternalServerError: {type(error).__name__}: {error}")
            return
        if record[f"{_KIND}Status"] == "Stopping":
            self._end(record, "Stopped")
        elif "BestTrainingJob" not in record:
            reason = "All training jobs failed. Look at the training jobs' failure reasons."
            self._end(record, "Failed", reason)
        else:
            self._end(record, "Completed")

    def _search(self, record: Record) -> None:
        parallel = record[f"{_KIND}Config"]["ResourceLimits"]["MaxParallelTrainingJobs"]
        study, suggest = study_of(record)
        running: dict[Future[float | None], optuna.trial.Trial] = {}
        with ThreadPoolExecutor(parallel) as threads:
            for number in range(1, trials_of(record) + 1):
                if len(running) == parallel:
                    self._taken(record, study, running)
                if record[f"{_KIND}Status"] != "InProgress":
                    break
                trial = study.ask()
                running[threads.submit(self._try, record, number, suggest(trial))] = trial
            while running:
                self._taken(record, study, running)

    def _taken(
        self,
        record: Record,
        study: "optuna.Study",
        running: "dict[Future[float | None], optuna.trial.Trial]",
    ) -> None:
        """Tells the sampler what came of the trials that have ended."""
        import optuna  # a second that only tuning needs to wait for

        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            value, trial = future.result(), running.pop(future)
            failed = optuna.trial.TrialState.FAIL
            study.tell(trial, value, state=failed if value is None else None)
        self._count(record)

    def _try(self, record: Record, number: int, suggested: dict[str, str]) -> float | None:
        """One trial's objective; None where it has none."""
        definition, name = record["TrainingJobDefinition"], record[f"{_KIND}Name"]
        objective = record[f"{_KIND}Config"][f"{_KIND}Objective"]["MetricName"]
        told = hashlib.sha256(f"{name} {number}".encode()).hexdigest()[:8]
        job = f"{name}-{number:03d}-{told}"
        trial = {"TrainingJobName": job, "TunedHyperParameters": suggested, "Objective": objective}
        given = definition.get("StaticHyperParameters", {}) | suggested
        self._jobs.create(
            {key: definition[key] for key in _OF_JOBS if key in definition}
            | {
                "TrainingJobName": job,
                "AlgorithmSpecification": definition["AlgorithmSpecification"],
                # SageMaker adds this one, and containers are to pass it over.
                "HyperParameters": given | {"_tuning_objective_metric": objective},
                "TuningJobArn": record[f"{_KIND}Arn"],
            }
        )
        self._trials[name].append(trial)
        while (found := self._training(trial))["TrainingJobStatus"] not in OVER:
            time.sleep(_POLL_SECONDS)
        if found["TrainingJobStatus"] != "Completed":
            return None
        return _metric(found, objective)

    def _count(self, record: Record) -> None:
        name = record[f"{_KIND}Name"]
        found = [_summary(trial, self._training(trial)) for trial in list(self._trials[name])]
        statuses = [one["TrainingJobStatus"] for one in found]
        measured = [one for one in found if one["ObjectiveStatus"] == "Succeeded"]
        counted: Record = {
            "TrainingJobStatusCounters": {
                "Completed": statuses.count("Completed"),
                "InProgress": sum(status not in OVER for status in statuses),
                "RetryableError": 0,
                "NonRetryableError": statuses.count("Failed"),
                "Stopped": statuses.count("Stopped"),
            },
            "ObjectiveStatusCounters": {
                status: sum(one["ObjectiveStatus"] == status for one in found)
                for status in ("Succeeded", "Pending", "Failed")
            },
        }
        if measured:
            best = (
                max if record[f"{_KIND}Config"][f"{_KIND}Objective"]["Type"] == "Maximize" else min
            )
            counted["BestTrainingJob"] = best(measured, key=_value)
        self._cloud.change(record, **counted)

    def _end(self, record: Record, status: str, reason: str | None = None) -> None:
        ended: Record = {f"{_KIND}Status": status, "HyperParameterTuningEndTime": now()}
        self._cloud.change(record, **ended, **({"FailureReason": reason} if reason else {}))


def _summary(trial: Record, job: Record) -> Record:
    value = _metric(job, trial["Objective"])
    over = job["TrainingJobStatus"] in OVER
    told = {
        "FinalHyperParameterTuningJobObjectiveMetric": {
            "MetricName": trial["Objective"], "Value": value,
        }
    }  # fmt: skip
    members = ("TrainingStartTime", "TrainingEndTime", "FailureReason")
    return {
        "TrainingJobName": job["TrainingJobName"],
        "TrainingJobArn": job["TrainingJobArn"],
        "CreationTime": job["CreationTime"],
        "TrainingJobStatus": job["TrainingJobStatus"],
        "TunedHyperParameters": trial["TunedHyperParameters"],
        "ObjectiveStatus": "Succeeded" if value is not None else "Failed" if over else "Pending",
        **{name: job[name] for name in members if name in job},
        **(told if value is not None else {}),
    }


def _metric(job: Record, name: str) -> float | None:
    if job["TrainingJobStatus"] != "Completed":
        return None
    found = {one["MetricName"]: one["Value"] for one in job.get("FinalMetricDataList", [])}
    return found.get(name)


def _value(summary: Record) -> float:
    return float(summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def _unknown(what: str) -> Exception:
    return invalid(
        f"The embedded cloud tunes one training job definition by {', '.join(STRATEGIES)}; got "
        f"{what}. Run the job on AWS, or add it in localcloud/sagemaker/tuning.py."
    )
