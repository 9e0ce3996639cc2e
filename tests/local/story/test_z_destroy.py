"""Last of the story: what was deployed goes, all of it."""

import pytest

from examples.demo.stage import TENANTS, Stage

pytestmark = pytest.mark.local


def test_destroy_leaves_nothing(stage: Stage) -> None:
    for tenant in TENANTS:
        stage.operator(tenant).forget_versions()
    stage.cdk("destroy", "--all", "--force")
    stacks = stage.client("cloudformation").describe_stacks()["Stacks"]
    left = {
        "stacks": [s["StackName"] for s in stacks if s["StackName"].startswith("terrace")],
        "endpoints": stage.client("sagemaker").list_endpoints()["Endpoints"],
        "models": stage.client("sagemaker").list_models()["Models"],
        "functions": stage.client("lambda").list_functions()["Functions"],
        "buckets": [
            bucket["Name"]
            for bucket in stage.client("s3").list_buckets()["Buckets"]
            if bucket["Name"].startswith("terrace")
        ],
        "roles": [
            role["RoleName"]
            for role in stage.client("iam").list_roles()["Roles"]
            if "terrace" in role["RoleName"]
        ],
    }
    assert left == {kind: [] for kind in left}
