"""Approval by link: who may make links, take them, and do what they say."""

import json

from tests.stacks.conftest import Assembly, statements, text

STACK = "terrace--a-b"


def test_nobody_has_links_unless_the_file_says_so(production: Assembly) -> None:
    assert production.resources("terrace--a", "AWS::ApiGateway::RestApi") == {}
    functions = production.resources("terrace--a", "AWS::Lambda::Function").values()
    assert "terrace--a--approve" not in {one["FunctionName"] for one in functions}
    for one in functions:
        told = one["Environment"]["Variables"]
        assert told.get("TERRACE_APPROVAL_LINKS", "") == ""
        assert told.get("TERRACE_APPROVAL_LINK_ROLE", "") == ""


def test_the_key_makes_and_checks_links_alone(production: Assembly) -> None:
    keys = production.resources(STACK, "AWS::KMS::Key")
    ((name, key),) = [one for one in keys.items() if one[1].get("KeySpec") == "HMAC_256"]
    assert key["KeyUsage"] == "GENERATE_VERIFY_MAC"
    used = {
        (policy.removesuffix("8").split("Role")[0], statement["Action"])
        for policy, statement in statements(production, STACK)
        if text(statement["Resource"]) == f"<{name}.Arn>"
    }
    assert used == {("Functionsnotify", "kms:GenerateMac"), ("Functionsapprove", "kms:VerifyMac")}


def test_each_gets_their_own_link_alone(production: Assembly) -> None:
    subscriptions = production.resources(STACK, "AWS::SNS::Subscription").values()
    (one,) = [given for given in subscriptions if given["Endpoint"] == "ada@example.org"]
    assert one["FilterPolicy"] == {"approver": ["ada@example.org"]}
    topic = text(one["TopicArn"]).strip("<>")
    assert production.resources(STACK, "AWS::SNS::Topic")[topic]["TopicName"].endswith("approvers")


def test_the_page_is_open_and_nothing_else_is(production: Assembly) -> None:
    methods = production.resources(STACK, "AWS::ApiGateway::Method").values()
    opened = [one for one in methods if not one["ApiKeyRequired"]]
    assert sorted(one["HttpMethod"] for one in opened) == ["GET", "POST"]
    for one in opened:
        assert ":function:terrace--a-b--approve/invocations" in text(one["Integration"]["Uri"])
    stages = production.resources(STACK, "AWS::ApiGateway::Stage").values()
    (stage,) = [one for one in stages if not one.get("TracingEnabled")]
    assert stage["MethodSettings"][0]["ThrottlingRateLimit"] == 5
    assert "query" not in json.dumps(stage["AccessLogSetting"]).lower()


def test_verifying_knows_whose_word_a_link_is(production: Assembly) -> None:
    functions = production.resources(STACK, "AWS::Lambda::Function").values()
    (verify,) = [one for one in functions if one["FunctionName"] == "terrace--a-b--verify"]
    role = text(verify["Environment"]["Variables"]["TERRACE_APPROVAL_LINK_ROLE"]).strip("<>")
    (approve,) = [one for one in functions if one["FunctionName"] == "terrace--a-b--approve"]
    assert text(approve["Role"]) == f"<{role}.Arn>"
