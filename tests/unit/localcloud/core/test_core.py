"""The embedded cloud's configuration, trust, shell exports, and the machine's processes."""

import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud import access, lifecycle, processes, unknown
from localcloud.config import Config
from localcloud.hooks.services import Request


def test_a_configuration_survives_the_way_to_the_server() -> None:
    config = Config(port=1234, folder=Path("/a b"), clock_speed=60.0, region="eu-west-1")
    assert Config.load(config.dump()) == config


def trust(**statement: Any) -> dict[str, Any]:
    usual = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
    }
    return {"Statement": [{"Effect": "Deny", "Principal": "*"}, usual | statement]}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (trust(), True),
        (trust(Principal={"Service": ["a.amazonaws.com", "sagemaker.amazonaws.com"]}), True),
        (trust(Action=["sts:TagSession", "sts:AssumeRole"]), True),
        (trust(Effect="Deny"), False),
        (trust(Action="sts:TagSession"), False),
        (trust(Principal={"AWS": "*"}), False),
        (trust(Principal={"Service": "lambda.amazonaws.com"}), False),
    ],
)
def test_a_role_trusts_the_services_that_its_policy_names(
    policy: dict[str, Any], expected: bool
) -> None:
    assert access.trusts(policy, "sagemaker.amazonaws.com") is expected


def test_exports_survive_the_shell() -> None:
    value = "it's $HOME; `ls`"
    lines = lifecycle.exports({"NAME": value}).splitlines()
    assert shlex.split(lines[0]) == ["export", f"NAME={value}"]
    assert lines[-1].startswith("unset ") and "AWS_PROFILE" in lines[-1]


def test_who_listens_on_a_port_is_told() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        who = processes.listener(listening.getsockname()[1])
    assert who is not None and f"(process {os.getpid()})" in who


def test_a_family_is_ended_even_where_a_child_left_the_session_and_ignores_sigterm() -> None:
    stubborn = "trap '' TERM; echo $$; while true; do sleep 0.1; done"
    leader = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import os; os.system({'setsid sh -c ' + shlex.quote(stubborn)!r})",
        ],
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert leader.stdout is not None
    child = int(leader.stdout.readline())
    assert child in processes.family(leader.pid)
    processes.stop(leader.pid, patience=0.3)
    assert processes.command(child) == ""
    assert processes.command(leader.pid) == ""


def request(**given: Any) -> Request:
    usual: dict[str, Any] = {"method": "POST", "path": "/", "headers": {}, "body": b"", "query": {}}
    return Request(**(usual | given))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"headers": {"x-amz-target": "Service_1.PaintIt"}}, "PaintIt"),
        ({"body": b"Version=1&Action=PaintIt"}, "PaintIt"),
        ({"method": "GET", "path": "/paint"}, "GET /paint"),
    ],
)
def test_an_unknown_operation_is_named(given: dict[str, Any], name: str) -> None:
    answer = (400, {}, b'{"message": "Unknown action: x"}')
    status, _, body = unknown.named("events", request(**given), answer)
    assert status == 501
    assert f"events does not know {name}".encode() in body


def test_any_other_answer_stays_as_it_is() -> None:
    answer = (400, {"a": "b"}, b"Stack [x] does not exist")
    assert unknown.named("cloudformation", request(), answer) == answer


@pytest.mark.parametrize(
    ("service", "expected"),
    [("redshift", b"<Code>NotImpl"), ("personalize", b'"__type"'), ("nothing-such", b'"__type"')],
)
def test_an_unknown_service_is_refused_in_the_protocol_of_its_clients(
    service: str, expected: bytes
) -> None:
    status, _, body = unknown.unknown_service(service)
    assert status == 501
    assert expected in body
    assert f"does not know the service {service}".encode() in body
