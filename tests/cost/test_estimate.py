"""What a month comes to, held against sums by hand."""

import doctest
import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from terrace.assembly.templates import Templates
from terrace.cli import app
from terrace.cli.revisions import NotSynthesized, templates_of
from terrace.cost import prices, workload
from terrace.cost.estimate import EVERYTHING, Estimate, estimate
from terrace.cost.prices import InvalidPrices
from terrace.deployment import Deployment
from terrace.model_settings import Model

PRICES = prices.load(None)
TENANT, ENDPOINT = "terrace--north", "terrace--north--wear"


def model(**changes: Any) -> Model:
    given = {"name": "wear", "source": "s", "label": "y", "monitors": {"data-quality": {}}}
    return Model.model_validate(given | changes)


def templates(
    told: Model, *, kind: str = "ml.m5.large", count: int = 1
) -> dict[str, dict[str, Any]]:
    deployment = Deployment(
        tenant="north", model=told, image="i", training_role_arn="r", key_arn="k"
    )
    shared = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "a"}},
        "B": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "b"}},
        "Monitor": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": "terrace--north--monitor", "MemorySize": 2048},
        },
        "Told": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Value": deployment.model_dump_json(by_alias=True)},
        },
        "Other": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": "no deployment"}},
    }
    variants = [
        {"InstanceType": kind, "InitialInstanceCount": count},
        {"ServerlessConfig": {"MaxConcurrency": 5}},
    ]
    config = {
        "Type": "AWS::SageMaker::EndpointConfig",
        "Properties": {"ProductionVariants": variants},
    }
    return {TENANT: {"Resources": shared}, ENDPOINT: {"Resources": {"Config": config}}}


def estimated(told: Model, **changes: Any) -> Estimate:
    return estimate(Templates(templates(told, **changes)), PRICES)


def dollars(found: Estimate, model: str, part: str) -> float:
    (item,) = (item for item in found.items if item.model == model and part in item.what)
    return item.dollars


def test_what_runs_all_the_time_is_the_sum_by_hand() -> None:
    found = estimated(model(), kind="ml.m5.xlarge", count=2)
    assert dollars(found, "wear", "2 x ml.m5.xlarge") == pytest.approx(2 * 0.23 * 730)
    assert found.totals()["north", EVERYTHING] == pytest.approx(1 + 2 * 0.10)
    assert found.unknown == ()


def test_an_asynchronous_endpoint_costs_while_it_works_unless_an_instance_always_runs() -> None:
    traffic = {"requests_per_day": 1200, "milliseconds_per_request": 3000}

    def found(**endpoint: Any) -> Estimate:
        told = model(traffic=traffic, endpoint={"kind": "asynchronous", **endpoint})
        given = templates(told)
        given[ENDPOINT]["Resources"]["Config"]["Properties"]["AsyncInferenceConfig"] = {}
        return estimate(Templates(given), PRICES)

    # 1,200 requests of three seconds are an hour a day.
    assert dollars(found(), "wear", "30.0 hours of ml.m5.large") == pytest.approx(30 * 0.115)
    always = found(min_instances=2)
    assert dollars(always, "wear", "2 x ml.m5.large") == pytest.approx(2 * 0.115 * 730)
    assert found(instance_type="ml.p5.48xlarge").unknown == (
        "north/wear: endpoint on ml.p5.48xlarge has no price",
    )


def test_a_month_of_monitors_is_the_sum_by_hand() -> None:
    traffic = {"requests_per_day": 102_400, "kilobytes_per_request": 1.5}
    found = estimated(model(traffic=traffic))
    # 200 MB a day, in 24 windows that are read at 50 MB a second after three seconds
    seconds = 30 * 24 * 3 + 30 * 200 / 50
    expected = seconds * 2 * PRICES.function_gb_second + 720 / 1e6 * (0.20 + 1.00)
    assert dollars(found, "wear", "1 monitors, 720 runs") == pytest.approx(expected)
    assert dollars(found, "wear", "metrics") == pytest.approx(23 * 0.30)
    kept = dollars(found, "wear", "of captured traffic")
    assert kept == pytest.approx(200 * 90 / 1024 * PRICES.storage_gb_month)


def test_less_is_captured_where_the_file_says_so() -> None:
    whole = workload.Workload(model=model())
    half = workload.Workload(model=model(capture={"sampling_percentage": 50}))
    assert half.captured_gb == pytest.approx(whole.captured_gb / 2)


def test_trainings_are_hours_of_their_instance() -> None:
    traffic = {"trainings_per_month": 6, "training_minutes": 30}
    found = estimated(model(traffic=traffic, training={"instance_type": "ml.c5.xlarge"}))
    expected = 3 * 0.204 + 6 * 12 / 1000 * 0.025
    assert dollars(found, "wear", "3.0 hours of training") == pytest.approx(expected)


def test_what_has_no_price_is_told_and_not_taken_for_free() -> None:
    found = estimated(model(training={"instance_type": "ml.p5.48xlarge"}), kind="ml.p5.48xlarge")
    assert found.unknown == (
        "north/wear: training on ml.p5.48xlarge has no price",
        "north/wear: endpoint on ml.p5.48xlarge has no price",
    )


def test_a_fleet_that_is_there_for_a_test_alone_does_not_count_and_a_server_has_a_price() -> None:
    given = templates(model(), count=2)
    variants = given[ENDPOINT]["Resources"]["Config"]["Properties"]["ProductionVariants"]
    second = variants[0] | {"VariantName": "Challenger"}
    variants.append({"Fn::If": ["HasChallenger", second, {"Ref": "AWS::NoValue"}]})
    server = {"Type": "AWS::SageMaker::MlflowTrackingServer", "Properties": {}}
    given[TENANT]["Resources"]["Server"] = server
    found = estimate(Templates(given), PRICES)
    assert dollars(found, "wear", "2 x ml.m5.large") == pytest.approx(2 * 0.115 * 730)
    assert found.unknown == ("north/: MLflow tracking server",)
    priced = estimate(Templates(given), PRICES.model_copy(update={"mlflow_server_hour": 0.5}))
    assert dollars(priced, EVERYTHING, "MLflow") == pytest.approx(0.5 * 730)


def test_the_examples_in_the_code_are_true() -> None:
    assert doctest.testmod(workload).failed == 0


Cost = Callable[..., Result]


@pytest.fixture
def cost(tmp_path: Path) -> Cost:
    """The command, on one tenant's templates."""
    write(tmp_path / "now", templates(model(), count=2))

    def run(*words: str) -> Result:
        told = ["cost", "--cdk-out", str(tmp_path / "now"), *words]
        return CliRunner().invoke(app, told, catch_exceptions=False)

    return run


def write(folder: Path, found: Mapping[str, Any]) -> Path:
    folder.mkdir()
    for name, template in found.items():
        (folder / f"{name}.template.json").write_text(json.dumps(template))
    return folder


def test_the_command_tells_the_date_the_sum_and_what_is_left_out(cost: Cost) -> None:
    done = cost()
    assert done.exit_code == 0
    for part in (str(PRICES.as_of), "north", "wear", "Left out", "taxes"):
        assert part in done.output


def test_a_change_is_told_against_another_folder(cost: Cost, tmp_path: Path) -> None:
    before = write(tmp_path / "before", templates(model(), count=1))
    told = json.loads(cost("--against", str(before), "--json").output)
    assert told["total"] - told["total_before"] == pytest.approx(0.115 * 730, abs=0.01)
    assert "+83.95" in cost("--against", str(before)).output


def test_another_price_list_is_taken_and_a_wrong_one_told(cost: Cost, tmp_path: Path) -> None:
    free = tmp_path / "prices.yaml"
    text = Path(prices.__file__).with_name("prices.yaml").read_text()
    free.write_text(text.replace("key_month: 1.00", "key_month: 0.00"))
    told = json.loads(cost("--prices", str(free), "--json").output)
    assert [item["dollars"] for item in told["items"] if item["what"] == "key"] == [0.0]
    free.write_text("as_of: 2025-01-01")
    with pytest.raises(InvalidPrices, match="instance_hours: Field required"):
        cost("--prices", str(free))
    with pytest.raises(InvalidPrices, match="cannot be read"):
        cost("--prices", str(tmp_path / "nowhere"))


def test_a_revision_that_is_not_there_is_told() -> None:
    with pytest.raises(NotSynthesized, match="invalid reference"), templates_of("no-such-branch"):
        pass


def test_a_revision_is_synthesized_as_it_was() -> None:
    """The one before the last commit may be any, so what is looked at is that it has tenants."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with templates_of(head) as folder:
        found = estimate(Templates.of(folder), PRICES)
    assert {tenant for tenant, _ in found.totals()} >= {"north-mill", "south-mill"}
