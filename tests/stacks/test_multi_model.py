"""Multi-model endpoints: one container of a tenant for models whose versions functions name."""

from tests.stacks.conftest import Assembly, listed, statements, text

SHARED, PRESS, LATHE = "terrace--a-b", "terrace--a-b--press", "terrace--a-b--lathe"
NAME = "a-b--multi-model--shared"


def told(assembly: Assembly, stack: str) -> dict[str, object]:
    (found,) = [
        function["Environment"]["Variables"]
        for function in assembly.resources(stack, "AWS::Lambda::Function").values()
    ]
    return dict(found)


def test_the_tenant_has_one_endpoint_that_holds_no_model(production: Assembly) -> None:
    endpoint = production.one(SHARED, "AWS::SageMaker::Endpoint")
    assert endpoint["EndpointName"] == NAME
    container = production.one(SHARED, "AWS::SageMaker::Model")["PrimaryContainer"]
    assert container["Mode"] == "MultiModel"
    assert text(container["ModelDataUrl"]).endswith("/")
    assert "ModelPackageName" not in container
    for stack in (PRESS, LATHE):
        assert production.resources(stack, "AWS::SageMaker::Endpoint") == {}


def test_a_function_before_each_model_names_the_version(production: Assembly) -> None:
    for stack in (PRESS, LATHE):
        given = told(production, stack)
        assert given["TERRACE_ENDPOINT"] == NAME
        assert given["TERRACE_ENDPOINT_IS_SHARED"] == "True"
        assert given["TERRACE_MODEL_PACKAGE_ARN"] == {"Ref": "ModelPackageArn"}
        production.one(stack, "AWS::CodeDeploy::DeploymentGroup")
    assert told(production, "terrace--a-b--seldom")["TERRACE_ENDPOINT_IS_SHARED"] == "False"


def test_another_container_has_other_names_and_goes_back_on_errors(production: Assembly) -> None:
    model = production.one(SHARED, "AWS::SageMaker::Model")["ModelName"]
    config = production.one(SHARED, "AWS::SageMaker::EndpointConfig")["EndpointConfigName"]
    assert model != config
    assert all(len(name) == len(f"{NAME}--") + 12 for name in (model, config))
    assert model.startswith(f"{NAME}--")
    deployment = production.one(SHARED, "AWS::SageMaker::Endpoint")["DeploymentConfig"]
    (alarm,) = deployment["AutoRollbackConfiguration"]["Alarms"]
    watched = production.resources(SHARED, "AWS::CloudWatch::Alarm")[alarm["AlarmName"]["Ref"]]
    assert text(watched["AlarmName"]).startswith(f"{NAME}-rollout-errors-")
    # The container before may be what fails, and must not keep the next one out.
    dimensions = {one["Name"] for one in watched["Dimensions"]}
    assert dimensions == {"EndpointName", "VariantName", "EndpointConfigName"}


def test_its_instances_follow_what_all_models_are_asked(production: Assembly) -> None:
    target = production.one(SHARED, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert target["ResourceId"] == f"endpoint/{NAME}/variant/AllTraffic"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 2)


def test_the_endpoint_may_look_for_artifacts(production: Assembly) -> None:
    def may_list(stack: str) -> bool:
        return any(
            name.startswith("IsolationEndpointRole")
            and "s3:ListBucket" in listed(statement["Action"])
            for name, statement in statements(production, stack)
        )

    assert may_list(SHARED)
    assert not may_list("terrace--a")
