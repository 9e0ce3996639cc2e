"""A candidate with a share of the traffic: a second parameter, and guards that step aside."""

from tests.stacks.conftest import Assembly, Resource, text

STACK, PLAIN = "terrace--a--b-c", "terrace--a--quiet"


def config(assembly: Assembly, stack: str) -> Resource:
    return assembly.one(stack, "AWS::SageMaker::EndpointConfig")


def test_nobody_has_a_share_until_the_state_machine_says_so(production: Assembly) -> None:
    parameter = production.template(STACK)["Parameters"]["ChallengerModelPackageArn"]
    assert parameter["Default"] == "none"
    assert parameter["AllowedPattern"].startswith("none|leaving|arn:")
    assert "ChallengerModelPackageArn" not in production.template(PLAIN)["Parameters"]


def test_a_challenger_has_its_share_beside_the_version_that_serves(production: Assembly) -> None:
    first, there = config(production, STACK)["ProductionVariants"]
    condition, second, nothing = there["Fn::If"]
    assert (condition, nothing) == ("HasChallenger", {"Ref": "AWS::NoValue"})
    assert (first["VariantName"], second["VariantName"]) == ("AllTraffic", "Challenger")
    weights = [one["InitialVariantWeight"] for one in (first, second)]
    assert weights[1] / sum(weights) == 0.2
    assert first["InstanceType"] == second["InstanceType"]
    models = production.resources(STACK, "AWS::SageMaker::Model")
    assert text(first["ModelName"]) == "<Model.ModelName>"
    assert text(second["ModelName"]) == "<ChallengerModel.ModelName>"
    assert models["ChallengerModel"]["ExecutionRoleArn"] == models["Model"]["ExecutionRoleArn"]
    without = config(production, PLAIN)["ProductionVariants"][0]
    assert without.keys() == first.keys()


def test_the_configuration_has_another_name_with_it(production: Assembly) -> None:
    start, name, _ = config(production, STACK)["EndpointConfigName"]["Fn::Join"][1]
    condition, with_it, without = name["Fn::If"]
    assert (start, condition) == ("a--b-c--", "HasChallenger")
    assert (text(with_it)[0], text(without)[0]) == ("c", "v")


def test_what_changes_the_variants_has_no_guard_and_all_else_has(production: Assembly) -> None:
    guard = production.one(STACK, "AWS::SageMaker::Endpoint")["DeploymentConfig"]["Fn::If"]
    condition, guarded, otherwise = guard
    found = production.template(STACK)["Conditions"][condition]
    assert found == {"Fn::Equals": [{"Ref": "ChallengerModelPackageArn"}, "none"]}
    assert otherwise == {"Ref": "AWS::NoValue"}
    plain = production.one(PLAIN, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    alarms = guarded["AutoRollbackConfiguration"].pop("Alarms")
    assert len(alarms) == len(plain["AutoRollbackConfiguration"].pop("Alarms")) == 2
    assert guarded == plain


def test_its_own_alarms_watch_it_and_undo_no_rollout(production: Assembly) -> None:
    alarms = production.resources(STACK, "AWS::CloudWatch::Alarm")
    own = {name: one for name, one in alarms.items() if "challenger-" in one["AlarmName"]}
    assert sorted(one["AlarmName"] for one in own.values()) == [
        "a--b-c--challenger-errors",
        "a--b-c--challenger-latency",
    ]
    for one in own.values():
        assert {"Name": "VariantName", "Value": "Challenger"} in one["Dimensions"]
        assert one["AlarmActions"]
    guard = production.one(STACK, "AWS::SageMaker::Endpoint")["DeploymentConfig"]["Fn::If"][1]
    watched = {text(one["AlarmName"]) for one in guard["AutoRollbackConfiguration"]["Alarms"]}
    assert not watched & {f"<{name}>" for name in own}


def test_a_tenant_without_such_tests_has_no_function_for_them(production: Assembly) -> None:
    def functions(stack: str) -> set[str]:
        found = production.resources(stack, "AWS::Lambda::Function").values()
        return {one["FunctionName"] for one in found}

    assert "terrace--a--ab-test" in functions("terrace--a")
    assert "terrace--a-b--ab-test" not in functions("terrace--a-b")
