"""CloudFormation as AWS's registry describes it: properties, replacement, names, permissions."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.cloudformation.names import generated_name, longest_name
from localcloud.cloudformation.replacement import RegistryRules
from localcloud.cloudformation.schemas import schema_of, types_of
from localcloud.cloudformation.unknown_values import UNKNOWN
from localcloud.cloudformation.validation import Violation, violations
from localcloud.config import Config
from localcloud.errors import LocalCloudError
from localcloud.hooks import cloudformation, replacing, templates

_OWN_TAGS = "aws:"
_CUSTOM = "AWS::CloudFormation::CustomResource"


class InvalidProperties(LocalCloudError):
    """A resource has properties that its type's schema refuses."""


def install(config: Config) -> None:
    """Puts the registry's schemas in force."""
    region = config.region

    def judge(type_name: str, properties: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        return [
            ("".join(f"/{part}" for part in one.path), str(one))
            for one in _refused(type_name, properties, region)
        ]

    def check(change: cloudformation.Change) -> None:
        if change.action == "delete":
            return
        properties = _without_own_tags(change.properties)
        if wrong := _refused(change.type_name, properties, region):
            messages = [str(one) for one in wrong]
            raise InvalidProperties(templates.properties_refusal(change.logical_id, messages))

    templates.judge_templates_with(judge, UNKNOWN)
    cloudformation.check_changes_with(check)
    replacing.decide_replacements_with(RegistryRules(region))
    replacing.generate_names_with(_named)


def _refused(type_name: str, properties: Mapping[str, Any], region: str) -> list[Violation]:
    if schema := schema_of(_CUSTOM if type_name.startswith("Custom::") else type_name, region):
        return violations(schema, properties)
    if type_name.startswith("AWS::") and type_name not in types_of(region):
        return [Violation(path=(), message=f"Unrecognized resource types: [{type_name}]")]
    return []


def _without_own_tags(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without the tags that CloudFormation adds, which no template may set."""
    kept = {name: _of_template(value) for name, value in properties.items()}
    return {name: value for name, value in kept.items() if value or not properties[name]}


def _of_template(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: part for key, part in value.items() if not key.startswith(_OWN_TAGS)}
    if isinstance(value, list):
        return [part for part in value if not _is_own_tag(part)]
    return value


def _is_own_tag(part: Any) -> bool:
    return isinstance(part, dict) and str(part.get("Key", "")).startswith(_OWN_TAGS)


def _named(stack: str, logical_id: str, seed: str, longest: int, lowercase: bool) -> str:
    longest = longest_name(cloudformation.changing_type(), longest)
    name = generated_name(stack, logical_id, seed, longest)
    return name.lower() if lowercase else name
