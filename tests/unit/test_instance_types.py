import botocore.session
import pytest
from pydantic import ValidationError

from terrace.endpoint_settings import RealTime
from terrace.instance_types import HOSTING, TRAINING
from terrace.training_settings import Training


def of_the_api(shape: str) -> frozenset[str]:
    service = botocore.session.get_session().get_service_model("sagemaker")
    return frozenset(service.shape_for(shape).enum)


def test_the_types_are_those_of_sagemakers_api() -> None:
    assert of_the_api("ProductionVariantInstanceType") == HOSTING
    assert of_the_api("TrainingInstanceType") == TRAINING


def test_an_endpoint_runs_only_on_a_type_that_sagemaker_hosts_on() -> None:
    RealTime(kind="real-time", instance_type="ml.c6i.large")
    with pytest.raises(ValidationError, match=r"hosts on, such as ml\.m5\.large"):
        RealTime(kind="real-time", instance_type="ml.m5.larg")
    with pytest.raises(ValidationError, match="hosts on"):
        RealTime(kind="real-time", instance_type="ml.t3.large")  # trains only


def test_a_training_job_runs_only_on_a_type_that_sagemaker_trains_on() -> None:
    Training(instance_type="ml.t3.large")
    with pytest.raises(ValidationError, match="trains on"):
        Training(instance_type="ml.c6g.large")  # hosts only
