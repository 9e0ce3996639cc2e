"""Job runs: the operations, and one thread a run that sees it through."""

import threading

from localcloud.config import Config
from localcloud.emr_serverless.applications import Applications, Record, made_up, missing, now
from localcloud.emr_serverless.submitted import JobCancelled, JobFailed, Submitted
from localcloud.hooks.events import put_aws_event
from localcloud.json_api import ApiError, Operation

_OVER = ("SUCCESS", "FAILED", "CANCELLED")
_DEFAULT_MINUTES = 720


class Jobs:
    """The runs that were started."""

    def __init__(self, config: Config, applications: Applications) -> None:
        self._config = config
        self._applications = applications
        self._made: dict[str, Record] = {}
        self._running: dict[str, Submitted] = {}

    def operations(self) -> dict[str, Operation]:
        """The operations on job runs."""
        return {
            "StartJobRun": self._start,
            "GetJobRun": lambda r: {"jobRun": self._get(r)},
            "ListJobRuns": self._list,
            "CancelJobRun": self._cancel,
        }

    def _start(self, request: Record) -> Record:
        application = self._applications.get(request["applicationId"])
        if "sparkSubmit" not in request.get("jobDriver", {}):
            raise ApiError("ValidationException", "the embedded cloud runs jobs of Spark alone")
        made = made_up()
        record: Record = {
            "executionTimeoutMinutes": _DEFAULT_MINUTES,
            **{k: v for k, v in request.items() if k not in ("clientToken", "executionRoleArn")},
            "executionRole": request["executionRoleArn"],
            "jobRunId": made,
            "arn": self._applications.arn(request["applicationId"], made),
            "createdBy": request["executionRoleArn"],
            "createdAt": now(),
            "updatedAt": now(),
            "releaseLabel": application["releaseLabel"],
            "state": "SUBMITTED",
            "stateDetails": "",
        }
        self._made[made] = record
        self._running[made] = Submitted(self._config, application, record)
        threading.Thread(target=self._see_through, args=(record,), daemon=True).start()
        return record

    def _get(self, request: Record) -> Record:
        found = self._made.get(request["jobRunId"])
        if found is None or found["applicationId"] != request["applicationId"]:
            raise missing(f"Job run {request['jobRunId']}")
        return found

    def _list(self, request: Record) -> Record:
        self._applications.get(request["applicationId"])
        wanted = request.get("states")
        return {
            "jobRuns": [
                run | {"id": run["jobRunId"]}
                for run in reversed(self._made.values())
                if run["applicationId"] == request["applicationId"]
                and (not wanted or run["state"] in wanted)
            ]
        }

    def _cancel(self, request: Record) -> Record:
        record = self._get(request)
        if record["state"] in _OVER:
            raise ApiError("ValidationException", f"the job run is {record['state']} already")
        self._running[record["jobRunId"]].cancel()
        return record

    def _see_through(self, record: Record) -> None:
        self._tell(record, "RUNNING")
        try:
            self._running[record["jobRunId"]].run()
        except JobCancelled as cancelled:
            self._tell(record, "CANCELLED", str(cancelled))
        except JobFailed as failed:
            self._tell(record, "FAILED", str(failed))
        except Exception as error:  # the run ends; the reason is its reader's
            self._tell(record, "FAILED", f"{type(error).__name__}: {error}")
        else:
            self._tell(record, "SUCCESS")
        finally:
            self._running.pop(record["jobRunId"])

    def _tell(self, record: Record, state: str, details: str = "") -> None:
        before = record["state"]
        record |= {"state": state, "stateDetails": details, "updatedAt": now()}
        detail = {key: record[key] for key in ("jobRunId", "applicationId", "arn", "releaseLabel")}
        put_aws_event(
            "aws.emr-serverless",
            "EMR Serverless Job Run State Change",
            detail | {"state": state, "previousState": before},
            [],
        )
