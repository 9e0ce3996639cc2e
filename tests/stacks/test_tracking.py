"""An MLflow tracking server: one line of the file, and a folder that no model can have."""

from aws_cdk import Stack
from aws_cdk.assertions import Template

from stacks.network import Network
from terrace.settings import Tenant
from tests.stacks.conftest import Assembly, statements, text

STACK, PLAIN = "terrace--a", "terrace--a-b"
KIND = "AWS::SageMaker::MlflowTrackingServer"


def test_there_is_none_unless_the_file_says_so(production: Assembly) -> None:
    assert production.resources(PLAIN, KIND) == {}
    functions = production.resources(PLAIN, "AWS::Lambda::Function").values()
    assert "terrace--a-b--track" not in {one["FunctionName"] for one in functions}


def test_the_server_keeps_artifacts_in_a_folder_of_its_own(production: Assembly) -> None:
    server = production.one(STACK, KIND)
    assert server["TrackingServerName"] == "terrace--a"
    assert text(server["ArtifactStoreUri"]).endswith("/_mlflow")
    objects = [
        text(one["Resource"])
        for name, one in statements(production, STACK)
        if name.startswith("TrackingRole") and "s3:PutObject" in one["Action"]
    ]
    assert len(objects) == 1
    assert objects[0].endswith("/_mlflow/*")


def test_one_function_may_keep_runs_and_nobody_may_read_them(production: Assembly) -> None:
    found = [
        (name, one)
        for name, one in statements(production, STACK)
        if any("sagemaker-mlflow" in action for action in one["Action"])
    ]
    ((name, statement),) = found
    assert name.startswith("Functionstrack")
    assert text(statement["Resource"]).endswith(":mlflow-tracking-server/terrace--a")
    assert not [action for action in statement["Action"] if "*" in action]


def test_in_a_network_there_is_a_door_to_it() -> None:
    model = {"name": "m", "source": "examples/cnc-mill", "label": "y"}
    given = {"name": "a", "level": "enterprise", "mlflow": True, "models": [model]}
    stack = Stack()
    Network(stack, "Network", tenant=Tenant.model_validate(given), cidr="10.0.0.0/16")
    doors = Template.from_stack(stack).find_resources("AWS::EC2::VPCEndpoint").values()
    names = [text(one["Properties"]["ServiceName"]) for one in doors]
    assert [name for name in names if name.startswith("aws.sagemaker.")]
