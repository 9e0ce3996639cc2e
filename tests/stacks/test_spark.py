"""The EMR Serverless application of a tenant that divides windows on Spark."""

import ast
import json
import re
import sys
from pathlib import Path

import pytest

from tests.stacks.conftest import ROOT, Assembly, listed, statements, text

STACK, OTHER = "terrace--a", "terrace--a-b"
KIND = "AWS::EMRServerless::Application"
OURS = {"terrace", "lambdas", "spark"}


@pytest.fixture(scope="session")
def image(production: Assembly) -> Path:
    """The build context of the application's image."""
    uri = text(production.one(STACK, KIND)["ImageConfiguration"]["ImageUri"])
    return production.folder / f"asset.{uri.rpartition(':')[2]}"


def test_only_who_asks_for_it_has_one(production: Assembly) -> None:
    assert production.one(STACK, KIND)["Name"] == "terrace--a--spark"
    assert not production.resources(OTHER, KIND)


def test_it_costs_nothing_while_it_waits_and_has_an_end(production: Assembly) -> None:
    made = production.one(STACK, KIND)
    assert "InitialCapacity" not in made
    assert made["AutoStopConfiguration"] == {"Enabled": True, "IdleTimeoutMinutes": 5}
    assert made["MaximumCapacity"]["Cpu"] == "64 vCPU"


def test_the_image_is_of_the_release_that_the_application_names(
    production: Assembly, image: Path
) -> None:
    release = production.one(STACK, KIND)["ReleaseLabel"]
    assert f"/spark/{release}:" in (image / "spark" / "Dockerfile").read_text()


def test_the_image_has_what_the_job_imports(image: Path) -> None:
    lock = (image / "spark" / "requirements.lock").read_text()
    packages = {
        name.replace("-", "_") for name in re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    }
    known = set(sys.stdlib_module_names) | OURS | packages | {"pyspark"}
    seen: set[Path] = set()
    waiting = [image / "spark" / "observe_parts.py"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in imported(path):
            assert module.partition(".")[0] in known, f"{path}: {module}"
            file = image.joinpath(*module.split("."))
            waiting += [one for one in (file.with_suffix(".py"), file / "__init__.py")
                        if one.is_file()]  # fmt: skip
    assert image / "lambdas" / "observe" / "part.py" in seen


def imported(path: Path) -> set[str]:
    """The modules that are imported when a file is."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def test_a_job_may_do_what_the_function_may_and_no_other_service_its_role(
    production: Assembly,
) -> None:
    roles = production.resources(STACK, "AWS::IAM::Role")
    (role,) = (part for name, part in roles.items() if name.startswith("SparkRole"))
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "emr-serverless.amazonaws.com"}
    assert rights(production, "SparkRole") == {
        (action, resource)
        for action, resource in rights(production, "FunctionsobserveRole")
        if not action.startswith(("logs:", "xray:"))
    } | {("s3:GetObject", "<IsolationDataC1D82741.Arn>/*/monitoring/*")}


def rights(assembly: Assembly, role: str) -> set[tuple[str, str]]:
    return {
        (action, text(resource))
        for name, statement in statements(assembly, STACK)
        if name.startswith(role)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def test_the_state_machine_may_start_jobs_of_this_application_alone(production: Assembly) -> None:
    found = {
        (action, text(resource))
        for _, statement in statements(production, STACK)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if action.startswith("emr-serverless:")
    }
    (made,) = production.resources(STACK, KIND)
    assert found == {
        ("emr-serverless:StartJobRun", f"<{made}.Arn>"),
        ("emr-serverless:GetJobRun", f"<{made}.Arn>/jobruns/*"),
        ("emr-serverless:CancelJobRun", f"<{made}.Arn>/jobruns/*"),
    }


def test_the_job_is_told_where_the_parts_are_and_logs_to_the_tenants_bucket(
    production: Assembly,
) -> None:
    machines = production.resources(STACK, "AWS::StepFunctions::StateMachine").values()
    (definition,) = (
        json.loads(text(machine["DefinitionString"]))
        for machine in machines
        if machine["StateMachineName"].endswith("monitoring")
    )
    told = definition["States"]["ObserveOnSpark"]["Arguments"]
    submitted = told["JobDriver"]["SparkSubmit"]
    dockerfile = (ROOT / "spark" / "Dockerfile").read_text()
    assert "COPY spark /opt/terrace/spark" in dockerfile
    assert submitted["EntryPoint"] == "local:///opt/terrace/spark/observe_parts.py"
    assert submitted["EntryPointArguments"][0] == "a"
    overrides = told["ConfigurationOverrides"]["MonitoringConfiguration"]
    assert overrides["ManagedPersistenceMonitoringConfiguration"] == {"Enabled": False}
    assert "/monitoring/spark-logs/" in overrides["S3MonitoringConfiguration"]["LogUri"]
