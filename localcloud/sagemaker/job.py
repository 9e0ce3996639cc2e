"""One training job: the container's folders, its `train` program, and what it leaves behind."""

import json
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud import access
from localcloud.containers import images
from localcloud.containers.run import Process
from localcloud.errors import LocalCloudError
from localcloud.sagemaker import objects
from localcloud.sagemaker.cloud import PRINCIPAL, Cloud, Record, now
from localcloud.sagemaker.errors import invalid
from localcloud.sagemaker.logs import LogStream

Step = Callable[[str, str], None]
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_POLL_SECONDS = 0.1
_FAILURE_LENGTH = 1024


class JobFailed(LocalCloudError):
    """The job ended in failure; the message is its failure reason."""


class JobStopped(LocalCloudError):
    """The job was stopped, or ran out of time."""

    def __init__(self, secondary_status: str, message: str) -> None:
        self.secondary_status = secondary_status
        super().__init__(message)


class Job:
    """The processes and files of one training job."""

    def __init__(self, cloud: Cloud, record: Record) -> None:
        self._cloud, self._record = cloud, record
        self._name: str = record["TrainingJobName"]
        self._root: Path = cloud.config.jobs / self._name
        self._stopped = threading.Event()
        self._log: LogStream | None = None
        self._metrics: dict[str, Record] = {}

    def stop(self) -> None:
        """Asks it to end."""
        self._stopped.set()

    def close(self) -> None:
        """Sends the last of its log."""
        if self._log:
            self._log.close()

    def run(self, step: Step) -> None:
        """Sees it through.

        Raises:
            JobFailed: The program, or the way to it, failed.
            JobStopped: It was stopped.
        """
        given = access.credentials(self._record["RoleArn"], PRINCIPAL, "SageMaker")
        self._log = LogStream(
            access.client("logs", given), LOG_GROUP, f"{self._name}/algo-1-{now():%s}"
        )
        image = images.find(self._record["AlgorithmSpecification"]["TrainingImage"])
        s3 = access.client("s3", given)
        step("Downloading", "Downloading input data")
        self._lay_out(s3)
        step("Training", "Training image download completed. Training in progress.")
        process = Process(image, "train", given | self._environment(), self._line)
        try:
            code = self._awaited(process)
        finally:
            process.stop()
            self._keep_metrics()
        step("Uploading", "Uploading generated training model")
        self._upload(s3)
        if code:
            raise JobFailed(self._why(code))

    def _folder(self, path: str) -> Path:
        return self._root / "opt/ml" / path

    def _lay_out(self, s3: Any) -> None:
        """The folders and files that a training container finds."""
        for path in ("input/config", "input/data", "model", "output/data", "checkpoints"):
            self._folder(path).mkdir(parents=True, exist_ok=True)
        channels = self._record.get("InputDataConfig", [])
        self._write("hyperparameters", self._record.get("HyperParameters", {}))
        self._write("inputdataconfig", {c["ChannelName"]: _told(c) for c in channels})
        resources = self._record["ResourceConfig"]
        self._write(
            "resourceconfig",
            {
                "current_host": "algo-1",
                "current_instance_type": resources["InstanceType"],
                "hosts": ["algo-1"],
                "network_interface_name": "lo",
            },
        )
        for channel in channels:
            uri = _s3_uri(channel)
            folder = self._folder(f"input/data/{channel['ChannelName']}")
            folder.mkdir(parents=True)
            if not objects.download_prefix(s3, uri, folder):
                raise JobFailed(
                    f"ClientError: Data download failed: no object's key starts with {uri}"
                )

    def _write(self, name: str, content: Any) -> None:
        self._folder(f"input/config/{name}.json").write_text(json.dumps(content))

    def _environment(self) -> dict[str, str]:
        channels = [c["ChannelName"] for c in self._record.get("InputDataConfig", [])]
        data = {
            f"SM_CHANNEL_{name.upper().replace('-', '_')}": str(self._folder(f"input/data/{name}"))
            for name in channels
        }
        return {
            "TRAINING_JOB_NAME": self._name,
            "TRAINING_JOB_ARN": self._record["TrainingJobArn"],
            "SM_INPUT_DIR": str(self._folder("input")),
            "SM_INPUT_CONFIG_DIR": str(self._folder("input/config")),
            "SM_MODEL_DIR": str(self._folder("model")),
            "SM_OUTPUT_DIR": str(self._folder("output")),
            "SM_OUTPUT_DATA_DIR": str(self._folder("output/data")),
            "SM_CHANNELS": json.dumps(channels),
            "SM_HPS": json.dumps(self._record.get("HyperParameters", {})),
            "SM_CURRENT_HOST": "algo-1",
            "SM_HOSTS": '["algo-1"]',
            **data,
            **self._record.get("Environment", {}),
        }

    def _awaited(self, process: Process) -> int:
        limit = self._record["StoppingCondition"].get("MaxRuntimeInSeconds", 86400)
        waited = 0.0
        while waited < limit:
            try:
                return process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                waited += _POLL_SECONDS
            if self._stopped.is_set():
                raise JobStopped("Stopped", "Training job stopped")
        raise JobStopped(
            "MaxRuntimeExceeded", f"Training job runtime exceeded MaxRuntimeInSeconds ({limit})"
        )

    def _line(self, line: str) -> None:
        if self._log:
            self._log.write(line)
        for definition in self._record["AlgorithmSpecification"].get("MetricDefinitions", []):
            if found := re.search(definition["Regex"], line):
                name = definition["Name"]
                value = float(found.group(1))
                self._metrics[name] = {"MetricName": name, "Value": value, "Timestamp": now()}

    def _keep_metrics(self) -> None:
        if not self._metrics:
            return
        self._cloud.change(self._record, FinalMetricDataList=list(self._metrics.values()))
        dimensions = [{"Name": "TrainingJobName", "Value": self._name}]
        self._cloud.client("cloudwatch").put_metric_data(
            Namespace=LOG_GROUP,
            MetricData=[m | {"Dimensions": dimensions} for m in self._metrics.values()],
        )

    def _upload(self, s3: Any) -> None:
        """What the program wrote goes up, whether it ended well or not, as SageMaker has it."""
        output = self._record["OutputDataConfig"]
        target = f"{output['S3OutputPath'].rstrip('/')}/{self._name}/output"
        for folder, name in (("model", "model"), ("output", "output")):
            if any(path.is_file() for path in self._folder(folder).rglob("*")):
                archive = self._root / f"{name}.tar.gz"
                packed = self._folder("output/data") if name == "output" else self._folder(folder)
                objects.pack(packed, archive)
                uri = f"{target}/{name}.tar.gz"
                objects.upload(s3, archive, uri, output.get("KmsKeyId"))

    def _why(self, code: int) -> str:
        failure = self._folder("output/failure")
        told = failure.read_text(errors="replace")[:_FAILURE_LENGTH] if failure.exists() else ""
        return f"AlgorithmError: {told or 'the program gave no reason'}, exit code: {code}"


def _s3_uri(channel: Record) -> str:
    source = channel["DataSource"].get("S3DataSource", {})
    if source.get("S3DataType") != "S3Prefix":
        raise invalid(
            f"channel {channel['ChannelName']}: the embedded cloud reads S3DataSource with "
            f"S3DataType S3Prefix; got {channel['DataSource']}. Run the job on AWS, or add it in "
            f"localcloud/sagemaker/job.py."
        )
    return str(source["S3Uri"])


def _told(channel: Record) -> Record:
    return {
        "ContentType": channel.get("ContentType"),
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": channel["DataSource"]
        .get("S3DataSource", {})
        .get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
