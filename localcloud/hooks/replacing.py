"""Which changes of a stack replace a resource, and the names that CloudFormation makes up."""

import uuid
from collections.abc import Callable
from typing import Any, Protocol

from ministack.services.cloudformation import provisioners, stacks

Properties = dict[str, Any]


class Rules(Protocol):
    """What decides about replacement."""

    def replaces(self, type_name: str, old: Properties, new: Properties) -> bool:
        """Whether the change needs a new physical resource."""

    def recreation(self, type_name: str, name: str) -> str:
        """`Always`, `Conditionally` or `Never`, for a change set's property."""

    def kept_name(self, type_name: str, old: Properties, new: Properties) -> str | None:
        """The name that a template gives to the resource before and after, if it does."""

    def same_identity(self, type_name: str, old: Properties, new: Properties) -> bool:
        """Whether the new resource would be identified as the old one is."""


def decide_replacements_with(rules: Rules) -> None:
    """Lets `rules` decide in the place of MiniStack's table of some types."""
    refused, replace = (
        provisioners._custom_named_replacement_error,
        provisioners._replace_resource,
    )

    def refusal(kind: str, old: Properties, new: Properties, physical_id: str | None = None) -> Any:
        if known := refused(kind, old, new, physical_id):
            return known
        # Services with words of their own speak for themselves.
        if "exists" in provisioners._CUSTOM_NAME_REPLACEMENT.get(kind, {}):
            return None
        name = rules.kept_name(kind, old, new) if rules.replaces(kind, old, new) else None
        return _refusal(name) if name else None

    def replaced(kind: str, physical_id: str, old: Properties, new: Properties, stack: str,
                 logical_id: str) -> Any:  # fmt: skip
        created = replace(kind, physical_id, old, new, stack, logical_id)
        if created[0] == physical_id:
            if rules.same_identity(kind, old, new):
                raise ValueError(f"{physical_id} already exists")
            provisioners._delete_predecessor(
                provisioners._delete_resource, kind, physical_id, old, stack, logical_id
            )
        return created

    provisioners._replace_resource = replaced
    for module in (provisioners, stacks):
        module._replacing_change = rules.replaces
        module._custom_named_replacement_error = refusal
        module._property_recreation = rules.recreation


def _refusal(name: str) -> str:
    return (
        f"CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        f"Rename {name} and update the stack again."
    )


# (stack, logical id, seed of the suffix, longest, whether in lower case) -> name
Generate = Callable[[str, str, str, int, bool], str]


def generate_names_with(generate: Generate) -> None:
    """Lets `generate` make up the names that templates leave out, anew for each new resource."""

    def name(stack: str, logical_id: str, *, lowercase: bool = False, max_len: int = 128,
             seeded: bool = True) -> str:  # fmt: skip
        seed = provisioners._NAME_SEED.get() if seeded else ""
        return generate(stack, logical_id, seed, max_len, lowercase)

    def provision(*args: Any) -> tuple[Any, str]:
        token = provisioners._NAME_SEED.set(uuid.uuid4().hex)
        try:
            return stacks._provision_resource(*args), provisioners._NAME_SEED.get()
        finally:
            provisioners._NAME_SEED.reset(token)

    provisioners._physical_name = name
    stacks._provision_keeping_seed = provision


def physical_name(stack: str, logical_id: str, *, longest: int = 128) -> str:
    """The name that CloudFormation makes up for the resource that is being created."""
    return str(provisioners._physical_name(stack, logical_id, max_len=longest))
