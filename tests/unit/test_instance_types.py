"""The instance types that settings may name, and that a model package names."""

from typing import Any

import botocore.session
import pytest
from pydantic import TypeAdapter, ValidationError

from terrace import instance_types
from terrace.instance_settings import HostingInstanceType, TrainingInstanceType

SHAPES = {
    "HOSTING": "ProductionVariantInstanceType",
    "TRAINING": "TrainingInstanceType",
    "TRANSFORM": "TransformInstanceType",
}
Hosting: TypeAdapter[str] = TypeAdapter(HostingInstanceType)
Training: TypeAdapter[str] = TypeAdapter(TrainingInstanceType)


@pytest.mark.parametrize("table", SHAPES)
def test_the_table_is_sagemakers_own_enumeration(table: str) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    assert getattr(instance_types, table) == set(model.shape_for(SHAPES[table]).enum)


@pytest.mark.parametrize("name", ["ml.m5.large", "ml.g4dn.xlarge", "ml.g6e.xlarge", "ml.t2.medium"])
def test_a_type_that_hosts_amd64_images_is_taken(name: str) -> None:
    assert Hosting.validate_python(name) == name


@pytest.mark.parametrize("name", ["ml.m6g.large", "ml.c7g.xlarge", "ml.r8g.medium",
                                  "ml.c6gn.large", "ml.p6e-gb200.36xlarge"])  # fmt: skip
def test_a_type_with_an_arm_processor_is_refused_since_images_are_for_amd64(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name} has an Arm processor"):
        Hosting.validate_python(name)


@pytest.mark.parametrize(
    ("adapter", "name", "purpose"),
    [
        (Hosting, "ml.c5n.xlarge", "endpoints"),
        (Hosting, "ml.t3.medium", "endpoints"),
        (Hosting, "ml.m5.huge", "endpoints"),
        (Training, "ml.t2.medium", "training jobs"),
        (Training, "ml.c5d.xlarge", "training jobs"),
    ],
)
def test_a_type_that_sagemaker_has_not_for_the_purpose_is_refused(
    adapter: Any, name: str, purpose: str
) -> None:
    expected = f"SageMaker has no instances of type {name} for {purpose}; expected one that it has"
    with pytest.raises(ValidationError, match=expected):
        adapter.validate_python(name)
