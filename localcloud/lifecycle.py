"""The embedded cloud as a process: up, status, down, and the environment that reaches it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from localcloud.config import DEFAULT_FOLDER, HOST, SUBFOLDERS, Config
from localcloud.errors import LocalCloudError

START_SECONDS = 60
STOP_SECONDS = 15
LOG_TAIL = 2000
_STATE = "state.json"
# Nothing of the machine's own AWS set-up may leak into the embedded cloud.
_HIDDEN = ("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE")


class NotStarted(LocalCloudError):
    """The embedded cloud could not be started."""


class NotRunning(LocalCloudError):
    """There is no embedded cloud to talk to."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """An embedded cloud that is up."""

    pid: int
    config: Config

    def dump(self) -> str:
        """As JSON, for the state file."""
        return json.dumps({"pid": self.pid, "config": self.config.dump()})


def up(config: Config) -> Running:
    """Starts an embedded cloud, empty, and returns when it answers.

    Raises:
        NotStarted: One is up already, the port is taken, or the server ended at its start.
    """
    config = Config(**{**config.__dict__, "folder": config.folder.resolve()})
    if running := status(config.folder):
        raise NotStarted(
            f"the embedded cloud of {config.folder} is up already, at "
            f"{running.config.endpoint_url} (process {running.pid}); stop it first: "
            f"terrace local down"
        )
    _refuse_taken(config.port)
    _emptied(config)
    process = _spawned(config)
    running = Running(pid=process.pid, config=config)
    (config.folder / _STATE).write_text(running.dump())
    try:
        _awaited(process, config)
    except BaseException:
        down(config.folder)
        raise
    return running


def status(folder: Path = DEFAULT_FOLDER) -> Running | None:
    """The embedded cloud that keeps its files in a folder, or None where none is up."""
    try:
        given = json.loads((folder / _STATE).read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    running = Running(pid=int(given["pid"]), config=Config.load(given["config"]))
    return running if _is_ours(running.pid) else None


def down(folder: Path = DEFAULT_FOLDER) -> bool:
    """Stops the embedded cloud and everything that it started; False where none was up."""
    running = status(folder)
    if running:
        _stopped(running.pid)
    (folder / _STATE).unlink(missing_ok=True)
    return running is not None


def environment(folder: Path = DEFAULT_FOLDER) -> dict[str, str]:
    """The environment variables with which the AWS CLI, boto3 and the CDK reach it.

    Raises:
        NotRunning: None is up.
    """
    running = status(folder)
    if running is None:
        raise NotRunning(f"no embedded cloud is up in {folder}; start one: terrace local up")
    config = running.config
    return {
        "AWS_ACCESS_KEY_ID": config.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
        "AWS_ENDPOINT_URL": config.endpoint_url,
        "AWS_ENDPOINT_URL_S3": config.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DOCKER": str(Path(sys.executable).parent / "localcloud-docker"),
        "LOCALCLOUD_IMAGES": str(config.images),
        "NO_PROXY": f"{HOST},localhost",
    }


def exports(variables: Mapping[str, str]) -> str:
    """The environment as shell commands, for `eval`."""
    lines = [f"export {name}='{value}'" for name, value in variables.items()]
    return "\n".join([*lines, f"unset {' '.join(_HIDDEN)}"])


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise NotStarted(
                f"port {port} is taken by another program ({error.strerror}); "
                f"stop that program or choose another port: terrace local up --port {port + 1}"
            ) from error


def _emptied(config: Config) -> None:
    """An embedded cloud starts empty: what an earlier one left goes."""
    for name in SUBFOLDERS:
        shutil.rmtree(config.folder / name, ignore_errors=True)
        (config.folder / name).mkdir(parents=True)


def _spawned(config: Config) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
    with (config.logs / "server.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "localcloud.server", config.dump()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=inherited,
            cwd=config.folder,
            start_new_session=True,
        )


def _awaited(process: subprocess.Popen[bytes], config: Config) -> None:
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise NotStarted(f"the server ended with {process.returncode}:\n{_log_tail(config)}")
        try:
            opener.open(f"{config.endpoint_url}/_ministack/health", timeout=2)
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise NotStarted(f"the server gave no answer in {START_SECONDS} s:\n{_log_tail(config)}")


def _log_tail(config: Config) -> str:
    return (config.logs / "server.log").read_text(errors="replace")[-LOG_TAIL:]


def _is_ours(pid: int) -> bool:
    """Whether a process is an embedded cloud and not another program that got its number."""
    try:
        return b"localcloud.server" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _stopped(pid: int) -> None:
    """The server and its children are one session: all of them are told, then made to go."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for member in _session(pid):
            try:
                os.kill(member, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and _session(pid):
            time.sleep(0.05)
        if not _session(pid):
            break
    _reaped(pid)


def _reaped(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return


def _session(leader: int) -> list[int]:
    """The living processes of a session."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        state, session = fields[0], int(fields[3])
        if session == leader and state != "Z":
            members.append(int(stat.parent.name))
    return members
