"""The chapters of the demo, in the order in which they are told.

A chapter does its part through the ordinary AWS APIs and returns the lines that tell it.
"""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from examples.demo import data
from examples.demo.operator import GaveUp, Operator
from examples.demo.stage import MODEL, TENANTS, Stage

Lines = list[str]
MONITORS = ("data-quality", "model-quality", "bias-drift", "attribution-drift")


@dataclass(kw_only=True)
class Story:
    """How far the story is told: what later chapters need of earlier ones."""

    stage: Stage
    folder: Path
    mills: dict[str, Path] = field(default_factory=dict)
    alert: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> Path:
        """Where the reports stay when the cloud is gone."""
        return self.stage.folder / "reports"

    @property
    def operators(self) -> list[Operator]:
        """The tenants' operators."""
        return [self.stage.operator(tenant) for tenant in TENANTS]


def bootstrap(story: Story) -> Lines:
    """The CDK's own toolkit stack."""
    story.stage.bootstrap()
    return [f"$ cdk bootstrap    ({story.stage.environment['AWS_ENDPOINT_URL']})"]


def deploy(story: Story) -> Lines:
    """Everything that terrace.yaml says."""
    story.stage.cdk("deploy", "--all", "--require-approval", "never")
    stacks = story.stage.client("cloudformation").describe_stacks()["Stacks"]
    names = sorted(stack["StackName"] for stack in stacks if stack["StackName"] != "CDKToolkit")
    story.facts["deployed"] = f"{len(names)} stacks by the CDK's command line"
    return ["$ cdk deploy --all", ", ".join(names)]


def train(story: Story) -> Lines:
    """All tenants at once, through their training state machines."""
    story.mills = data.write(story.folder)

    def trained(operator: Operator) -> str:
        execution = operator.train(story.mills[operator.tenant] / "training.parquet")
        return _registered(story, operator, operator.succeeded(execution))

    with ThreadPoolExecutor() as pool:
        return list(pool.map(trained, story.operators))


def _registered(story: Story, operator: Operator, output: dict[str, Any]) -> str:
    metrics = output["evaluation"]["metrics"]
    scores = ", ".join(
        f"{split} accuracy {found['accuracy']:.4f}" for split, found in metrics.items()
    )
    version = operator.newest_version().rpartition("/")[2]
    story.facts[f"{operator.tenant} v{version} trained"] = scores
    return f"{operator.tenant} v{version} waits for approval: {scores}"


def refuse(story: Story) -> Lines:
    """A model about people, accurate and unfair: trained, measured, and not registered."""
    operator = story.stage.operator("workshop", "income")
    ended = operator.ended(operator.train(data.people(story.folder), reweigh=0))
    if ended.get("error") != "GateRefused":
        raise GaveUp(f"an unfair model was not refused: {ended['status']} {ended.get('cause')}")
    story.facts["an unfair model"] = f"refused: {ended['cause']}"
    return [f"{operator.names.endpoint} is refused by the gate: {ended['cause']}"]


def approve(story: Story) -> Lines:
    """A person says yes, in the SageMaker console or as here through its API; at south two do."""
    people = [story.stage.person(name) for name in ("ada", "bob")]

    def approved(operator: Operator) -> str:
        arn = operator.newest_version()
        for person in people:
            ended = operator.decide(arn, "Approved", by=person)
            if ended["status"] != "SUCCEEDED":
                raise GaveUp(f"the rollout of {arn} ended {ended['status']}: {ended.get('cause')}")
            outcome = json.loads(ended["output"])["outcome"]
            if outcome == "deployed":
                break
            story.facts[f"{operator.tenant} {outcome}"] = json.loads(ended["output"])["reason"]
        version = operator.running_version().rpartition("/")[2]
        story.facts[f"{operator.tenant} v{version}"] = "approved, checksum verified, serving"
        return f"{operator.names.endpoint} serves v{version}"

    with ThreadPoolExecutor() as pool:
        return list(pool.map(approved, story.operators))


def normal_traffic(story: Story) -> Lines:
    """Rows of the same runs that the model was trained on: no alert."""
    operator = story.operators[0]
    sent = _sent(story, operator, "normal", already=0)
    _labelled(story, operator, "normal")
    for monitor in MONITORS:
        found = _checked(operator, monitor)
        if found["violations"]:
            raise GaveUp(f"{monitor}: normal traffic is said to be violated: {found['violations']}")
    story.facts["normal traffic"] = (
        f"{found['records']} rows and labels checked by {len(MONITORS)} monitors, nothing violated"
    )
    rows = f"{sent} requests, {found['records']} captured rows"
    return [f"{rows}, nothing violated by {', '.join(MONITORS)}: no alert"]


def drifted_traffic(story: Story) -> Lines:
    """The same mill at another feed rate: the drift is real, and the alert too."""
    operator = story.operators[0]
    already = len(operator.captured_records(0))
    sent = _sent(story, operator, "drifted", already=already)
    found = _violated(operator, "data-quality")
    story.alert = story.stage.letter(operator.tenant, "violat", found["report"]).strip()
    _kept(story, operator, found["report"])
    count = len(found["violations"])
    story.facts["drifted traffic"] = f"{count} violations found, the subscriber has the alert"
    return [f"{sent} requests at another feed rate, {count} violations: alert sent"]


def labels(story: Story) -> Lines:
    """What was right becomes known: the drift cost the model its quality."""
    operator = story.operators[0]
    lines = [_labelled(story, operator, "drifted")]
    found = _violated(operator, "model-quality")
    _kept(story, operator, found["report"])
    worst = [v["feature"] for v in found["violations"]]
    story.facts["labels"] = f"model quality is violated: {', '.join(worst[:4])}"
    return [*lines, story.facts["labels"]]


def _sent(story: Story, operator: Operator, traffic: str, *, already: int) -> int:
    bodies = list(data.requests(story.mills[operator.tenant], traffic))
    for place, body in enumerate(bodies):
        operator.invoke(body, data.inference_id(traffic, place))
    operator.captured_records(already + len(bodies))
    return len(bodies)


def _labelled(story: Story, operator: Operator, traffic: str) -> str:
    """Uploads the labels of a traffic, as `terrace ground-truth` does."""
    path = story.folder / f"{traffic}-labels.csv"
    rows = data.labels(story.mills[operator.tenant], traffic)
    lines = [",".join(row) for row in rows]
    path.write_text("\n".join(["inference_id,tool_condition", *lines]) + "\n")
    told = story.stage.terrace("ground-truth", operator.tenant, operator.model, str(path))
    return told.strip().splitlines()[-1]


def _violated(operator: Operator, monitor: str) -> dict[str, Any]:
    found = _checked(operator, monitor)
    if not found["violations"]:
        raise GaveUp(f"{monitor}: drifted traffic was not said to be violated")
    return found


def _checked(operator: Operator, monitor: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return operator.check(monitor, now - timedelta(hours=1), now + timedelta(hours=1))


def _kept(story: Story, operator: Operator, report: str) -> None:
    bucket, _, key = report.removeprefix("s3://").partition("/")
    s3 = operator.client("s3")
    folder = key.rpartition("/")[0]
    kept = story.kept / folder.split("/")[2]  # <model>/monitoring/<monitor>/...
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for item in s3.list_objects_v2(Bucket=bucket, Prefix=folder)["Contents"]:
        s3.download_file(bucket, item["Key"], str(kept / Path(item["Key"]).name))


def second_version(story: Story) -> Lines:
    """The training that model quality's violation began, approved and rolled out without a gap."""
    operator = story.operators[0]
    lines = [_registered(story, operator, operator.succeeded(operator.retrained()))]
    before = operator.running_version()
    # A version that nobody asks while its traffic is watched would go back.
    with operator.asked_meanwhile(list(data.requests(story.mills[operator.tenant], "normal"))):
        ended = operator.decide(operator.newest_version(), "Approved")
    if ended["status"] != "SUCCEEDED" or operator.running_version() == before:
        raise GaveUp(f"the second version was not rolled out: {ended.get('cause')}")
    version = operator.running_version().rpartition("/")[2]
    rolled_out = "trained by itself, approved, rolled out blue/green, serving"
    story.facts[f"{operator.tenant} v{version}"] = rolled_out
    return [*lines, f"{operator.names.endpoint} serves v{version}"]


def without_servers(story: Story) -> Lines:
    """The workshop's model is a function behind an API with a key; the monitors are the same."""
    operator = story.operators[-1]
    if operator.api is None or operator.api.ask(MODEL, "1,2", key="")[0] != HTTPStatus.FORBIDDEN:
        raise GaveUp(f"{operator.tenant} has no API, or one that asks for no key")
    already = len(operator.captured_records(0))
    sent = _sent(story, operator, "normal", already=already)
    found = _checked(operator, "data-quality")
    if found["violations"]:
        raise GaveUp(f"normal traffic is said to be violated: {found['violations']}")
    told = f"{sent} requests to the API, {found['records']} captured rows, nothing violated"
    story.facts[f"{operator.tenant} without servers"] = told
    return [told, "a request without the key is refused"]


def isolation(story: Story) -> Lines:
    """Each tenant's traffic is in that tenant's bucket, and in no other."""
    seen: set[str] = set()
    for operator in story.operators:
        records = operator.captured_records(1)
        events = {record["eventMetadata"]["eventId"] for record in records}
        strays = [key for key in operator.captured() if operator.names.endpoint not in key]
        if strays or events & seen:
            raise GaveUp(f"{operator.bucket} holds what is not its tenant's: {strays}")
        seen |= events
    count = len(story.operators)
    story.facts["isolation"] = f"{len(seen)} records in {count} buckets, each tenant's in its own"
    return [story.facts["isolation"]]


def destroy(story: Story) -> Lines:
    """Nothing is left."""
    for operator in story.operators:
        operator.forget_versions()
    story.stage.cdk("destroy", "--all", "--force")
    stacks = story.stage.client("cloudformation").describe_stacks()["Stacks"]
    left = [stack["StackName"] for stack in stacks if stack["StackName"] != "CDKToolkit"]
    if left:
        raise GaveUp(f"cdk destroy left {', '.join(left)}")
    story.facts["destroyed"] = "every stack, bucket and endpoint"
    return ["$ cdk destroy --all"]


CHAPTERS: list[tuple[str, Callable[[Story], Lines]]] = [
    ("Bootstrap", bootstrap),
    ("Deploy terrace.yaml", deploy),
    ("Train on the CNC mills' data", train),
    ("Refuse an unfair model", refuse),
    ("Approve, verify, serve", approve),
    ("Normal traffic", normal_traffic),
    ("Drifted traffic", drifted_traffic),
    ("Labels arrive", labels),
    ("A second version", second_version),
    ("A model without servers", without_servers),
    ("Whose traffic is where", isolation),
    ("Destroy", destroy),
]
