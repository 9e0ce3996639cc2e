"""The embedded cloud as a process: up, status, down, and the environment that reaches it."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from localcloud import clock, processes
from localcloud.config import DEFAULT_FOLDER, HOST, SUBFOLDERS, Config
from localcloud.errors import LocalCloudError
from localcloud.packages import cache

START_SECONDS = 60
LOG_TAIL = 2000
_PORTS = 65_536
_STATE = "state.json"
_LOG = "server.log"
_SERVER = "localcloud.server"
# Nothing of the machine's own AWS set-up may leak into the embedded cloud.
_HIDDEN = (
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


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

    def is_ours(self) -> bool:
        """Whether the process is this cloud's; its number may now be another program's."""
        command = processes.command(self.pid)
        return _SERVER in command and self.config.dump() in command


def up(config: Config) -> Running:
    """Starts an embedded cloud, empty, and returns when it answers.

    Raises:
        NotStarted: One is up already, the port is taken, or the server ended at its start.
        WrongSpeed: The clock speed is not above zero.
    """
    config = replace(config, folder=config.folder.resolve(), cache=config.cache.resolve())
    if running := status(config.folder):
        raise NotStarted(
            f"the embedded cloud of {config.folder} is up already, at "
            f"{running.config.endpoint_url} (process {running.pid}); stop it first: "
            f"terrace local down"
        )
    clock.check(config.clock_speed)
    _refuse_taken(config.port)
    down(config.folder)
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
    running = _recorded(folder)
    return running if running and running.is_ours() else None


def down(folder: Path = DEFAULT_FOLDER) -> bool:
    """Stops the embedded cloud and everything that it started; False where none was up.

    Of a server that is gone, it stops what that left behind.
    """
    running = _recorded(folder)
    was_up = running is not None and running.is_ours()
    if running and (was_up or not processes.command(running.pid)):
        processes.stop(running.pid)
    (folder / _STATE).unlink(missing_ok=True)
    return was_up


def set_speed(speed: float, folder: Path = DEFAULT_FOLDER) -> None:
    """Changes how fast the time of an embedded cloud runs.

    Raises:
        NotRunning: None is up.
        WrongSpeed: The speed is not above zero.
    """
    clock.set_speed(_required(folder).config.folder, speed)


def environment(folder: Path = DEFAULT_FOLDER) -> dict[str, str]:
    """The environment variables with which the AWS CLI, boto3 and the CDK reach it.

    Raises:
        NotRunning: None is up.
    """
    config = _required(folder).config
    return {
        "AWS_ACCESS_KEY_ID": config.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": config.region,
        "AWS_DEFAULT_REGION": config.region,
        "AWS_ENDPOINT_URL": config.endpoint_url,
        "AWS_ENDPOINT_URL_S3": config.endpoint_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DOCKER": str(Path(sys.executable).parent / "localcloud-docker"),
        "LOCALCLOUD_CACHE": str(config.cache),
        "LOCALCLOUD_IMAGES": str(config.images),
        **_direct(os.environ),
    }


def inside(folder: Path, surrounding: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a program that is to reach the embedded cloud and no other.

    This Python's own programs come first on the PATH: `node` and `cdk` are among them.

    Raises:
        NotRunning: None is up.
    """
    kept = {name: value for name, value in surrounding.items() if name not in _HIDDEN}
    programs = str(Path(sys.executable).parent)
    path = {"PATH": f"{programs}{os.pathsep}{surrounding.get('PATH', os.defpath)}"}
    return kept | path | environment(folder) | _direct(surrounding)


def exports(variables: Mapping[str, str]) -> str:
    """The environment as shell commands, for `eval`."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    return "\n".join([*lines, f"unset {' '.join(_HIDDEN)}"])


def _direct(surrounding: Mapping[str, str]) -> dict[str, str]:
    """Keeps a proxy away from loopback, and what else is kept from it as it is."""
    others = surrounding.get("no_proxy") or surrounding.get("NO_PROXY") or ""
    hosts = dict.fromkeys([HOST, "localhost", *filter(None, others.split(","))])
    return {"NO_PROXY": ",".join(hosts), "no_proxy": ",".join(hosts)}


def _recorded(folder: Path) -> Running | None:
    try:
        given = json.loads((folder / _STATE).read_text())
        return Running(pid=int(given["pid"]), config=Config.load(given["config"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _required(folder: Path) -> Running:
    running = status(folder)
    if running is None:
        raise NotRunning(f"no embedded cloud is up in {folder}; start one: terrace local up")
    return running


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _refuse_taken(port: int) -> None:
    if not 0 < port < _PORTS:
        raise NotStarted(f"port {port}: expected one between 1 and {_PORTS - 1}, for example 4566")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            who = processes.listener(port) or error.strerror
            raise NotStarted(
                f"port {port} is taken by another program: {who}; "
                f"stop that program or choose another port: terrace local up --port {port + 1}"
            ) from error


def _emptied(config: Config) -> None:
    """An embedded cloud starts empty: what an earlier one left goes, and nothing else.

    Raises:
        NotStarted: The folder is not an embedded cloud's.
    """
    folder = config.folder
    if folder.exists() and not folder.is_dir():
        raise NotStarted(f"{folder} is a file; expected a folder for the embedded cloud's state")
    if folder.exists() and any(folder.iterdir()) and not (config.logs / _LOG).exists():
        raise NotStarted(
            f"{folder} holds files that are no embedded cloud's; they would be lost. "
            f"Choose another folder"
        )
    for name in SUBFOLDERS:
        cache.remove(config.folder / name)
        (config.folder / name).mkdir(parents=True)


def _spawned(config: Config) -> subprocess.Popen[bytes]:
    inherited = {n: v for n, v in os.environ.items() if n not in _HIDDEN} | _direct(os.environ)
    with (config.logs / _LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", _SERVER, config.dump()],
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
    return (config.logs / _LOG).read_text(errors="replace")[-LOG_TAIL:]
