from datetime import UTC, datetime

import pytest

from terrace.events import (
    DETAILS,
    Detail,
    MonitorFailed,
    Outcome,
    RolloutFinished,
    TrainingFailed,
    VersionRefused,
    VersionRegistered,
    Violated,
    ViolationsFound,
    Window,
)
from terrace.messages import NoMessage, message

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/north--tool-wear/3"
EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:terrace--north--training:one"
WINDOW = Window(
    start=datetime(2026, 3, 1, 10, tzinfo=UTC), end=datetime(2026, 3, 1, 11, tzinfo=UTC)
)


def found(*violations: Violated, count: int | None = None) -> ViolationsFound:
    return ViolationsFound(
        tenant="north",
        model="tool-wear",
        monitor="data-quality",
        version=3,
        endpoint="north--tool-wear",
        window=WINDOW,
        records=500,
        quarantined=2,
        violations=violations,
        violation_count=count or len(violations),
        report="s3://bucket/tool-wear/monitoring/constraint_violations.json",
    )


def drift(feature: str, value: float) -> Violated:
    return Violated(
        feature=feature,
        check="baseline_drift_check",
        description=f"{feature} moved",
        value=value,
        threshold=0.1,
    )


REGISTERED = VersionRegistered(
    tenant="north",
    model="tool-wear",
    execution=EXECUTION,
    model_package_arn=ARN,
    version=3,
    reason="data-quality found 2 violations",
    metrics={
        "random": {"accuracy": 0.99341, "mcc": 0.98},
        "by_experiment": {"accuracy": 0.6, "mcc": None},
    },
)
EXAMPLES: list[Detail] = [
    TrainingFailed(
        tenant="north", model="tool-wear", execution=EXECUTION, error="E", cause="no label column"
    ),
    VersionRefused(
        tenant="north", model="tool-wear", execution=EXECUTION, reasons=("mcc 0.1 < 0.5",)
    ),
    REGISTERED,
    RolloutFinished(
        tenant="north",
        model="tool-wear",
        model_package_arn=ARN,
        version=3,
        outcome="rolled-back",
        reason="smoke test failed",
    ),
    found(drift("X1_CurrentFeedback", 0.4)),
    MonitorFailed(
        tenant="north", model="tool-wear", monitor="data-quality", error="E", cause="bucket gone"
    ),
]


def test_every_event_has_an_example_here() -> None:
    assert {type(example) for example in EXAMPLES} == set(DETAILS.values())


@pytest.mark.parametrize("detail", EXAMPLES, ids=lambda detail: type(detail).__name__)
def test_a_message_fits_sns_and_names_tenant_and_model(detail: Detail) -> None:
    told = message(detail)

    assert 0 < len(told.subject) <= 100
    assert told.subject.isascii()
    assert told.subject.isprintable()
    assert told.subject.startswith("north/tool-wear: ")
    assert "Tenant:" in told.body
    assert "north" in told.body
    assert "tool-wear" in told.body
    assert "{" not in told.body


def test_violations_are_told_worst_first_with_value_and_threshold() -> None:
    told = message(found(drift("mild", 0.11), drift("wild", 0.9), drift("middling", 0.5)))

    order = [told.body.index(feature) for feature in ("wild", "middling", "mild")]
    assert order == sorted(order)
    assert "wild: baseline_drift_check (value 0.9, threshold 0.1)" in told.body


def test_violations_are_told_with_version_window_report_and_what_to_do() -> None:
    body = message(found(drift("a", 0.2))).body

    assert "Version:  3" in body
    assert "2026-03-01 10:00:00 to 2026-03-01 11:00:00 UTC" in body
    assert "500 (2 of them unreadable)" in body
    assert "Report: s3://bucket/tool-wear/monitoring/constraint_violations.json" in body
    assert "What to do:" in body


def test_what_has_no_number_comes_before_what_is_a_little_too_large() -> None:
    missing = Violated(feature="gone", check="missing_column_check", description="it is not there")

    body = message(found(drift("mild", 0.11), missing)).body

    assert body.index("gone") < body.index("mild")


def test_a_great_many_violations_stay_readable_and_are_counted() -> None:
    body = message(found(*(drift(f"f{n}", 0.5) for n in range(60)), count=900)).body

    assert body.count("baseline_drift_check") == 20
    assert "and 880 more: see the report" in body


def test_one_violation_is_not_called_several() -> None:
    assert message(found(drift("a", 0.2))).subject.endswith("1 constraint violated")


def test_a_registered_version_tells_the_metrics_of_each_split() -> None:
    lines = message(REGISTERED).body.splitlines()

    heads = [line.split() for line in lines if "accuracy" in line]
    assert heads == [["accuracy", "mcc"]]
    table = {
        line.split()[0]: line.split()[1:] for line in lines if line.startswith(("random", "by"))
    }
    assert table == {"random": ["0.9934", "0.9800"], "by_experiment": ["0.6000", "undefined"]}


def test_a_registered_version_tells_the_exact_command_that_approves() -> None:
    body = message(REGISTERED).body.replace("\\\n    ", "")

    assert (
        "aws sagemaker update-model-package --region eu-west-1 "
        f"--model-package-arn {ARN} --model-approval-status Approved\n" in body
    )


@pytest.mark.parametrize(
    ("outcome", "headline"),
    [
        ("deployed", "was deployed"),
        ("already-deployed", "already runs"),
        ("rejected", "was rejected"),
        ("rolled-back", "was rolled back"),
        ("failed", "could not be deployed"),
    ],
)
def test_each_outcome_of_a_rollout_has_its_own_words(outcome: Outcome, headline: str) -> None:
    told = message(
        RolloutFinished(
            tenant="north",
            model="tool-wear",
            model_package_arn=ARN,
            version=3,
            outcome=outcome,
            reason="because of this",
        )
    )

    assert told.subject == f"north/tool-wear: version 3 {headline}"
    assert "because of this" in told.body


def test_a_subject_is_one_ascii_line_however_the_words_look() -> None:
    told = message(
        MonitorFailed(
            tenant="north", model="tool-wear", monitor="däta\n" + "x" * 200, error="E", cause="c"
        )
    )

    assert len(told.subject) == 100
    assert told.subject.startswith("north/tool-wear: monitor d?ta xxx")
    assert told.subject.endswith("...")


def test_a_long_cause_is_cut() -> None:
    told = message(
        TrainingFailed(
            tenant="north", model="tool-wear", execution=EXECUTION, error="E", cause="x" * 300_000
        )
    )

    assert len(told.body) < 8000


def test_an_event_without_words_is_an_error() -> None:
    with pytest.raises(NoMessage, match="Detail"):
        message(Detail(tenant="north", model="tool-wear"))


def test_the_names_of_a_tables_columns_stay_apart() -> None:
    metrics = {"held_out": {"accuracy": 0.9, "brier": 0.1, "calibration_error": 0.05}}
    registered = VersionRegistered(
        tenant="north", model="wear", execution="e", model_package_arn="arn:1/1", version=1,
        reason="asked", metrics=metrics,
    )  # fmt: skip
    body = message(registered).body
    header = next(line for line in body.splitlines() if "accuracy" in line)
    assert header.split() == ["accuracy", "brier", "calibration_error"]
    assert "held_out       0.9000     0.1000             0.0500" in body
