import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terrace import names
from terrace.names import ModelNames, TenantNames

tenant_names = st.from_regex(names.NAME_PATTERN, fullmatch=True).filter(
    lambda name: len(name) <= names.TENANT_NAME_LENGTH
)
model_names = st.from_regex(names.NAME_PATTERN, fullmatch=True).filter(
    lambda name: len(name) <= names.MODEL_NAME_LENGTH
)


@given(tenant_names, model_names, tenant_names, model_names)
def test_two_models_share_an_aws_name_only_if_they_are_the_same(
    tenant: str, model: str, other_tenant: str, other_model: str
) -> None:
    one = ModelNames(tenant=tenant, model=model)
    other = ModelNames(tenant=other_tenant, model=other_model)
    same = (tenant, model) == (other_tenant, other_model)
    assert (one.endpoint == other.endpoint) == same
    assert (one.stack == other.stack) == same


@given(tenant_names, model_names)
def test_tenant_and_model_are_read_back_from_the_model_package_group(
    tenant: str, model: str
) -> None:
    given_names = ModelNames(tenant=tenant, model=model)
    assert ModelNames.of(given_names.model_package_group) == given_names


@pytest.mark.parametrize("group", ["", "north", "--m", "north--"])
def test_a_group_that_terrace_did_not_name_is_refused(group: str) -> None:
    with pytest.raises(ValueError, match="not one of Terrace's"):
        ModelNames.of(group)


def test_the_longest_names_stay_within_aws_limits() -> None:
    tenant, model = "t" * names.TENANT_NAME_LENGTH, "m" * names.MODEL_NAME_LENGTH
    bucket = TenantNames(tenant=tenant).bucket("123456789012", "ap-southeast-2")
    assert len(bucket) <= 63
    assert re.fullmatch(r"[a-z0-9-]+", bucket)
    configuration = f"{ModelNames(tenant=tenant, model=model).endpoint}--v99999--abcdef"
    assert len(configuration) <= 63
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", configuration)
