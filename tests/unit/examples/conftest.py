"""A small training job, run once as SageMaker would run it, and an endpoint on its model."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from cnc_mill_programs import EXAMPLE, PARAMETERS, Endpoint, Job, fill, program_environ

# The image's own modules, as its programs find them.
sys.path.insert(0, str(EXAMPLE))

# Two experiments of each class, each cut down to what a few trees learn in no time.
EXPERIMENTS = (11, 12, 13, 14)
ROWS_EACH = 80


@pytest.fixture(scope="session")
def mill() -> pd.DataFrame:
    """The whole published file."""
    return pd.read_parquet(EXAMPLE / "data" / "cnc_mill_tool_wear.parquet")


@pytest.fixture(scope="session")
def rows(mill: pd.DataFrame) -> pd.DataFrame:
    """A few hundred rows of four experiments, preparing and repositioning included."""
    parts = [
        mill[mill["experiment"] == number].sample(ROWS_EACH, random_state=number)
        for number in EXPERIMENTS
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def job(rows: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """The real `train`, run as a process."""
    folder = tmp_path_factory.mktemp("job")
    rows.to_parquet(fill(folder, PARAMETERS) / "part.parquet", index=False)
    done = subprocess.run(
        [EXAMPLE / "train"], env=program_environ(folder), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return Job(folder=folder, log=done.stdout)


@pytest.fixture(scope="session")
def serve(job: Job) -> Callable[[], Endpoint]:
    """Start the real `serve` as a process, on a free port."""

    def start() -> Endpoint:
        process = subprocess.Popen(
            [EXAMPLE / "serve"],
            env={**program_environ(job.folder), "SAGEMAKER_BIND_TO_PORT": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith("serving on"), said
        return Endpoint(process=process, port=int(said.rsplit(":", 1)[1]))

    return start


@pytest.fixture(scope="session")
def endpoint(serve: Callable[[], Endpoint]) -> Iterator[Endpoint]:
    """One endpoint for every test that only asks."""
    running = serve()
    yield running
    running.process.kill()
    running.process.wait()
