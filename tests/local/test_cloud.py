"""The embedded cloud itself: up and down, whose rights count, and what it does not know."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud import lifecycle, processes
from localcloud.clock import WrongSpeed
from localcloud.config import Config
from localcloud.lifecycle import NotRunning, NotStarted
from tests.local.conftest import ROOT, Cloud

pytestmark = pytest.mark.local


def test_a_second_up_in_the_same_folder_is_refused(cloud: Cloud) -> None:
    with pytest.raises(NotStarted, match="is up already"):
        lifecycle.up(Config(port=lifecycle.free_port(), folder=cloud.folder))


def test_a_port_that_is_taken_is_refused_with_the_port_and_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(NotStarted, match=rf"port {port} is taken .* --port {port + 1}"):
            lifecycle.up(Config(port=port, folder=tmp_path))


def test_down_stops_the_server_and_may_be_said_twice(tmp_path: Path) -> None:
    running = lifecycle.up(Config(port=lifecycle.free_port(), folder=tmp_path))
    assert lifecycle.down(tmp_path)
    assert not lifecycle.down(tmp_path)
    assert lifecycle.status(tmp_path) is None
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_a_state_file_whose_process_is_another_program_is_not_an_embedded_cloud(
    tmp_path: Path,
) -> None:
    state = lifecycle.Running(pid=os.getpid(), config=Config(folder=tmp_path))
    (tmp_path / "state.json").write_text(state.dump())
    assert lifecycle.status(tmp_path) is None
    assert not lifecycle.down(tmp_path)


def test_the_environment_of_a_cloud_that_is_not_up_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="terrace local up"):
        lifecycle.environment(tmp_path)


def test_the_aws_command_line_works_against_it(cloud: Cloud) -> None:
    done = cloud.run("aws", "sts", "get-caller-identity", "--output", "json")
    assert json.loads(done.stdout)["Account"] == "000000000000"


def test_a_service_that_it_does_not_know_is_named(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="does not know the service personalize"):
        cloud.client("personalize").list_datasets()


def test_an_operation_that_a_service_does_not_know_is_named(cloud: Cloud) -> None:
    client = cloud.client("events")

    def newer(request: Any, **_: Any) -> None:
        """As an SDK would send it that has a newer model than this one."""
        request.headers["X-Amz-Target"] = "AWSEvents.PaintRules"

    client.meta.events.register("before-sign", newer)
    with pytest.raises(ClientError, match="events does not know PaintRules"):
        client.list_rules()


def test_an_image_that_a_repository_does_not_hold_is_told(cloud: Cloud) -> None:
    ecr = cloud.client("ecr")
    ecr.create_repository(repositoryName="images")
    with pytest.raises(ecr.exceptions.ImageNotFoundException, match="imageTag:'absent'"):
        ecr.describe_images(repositoryName="images", imageIds=[{"imageTag": "absent"}])


def test_an_operation_that_would_only_be_pretended_is_named(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="lambda does not know GET /2020-04-22/code-signing"):
        cloud.client("lambda").list_code_signing_configs()


def test_a_resource_type_that_it_does_not_know_is_named(cloud: Cloud) -> None:
    template = json.dumps({"Resources": {"Unknown": {"Type": "AWS::Personalize::Dataset"}}})
    with pytest.raises(ClientError, match="AWS::Personalize::Dataset"):
        cloud.client("cloudformation").create_stack(StackName="unknown", TemplateBody=template)


def test_the_clock_can_be_changed_while_it_runs(tmp_path: Path) -> None:
    lifecycle.up(Config(port=lifecycle.free_port(), folder=tmp_path))
    try:
        lifecycle.set_speed(60, tmp_path)
        assert float((tmp_path / "clock").read_text()) == 60
        with pytest.raises(WrongSpeed, match="expected a number above 0"):
            lifecycle.set_speed(0, tmp_path)
    finally:
        lifecycle.down(tmp_path)


def test_what_a_server_that_was_killed_left_behind_is_stopped_too(tmp_path: Path) -> None:
    left = subprocess.Popen(["sh", "-c", "sleep 300 & echo $!; wait"], start_new_session=True,
                            stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert left.stdout
    child = int(left.stdout.readline())
    state = lifecycle.Running(pid=left.pid, config=Config(folder=tmp_path))
    left.kill()
    left.wait()
    (tmp_path / "state.json").write_text(state.dump())
    assert not lifecycle.down(tmp_path)
    assert "sleep" not in processes.command(child)


def test_a_server_that_ends_at_its_start_shows_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken/ministack"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise RuntimeError('no disk')")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    with pytest.raises(NotStarted, match=r"the server ended with 1:[\s\S]*no disk"):
        lifecycle.up(Config(port=lifecycle.free_port(), folder=tmp_path / "state"))
    assert lifecycle.status(tmp_path / "state") is None


def test_a_port_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match="port 70000: expected one between 1 and 65535"):
        lifecycle.up(Config(port=70_000, folder=tmp_path))


def test_a_folder_with_somebody_elses_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/mine.txt").write_text("mine")
    with pytest.raises(NotStarted, match="no embedded cloud's"):
        lifecycle.up(Config(port=lifecycle.free_port(), folder=tmp_path))
    assert (tmp_path / "logs/mine.txt").read_text() == "mine"


def test_its_commands_say_what_is_wrong_in_a_sentence(cloud: Cloud, tmp_path: Path) -> None:
    done = cloud.run(sys.executable, "-m", "localcloud", "env", "--folder", str(tmp_path), cwd=ROOT)
    assert done.returncode == 1
    assert done.stdout == (f"no embedded cloud is up in {tmp_path}; start one: terrace local up\n")


def test_a_program_inside_sees_no_other_aws(cloud: Cloud) -> None:
    machine = {"AWS_PROFILE": "mine", "AWS_CA_BUNDLE": "ca.pem", "PATH": "/bin", "NO_PROXY": "a,b"}
    inside = lifecycle.inside(cloud.folder, machine)
    assert not {"AWS_PROFILE", "AWS_CA_BUNDLE"} & inside.keys()
    assert inside["NO_PROXY"] == inside["no_proxy"] == "127.0.0.1,localhost,a,b"
