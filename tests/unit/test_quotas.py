from pathlib import Path
from typing import Any

import pytest

from terrace.quotas import Quotas, Tenants, exceeded
from terrace.settings_file import InvalidSettings, load

MODEL = "{name: wear, source: examples/cnc-mill, label: y}"


def written(folder: Path, tenants: int, platform: str = "{}") -> Path:
    lines = [f"  - {{name: t{n}, models: [{MODEL}]}}" for n in range(tenants)]
    path = folder / "terrace.yaml"
    path.write_text("\n".join([f"platform: {platform}", "tenants:", *lines]))
    return path


def test_more_tenants_than_an_account_may_have_are_told_with_the_quota(tmp_path: Path) -> None:
    load(written(tmp_path, 42))
    with pytest.raises(InvalidSettings) as told:
        load(written(tmp_path, 43))
    for part in ("43 tenants need", "IAM roles", "Roles per account", "platform.quotas.iam_roles"):
        assert part in str(told.value)


def test_a_quota_that_was_raised_is_taken(tmp_path: Path) -> None:
    load(written(tmp_path, 43, "{quotas: {iam_roles: 2000}}"))


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("cloudformation_stacks", 10), ("event_buses", 5), ("schedule_groups", 5)],
)
def test_every_quota_counts(name: str, allowed: int) -> None:
    raised: dict[str, Any] = {"iam_roles": 10_000, name: allowed}
    fits = [1] * 4
    assert list(exceeded(Quotas(**raised), Tenants(models=fits))) == []
    (told,) = exceeded(Quotas(**raised), Tenants(models=[2] * 6))
    assert f"platform.quotas.{name}" in told


def test_more_networks_than_a_region_may_have_are_told() -> None:
    assert list(exceeded(Quotas(), Tenants(models=[1] * 4, networks=4))) == []
    (told,) = exceeded(Quotas(), Tenants(models=[1] * 5, networks=5))
    assert "6 VPCs" in told
    assert "'VPCs per Region'" in told
