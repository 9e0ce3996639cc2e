import pytest

from terrace.environment import Environment

ENVIRONMENT = Environment(
    tenant="north",
    bucket="b",
    event_bus="e",
    topic_arn="t",
    monitoring_state_machine_arn="m",
    training_state_machine_arn="n",
    approval_state_machine_arn="a",
)


def test_what_the_stacks_write_the_handlers_read() -> None:
    assert Environment.load(ENVIRONMENT.dump() | {"PATH": "/bin"}) == ENVIRONMENT


def test_a_missing_variable_is_named() -> None:
    variables = ENVIRONMENT.dump()
    del variables["TERRACE_BUCKET"]
    with pytest.raises(ValueError, match="bucket"):
        Environment.load(variables)
