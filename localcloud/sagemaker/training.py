"""Training jobs: the operations, and one thread a job that sees it through."""

import threading
from typing import Any

from localcloud.json_api import Operation
from localcloud.sagemaker.cloud import Cloud, Record, now
from localcloud.sagemaker.errors import SageMakerError, invalid
from localcloud.sagemaker.image import check_image
from localcloud.sagemaker.job import Job, JobFailed, JobStopped
from localcloud.sagemaker.listing import page
from localcloud.sagemaker.volumes import check_job

_REFUSED = ("AlgorithmName",)
OVER = ("Completed", "Failed", "Stopped")
_REASON_LENGTH = 1024


def operations(cloud: Cloud, jobs: "TrainingJobs") -> dict[str, Operation]:
    """The operations on training jobs."""
    return {
        "CreateTrainingJob": jobs.create,
        "DescribeTrainingJob": lambda r: cloud.get("TrainingJob", r["TrainingJobName"]),
        "StopTrainingJob": jobs.stop,
        "ListTrainingJobs": lambda r: page(
            cloud.all("TrainingJob"),
            r,
            name="TrainingJobName",
            answer="TrainingJobSummaries",
            status="TrainingJobStatus",
        ),
    }


class TrainingJobs:
    """Those that were created; each runs on a thread of its own."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._running: dict[str, Job] = {}

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts a job."""
        algorithm = request["AlgorithmSpecification"]
        if refused := [name for name in _REFUSED if name in algorithm]:
            raise invalid(
                f"The embedded cloud trains with TrainingImage; got {refused[0]}. "
                f"Run the job on AWS, or add it in localcloud/sagemaker/training.py."
            )
        check_job(request)
        check_image(algorithm["TrainingImage"])
        name = request["TrainingJobName"]
        output = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        record = {k: v for k, v in request.items() if k != "Tags"} | {
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [],
            "ModelArtifacts": {"S3ModelArtifacts": f"{output}/{name}/output/model.tar.gz"},
        }
        kept = self._cloud.add("TrainingJob", name, record, request.get("Tags", []))
        job = Job(self._cloud, kept)
        self._running[name] = job
        threading.Thread(target=self._see_through, args=(kept, job), daemon=True).start()
        return kept

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        """Asks a job to end; it keeps what it has written by then."""
        record = self._cloud.get("TrainingJob", request["TrainingJobName"])
        if record["TrainingJobStatus"] in OVER:
            raise invalid(
                f"The request was rejected because the training job is in status "
                f"{record['TrainingJobStatus']}."
            )
        self._cloud.change(record, TrainingJobStatus="Stopping")
        self._running[request["TrainingJobName"]].stop()
        return {}

    def _see_through(self, record: Record, job: Job) -> None:
        self._step(record, "Starting", "Launching requested ML instances")
        try:
            job.run(lambda status, message: self._step(record, status, message))
        except JobStopped as stopped:
            self._end(record, "Stopped", stopped.secondary_status, str(stopped))
        except (JobFailed, SageMakerError) as failed:
            self._end(record, "Failed", "Failed", str(failed))
        except Exception as error:  # the job ends; the reason is its reader's
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._end(record, "Failed", "Failed", reason)
        else:
            self._end(record, "Completed", "Completed", "Training job completed")
        finally:
            job.close()
            self._running.pop(record["TrainingJobName"], None)

    def _step(self, record: Record, status: str, message: str) -> None:
        transitions = [dict(step) for step in record["SecondaryStatusTransitions"]]
        if transitions:
            transitions[-1].setdefault("EndTime", now())
        transitions.append({"Status": status, "StartTime": now(), "StatusMessage": message})
        changed: Record = {"SecondaryStatus": status, "SecondaryStatusTransitions": transitions}
        if status == "Downloading":
            changed["TrainingStartTime"] = now()
        self._cloud.change(record, **changed)
        self._tell(record)

    def _end(self, record: Record, status: str, secondary: str, message: str) -> None:
        ended: Record = {"TrainingJobStatus": status, "TrainingEndTime": now()}
        if status == "Failed":
            ended["FailureReason"] = message[:_REASON_LENGTH]
        begun = record.get("TrainingStartTime", now())
        seconds = max(1, round((now() - begun).total_seconds()))
        ended |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
        with self._cloud.lock:
            self._step_quietly(record, secondary, message)
            self._cloud.change(record, **ended)
        self._tell(record)

    def _step_quietly(self, record: Record, status: str, message: str) -> None:
        transitions = record["SecondaryStatusTransitions"]
        transitions[-1].setdefault("EndTime", now())
        ended = {"Status": status, "StartTime": now(), "EndTime": now(), "StatusMessage": message}
        self._cloud.change(
            record, SecondaryStatus=status, SecondaryStatusTransitions=[*transitions, ended]
        )

    def _tell(self, record: Record) -> None:
        detail = {
            key: int(value.timestamp() * 1000) if hasattr(value, "timestamp") else value
            for key, value in record.items()
        }
        detail["SecondaryStatusTransitions"] = [
            {k: int(v.timestamp() * 1000) if hasattr(v, "timestamp") else v for k, v in s.items()}
            for s in record["SecondaryStatusTransitions"]
        ]
        self._cloud.tell("TrainingJob", record, detail)
