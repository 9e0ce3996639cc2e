"""A neighbour's event, alarm, object or endpoint: each function refuses it before it acts."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from lambdas.capture.handler import handler as capture
from lambdas.common.ownership import NotOwn
from lambdas.notify.handler import handler as notify
from lambdas.observe.handler import handler as observe
from lambdas.retrain.handler import handler as retrain
from lambdas.roll_back.handler import handler as roll_back

from .conftest import BUCKET, MODEL, TENANT, Cloud, Context

NEIGHBOUR = "south"
NEIGHBOURS_BUCKET = BUCKET.replace(TENANT, NEIGHBOUR)
VIOLATIONS = {
    "tenant": TENANT,
    "model": MODEL,
    "monitor": "data-quality",
    "version": 3,
    "violation_count": 2,
    "report": f"s3://{BUCKET}/report.json",
}


def alarm(name: str) -> dict[str, Any]:
    detail = {"alarmName": name, "state": {"value": "ALARM"}}
    kind = "CloudWatch Alarm State Change"
    return {"source": "aws.cloudwatch", "detail-type": kind, "detail": detail}


def violations(**changes: Any) -> dict[str, Any]:
    detail = VIOLATIONS | changes
    return {"source": "terrace", "detail-type": "ViolationsFound", "detail": detail}


def upload(bucket: str) -> dict[str, Any]:
    key = f"{MODEL}/training/data/new.parquet"
    return {"source": "aws.s3", "detail": {"bucket": {"name": bucket}, "object": {"key": key}}}


def answer(endpoint: str) -> dict[str, Any]:
    message = {
        "eventTime": "2026-11-27T10:00:00Z",
        "invocationStatus": "Completed",
        "requestParameters": {
            "endpointName": endpoint,
            "inputLocation": f"s3://{BUCKET}/{MODEL}/requests/1",
        },
        "responseParameters": {"outputLocation": f"s3://{BUCKET}/{MODEL}/answers/1"},
        "inferenceId": "1",
    }
    return {"Records": [{"Sns": {"Message": json.dumps(message), "MessageId": "1"}}]}


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (roll_back, alarm(f"{NEIGHBOUR}--{MODEL}--errors")),
        # A tenant whose name begins or ends as ours does.
        (roll_back, alarm(f"{TENANT}-2--{MODEL}--errors")),
        (roll_back, alarm(f"the-{TENANT}--{MODEL}--errors")),
        (roll_back, alarm(f"{TENANT.upper()}--{MODEL}--errors")),
        # Names of no endpoint's alarm.
        (roll_back, alarm("terrace--north--undelivered--errors")),
        (roll_back, alarm(f"{TENANT}--{MODEL}--")),
        (roll_back, alarm("")),
        (retrain, violations(tenant=NEIGHBOUR)),
        (retrain, violations(tenant=f"{TENANT}-2")),
        (retrain, upload(NEIGHBOURS_BUCKET)),
        (retrain, upload(f"{BUCKET}-2")),
        (capture, answer(f"{NEIGHBOUR}--{MODEL}")),
        (capture, answer(f"{TENANT}-2--{MODEL}")),
        (capture, answer("not-one-of-ours")),
        (notify, violations(tenant=NEIGHBOUR)),
    ],
)
def test_a_neighbours_event_is_refused(
    cloud: Cloud, context: Context, handler: Any, event: dict[str, Any]
) -> None:
    cloud.deploy()
    with pytest.raises((NotOwn, ValidationError)):
        handler(event, context)


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        (roll_back, alarm(f"{TENANT}--{MODEL}--errors")),
        (retrain, violations()),
        (notify, violations()),
    ],
)
def test_an_event_of_another_account_is_refused(
    cloud: Cloud, context: Context, handler: Any, event: dict[str, Any]
) -> None:
    cloud.deploy()
    with pytest.raises(NotOwn, match="account 999999999999"):
        handler(event | {"account": "999999999999"}, context)


@pytest.mark.parametrize("model", [f"{NEIGHBOUR}--{MODEL}", "../south/tool-wear", "", "Tool"])
def test_a_model_of_another_form_is_refused(cloud: Cloud, context: Context, model: str) -> None:
    with pytest.raises(ValidationError, match="model"):
        observe({"model": model, "number": 0, "uris": []}, context)
