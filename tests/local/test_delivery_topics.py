"""What SNS brings to whom: queues, functions, HTTP endpoints and people by e-mail."""

import base64
import json
import re
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from localcloud import lifecycle
from localcloud.config import Config
from localcloud.delivery.topics.signing import string_to_sign
from tests.local.conftest import Cloud, eventually
from tests.local.functions import deploy
from tests.local.queues import new_queue

pytestmark = pytest.mark.local


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic of a test."""

    cloud: Cloud
    arn: str

    def subscribe(self, protocol: str, endpoint: str, **attributes: str) -> str:
        answer = self.cloud.client("sns").subscribe(
            TopicArn=self.arn, Protocol=protocol, Endpoint=endpoint, Attributes=attributes
        )
        return str(answer["SubscriptionArn"])

    def publish(self, text: str, **options: Any) -> None:
        self.cloud.client("sns").publish(TopicArn=self.arn, Message=text, **options)

    def listed(self) -> list[str]:
        found = self.cloud.client("sns").list_subscriptions_by_topic(TopicArn=self.arn)
        return [one["SubscriptionArn"] for one in found["Subscriptions"]]


def new_topic(cloud: Cloud) -> Topic:
    name = f"topic-{uuid.uuid4().hex[:12]}"
    return Topic(cloud=cloud, arn=cloud.client("sns").create_topic(Name=name)["TopicArn"])


@pytest.fixture
def topic(cloud: Cloud) -> Topic:
    return new_topic(cloud)


def colour(name: str) -> dict[str, Any]:
    return {"MessageAttributes": {"colour": {"DataType": "String", "StringValue": name}}}


def test_a_queue_gets_what_its_filter_lets_pass(cloud: Cloud, topic: Topic) -> None:
    queue = new_queue(cloud)
    queue.let_in("sns.amazonaws.com", topic.arn)
    topic.subscribe("sqs", queue.arn, FilterPolicy=json.dumps({"colour": [{"prefix": "bl"}]}))
    topic.publish("no", **colour("red"))
    topic.publish("yes", Subject="Colours", **colour("blue"))
    envelope = json.loads(queue.next()["Body"])
    assert (envelope["Message"], envelope["Subject"]) == ("yes", "Colours")
    assert envelope["MessageAttributes"] == {"colour": {"Type": "String", "Value": "blue"}}
    assert queue.received() == []


def test_a_queue_that_does_not_let_the_topic_in_gets_nothing(cloud: Cloud, topic: Topic) -> None:
    closed, dead = new_queue(cloud), new_queue(cloud)
    dead.let_in("sns.amazonaws.com", topic.arn)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    topic.subscribe("sqs", closed.arn, RedrivePolicy=redrive)
    topic.publish("lost")
    assert json.loads(dead.next()["Body"])["Message"] == "lost"
    assert closed.received() == []


def test_an_encrypted_queue_gets_nothing_without_the_key(cloud: Cloud, topic: Topic) -> None:
    kms = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    queue = new_queue(cloud, KmsMasterKeyId=key)
    queue.let_in("sns.amazonaws.com", topic.arn)
    topic.subscribe("sqs", queue.arn, RawMessageDelivery="true")
    topic.publish("without")
    known = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    let_in = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
    }
    changed = known | {"Statement": [*known["Statement"], let_in]}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(changed))
    topic.publish("with")
    assert queue.next()["Body"] == "with"


def test_a_function_that_lets_the_topic_in_is_invoked(cloud: Cloud, topic: Topic) -> None:
    code = """
        def handler(event, context):
            print("got", event["Records"][0]["Sns"]["Message"])
        """
    function, closed = deploy(cloud, code), deploy(cloud, code)
    cloud.client("lambda").add_permission(
        FunctionName=function.name,
        StatementId="topic",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=topic.arn,
    )
    topic.subscribe("lambda", closed.arn)
    topic.subscribe("lambda", function.arn)
    topic.publish("hello")
    assert function.logged("got") == "got hello"
    groups = cloud.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{closed.name}"
    )
    assert groups["logGroups"] == []


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An HTTP server that keeps what is posted to it."""

    url: str
    posts: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        eventually(lambda: self.posts)
        return self.posts.pop(0)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    posts: list[tuple[dict[str, str], dict[str, Any]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            posts.append((headers, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Endpoint(url=f"http://127.0.0.1:{server.server_port}/hook", posts=posts)
    server.shutdown()
    server.server_close()


def fetched(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return bytes(opener.open(url).read())


def test_an_http_endpoint_confirms_and_then_gets_signed_messages(
    topic: Topic, endpoint: Endpoint
) -> None:
    assert topic.subscribe("http", endpoint.url) == "pending confirmation"
    topic.publish("too early")
    headers, asked = endpoint.next()
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"
    fetched(asked["SubscribeURL"])
    topic.publish("in time")
    headers, message = endpoint.next()
    assert (headers["x-amz-sns-message-type"], message["Message"]) == ("Notification", "in time")
    assert [headers["x-amz-sns-subscription-arn"]] == topic.listed()
    certificate = load_pem_x509_certificate(fetched(message["SigningCertURL"]))
    public_key = certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    for posted in (asked, message):
        signature = base64.b64decode(posted["Signature"])
        signed = string_to_sign(posted).encode()
        public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - version 1


def letters(cloud: Cloud, address: str) -> list[EmailMessage]:
    """The e-mails to somebody, the oldest first."""
    found = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted((cloud.folder / "outbox").glob("*.eml"))
    ]
    return [letter for letter in found if letter["To"] == address]


def text(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


def test_a_person_gets_an_email_with_subject_and_text(cloud: Cloud, topic: Topic) -> None:
    address = f"{uuid.uuid4().hex}@example.com"
    topic.subscribe("email", address)
    topic.publish("The kiln is hot.\nGrüße", Subject="Kiln")
    asked, letter = letters(cloud, address)
    assert "Confirmation" in asked["Subject"]
    assert letter["Subject"] == "Kiln"
    assert text(letter).startswith("The kiln is hot.\nGrüße")


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded cloud where people must confirm their subscriptions themselves."""
    folder = tmp_path_factory.mktemp("asking") / "localcloud"
    lifecycle.up(Config(port=lifecycle.free_port(), folder=folder, confirms_emails=False))
    yield Cloud(folder=folder, environment=lifecycle.environment(folder))
    lifecycle.down(folder)


def test_an_email_subscription_waits_for_the_link_in_the_letter(asking: Cloud) -> None:
    topic, address = new_topic(asking), "somebody@example.com"
    assert topic.subscribe("email", address) == "pending confirmation"
    assert topic.listed() == ["PendingConfirmation"]
    topic.publish("too early")
    (asked,) = letters(asking, address)
    link = re.search(r"http://\S+", text(asked))
    assert link
    fetched(link.group())
    topic.publish("in time")
    assert text(letters(asking, address)[-1]).startswith("in time")
    assert topic.listed()[0].startswith(topic.arn)


def test_an_email_subscription_can_be_confirmed_by_the_api(asking: Cloud) -> None:
    topic, address = new_topic(asking), "other@example.com"
    topic.subscribe("email", address)
    (asked,) = letters(asking, address)
    token = re.search(r"^[0-9a-f]{128}$", text(asked), re.MULTILINE)
    assert token
    arn = asking.client("sns").confirm_subscription(TopicArn=topic.arn, Token=token.group())
    assert [arn["SubscriptionArn"]] == topic.listed()


def test_a_stacks_email_subscription_waits_too(asking: Cloud) -> None:
    address, name = "stack@example.com", f"stack-{time.monotonic_ns()}"
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name}},
        "Person": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "email",
                "Endpoint": address,
            },
        },
    }
    cloudformation = asking.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    assert len(letters(asking, address)) == 1
