"""The function that empties what goes with its stack, and nothing else."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.emptier.handler import TAG, empty, handler

CONTEXT = SimpleNamespace(log_stream_name="2026/01/01/[$LATEST]1")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="data")
        client.put_bucket_versioning(Bucket="data", VersioningConfiguration={"Status": "Enabled"})
        for body in (b"1", b"2"):
            client.put_object(Bucket="data", Key="a", Body=body)
        client.put_object(Bucket="data", Key="b", Body=b"3")
        client.delete_object(Bucket="data", Key="b")
        yield client


@pytest.fixture
def answers() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """CloudFormation's side: an address, and what was put there."""
    put: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:  # the base class's name
            put.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            """Nothing: pytest shows what matters."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", put
    server.shutdown()
    server.server_close()


def event(kind: str, url: str, bucket: str = "data") -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Emptied",
        "ResourceProperties": {"Arn": f"arn:aws:s3:::{bucket}"},
    }


def tag(s3: Any) -> None:
    s3.put_bucket_tagging(Bucket="data", Tagging={"TagSet": [TAG]})


def left(s3: Any) -> int:
    found = s3.list_object_versions(Bucket="data")
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def test_every_version_and_marker_of_a_tagged_bucket_goes(s3: Any) -> None:
    tag(s3)
    assert empty("arn:aws:s3:::data") == 4
    assert left(s3) == 0
    s3.delete_bucket(Bucket="data")


def test_a_bucket_that_was_told_to_be_kept_stays_as_it_is(s3: Any) -> None:
    assert empty("arn:aws:s3:::data") == 0
    assert left(s3) == 4


def test_a_bucket_that_is_gone_already_is_no_error(s3: Any) -> None:
    assert empty("arn:aws:s3:::no-such-bucket") == 0


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_only_deletion_empties(
    s3: Any, answers: tuple[str, list[dict[str, Any]]], kind: str
) -> None:
    url, put = answers
    tag(s3)
    handler(event(kind, url), CONTEXT)
    assert left(s3) == 4
    assert [answer["Status"] for answer in put] == ["SUCCESS"]


def test_deletion_is_answered_with_the_same_physical_id(
    s3: Any, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    url, put = answers
    tag(s3)
    handler(event("Create", url), CONTEXT)
    handler(event("Delete", url), CONTEXT)
    assert left(s3) == 0
    assert {answer["PhysicalResourceId"] for answer in put} == {"empty-arn:aws:s3:::data"}


def test_what_goes_wrong_is_told_to_cloudformation(
    s3: Any, answers: tuple[str, list[dict[str, Any]]]
) -> None:
    url, put = answers
    handler(event("Delete", url, bucket="No Bucket's Name"), CONTEXT)
    (answer,) = put
    assert answer["Status"] == "FAILED"
    assert "No Bucket's Name" in answer["Reason"]
    assert CONTEXT.log_stream_name in answer["Reason"]


class Registry:
    """A model registry with one group, as far as the function sees it."""

    def __init__(self, *tags: dict[str, str]) -> None:
        self.packages = [f"{GROUP.replace('-group', '')}/{number}" for number in (1, 2, 3)]
        self._tags = list(tags)

    def list_tags(self, *, ResourceArn: str) -> dict[str, Any]:  # noqa: N803  # AWS's name
        assert ResourceArn == GROUP
        return {"Tags": self._tags}

    def get_paginator(self, operation: str) -> "Registry":
        assert operation == "list_model_packages"
        return self

    def paginate(self, *, ModelPackageGroupName: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert ModelPackageGroupName == "north--wear"
        for page in (self.packages[:2], self.packages[2:]):
            yield {"ModelPackageSummaryList": [{"ModelPackageArn": arn} for arn in page]}

    def delete_model_package(self, *, ModelPackageName: str) -> None:  # noqa: N803
        self.packages.remove(ModelPackageName)


GROUP = "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/north--wear"


def test_the_versions_of_a_tagged_group_go() -> None:
    registry = Registry(TAG)
    assert empty(GROUP, lambda _service: registry) == 3
    assert registry.packages == []


def test_the_versions_of_a_group_that_was_told_to_be_kept_stay() -> None:
    registry = Registry({"Key": "terrace:tenant", "Value": "north"})
    assert empty(GROUP, lambda _service: registry) == 0
    assert len(registry.packages) == 3
