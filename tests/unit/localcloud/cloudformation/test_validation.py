"""Properties against the registry's schemas, in CloudFormation's words."""

from typing import Any

import pytest

from localcloud.cloudformation.patterns import compiled
from localcloud.cloudformation.schemas import Schema, schema_of, types_of
from localcloud.cloudformation.unknown_values import UNKNOWN
from localcloud.cloudformation.validation import violations

FUNCTION = {"Code": {"ZipFile": "x"}, "Role": "arn:aws:iam::000000000000:role/r"}


def messages(type_name: str, **properties: Any) -> list[str]:
    schema = schema_of(type_name)
    assert schema
    return [str(one) for one in violations(schema, properties)]


@pytest.mark.parametrize(
    ("type_name", "properties", "message"),
    [
        (
            "AWS::SQS::Queue",
            {"Nmae": "q"},
            '#: extraneous key [Nmae] is not permitted (got "q")',
        ),
        ("AWS::SSM::Parameter", {"Type": "String"}, "#: required key [Value] not found"),
        (
            "AWS::Lambda::Function",
            FUNCTION | {"MemorySize": 64},
            "#/MemorySize: failed validation constraint for keyword [minimum] (got 64)",
        ),
        (
            "AWS::Lambda::Function",
            FUNCTION | {"Timeout": "soon"},
            '#/Timeout: expected type: Integer, found: String (got "soon")',
        ),
        (
            "AWS::Lambda::Function",
            FUNCTION | {"Role": "r"},
            '#/Role: failed validation constraint for keyword [pattern] (got "r")',
        ),
        (
            "AWS::Lambda::Function",
            FUNCTION | {"Arn": "arn:aws:lambda:::x"},
            "#/Arn: read-only property [Arn] cannot be specified",
        ),
        (
            "AWS::S3::Bucket",
            {"VersioningConfiguration": {"Status": "On"}},
            "#/VersioningConfiguration/Status: "
            'failed validation constraint for keyword [enum] (got "On")',
        ),
        (
            "AWS::IAM::Role",
            {"AssumeRolePolicyDocument": {}, "Tags": [{"Key": "k"}]},
            "#/Tags/0: required key [Value] not found",
        ),
        (
            "AWS::SageMaker::EndpointConfig",
            {"ProductionVariants": {"VariantName": "v"}},
            "#/ProductionVariants: expected type: JSONArray, found: JSONObject "
            '(got {"VariantName": "v"})',
        ),
        (
            "AWS::Events::Rule",
            {"Name": "n" * 200},
            f'#/Name: failed validation constraint for keyword [maxLength] (got "{"n" * 119}...)',
        ),
        (
            "AWS::Lambda::EventInvokeConfig",
            {"FunctionName": "f", "Qualifier": "$LATEST", "MaximumRetryAttempts": 3},
            "#/MaximumRetryAttempts: failed validation constraint for keyword [maximum] (got 3)",
        ),
    ],
)
def test_a_property_that_the_schema_refuses_is_named_with_its_path_and_value(
    type_name: str, properties: dict[str, Any], message: str
) -> None:
    assert message in messages(type_name, **properties)


def test_text_numbers_and_booleans_are_converted_as_cloudformation_does() -> None:
    assert not messages("AWS::SQS::Queue", DelaySeconds="5", FifoQueue="true", QueueName=5)


def test_a_value_that_is_not_known_yet_is_not_judged() -> None:
    assert not messages("AWS::Lambda::Function", Code={"S3Bucket": UNKNOWN}, Role=UNKNOWN)


def test_an_unknown_property_is_refused_whatever_its_value_will_be() -> None:
    assert messages("AWS::SQS::Queue", Nmae=UNKNOWN) == [
        "#: extraneous key [Nmae] is not permitted"
    ]


def test_a_value_that_is_never_shown_again_is_not_shown() -> None:
    (message,) = messages("AWS::Lambda::Function", Code={"ZipFile": ["secret"]}, Role=UNKNOWN)
    assert "secret" not in message
    assert message.startswith("#/Code/ZipFile: expected type: String, found: JSONArray")


def test_exactly_one_alternative_must_match() -> None:
    document = {
        "typeName": "T::T::T",
        "properties": {"A": {"type": "string"}, "B": {"type": "string"}},
        "oneOf": [{"required": ["A"]}, {"required": ["B"]}],
    }
    schema = Schema(type_name="T::T::T", document=document)
    assert not violations(schema, {"A": "a"})
    (both,) = violations(schema, {"A": "a", "B": "b"})
    assert "2 subschemas matched instead of one" in str(both)


def test_every_pattern_of_every_type_can_be_tried() -> None:
    patterns: set[str] = set()

    def collect(part: Any) -> None:
        if isinstance(part, dict):
            patterns.update([part["pattern"]] if isinstance(part.get("pattern"), str) else [])
            patterns.update(part.get("patternProperties", ()))
        for inner in part.values() if isinstance(part, dict) else part:
            if isinstance(inner, dict | list):
                collect(inner)

    for type_name in types_of("us-east-1"):
        schema = schema_of(type_name)
        assert schema
        collect(schema.document)
    assert len(patterns) > 1000
    for pattern in patterns:
        compiled(pattern)
