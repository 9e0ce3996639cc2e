"""Two people must approve, and neither may be the one who asked for the training."""

import pytest

from lambdas.common.registry import Version, VersionRefused
from lambdas.verify.approvers import ApprovalRefused, approved
from terrace.names import ModelNames

from .conftest import Cloud

TABLE = "terrace--north--rollouts"
ADA, BOB = "arn:aws:iam::1:user/ada", "arn:aws:iam::1:user/bob"


@pytest.fixture(autouse=True)
def table(cloud: Cloud) -> None:
    cloud.client("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def by(
    arn: str | None,
    *,
    number: int = 1,
    trained_by: str = "unknown",
    by_link: str = "",
    status: str = "Approved",
) -> Version:
    changed = {"LastModifiedBy": {"IamIdentity": {"Arn": arn}}} if arn else {}
    return Version(
        arn=f"arn:aws:sagemaker:r:1:model-package/north--tool-wear/{number}",
        names=ModelNames(tenant="north", model="tool-wear"),
        number=number,
        description={
            "CustomerMetadataProperties": {"requested_by": trained_by, "approved_by": by_link},
            "ModelApprovalStatus": status,
            **changed,
        },
    )


def test_one_is_enough_where_one_is_asked_for() -> None:
    assert approved(by(ADA), "no table is asked", 1).enough
    assert approved(by(None), "no table is asked", 1).enough


def test_two_different_people_are_needed() -> None:
    first = approved(by(ADA), TABLE, 2)
    assert (first.enough, first.by) == (False, [ADA])
    assert f"approved by {ADA}: 1 of 2 people" in str(first)
    assert not approved(by(ADA), TABLE, 2).enough
    second = approved(by(BOB), TABLE, 2)
    assert (second.enough, second.by) == (True, [ADA, BOB])


def test_an_approval_counts_for_its_own_version() -> None:
    approved(by(ADA), TABLE, 2)
    assert not approved(by(BOB, number=2), TABLE, 2).enough


def test_who_asked_for_the_training_does_not_count() -> None:
    with pytest.raises(ApprovalRefused, match="who asked for its training"):
        approved(by(ADA, trained_by=ADA), TABLE, 2)


def test_somebody_unknown_does_not_count() -> None:
    with pytest.raises(ApprovalRefused, match="does not tell by whom"):
        approved(by(None), TABLE, 2)


def test_an_approval_waits_for_a_month_and_enough_of_them_are_kept(cloud: Cloud) -> None:
    def kept() -> dict[str, object]:
        (item,) = cloud.client("dynamodb").scan(TableName=TABLE)["Items"]
        return dict(item)

    approved(by(ADA), TABLE, 2)
    assert "expires" in kept()
    approved(by(BOB), TABLE, 2)
    assert "expires" not in kept()


@pytest.mark.parametrize("needed", [1, 2])
def test_what_the_registry_does_not_call_approved_is_not(needed: int) -> None:
    with pytest.raises(VersionRefused, match="is PendingManualApproval in the model registry"):
        approved(by(ADA, status="PendingManualApproval"), TABLE, needed)


LINK_ROLE = "terrace--north-approve"
LINK = f"arn:aws:sts::1:assumed-role/{LINK_ROLE}/terrace--north--approve"


def test_by_link_it_is_the_person_who_approves() -> None:
    first = approved(by(LINK, by_link=ADA), TABLE, 2, link_role=LINK_ROLE)
    assert (first.by, first.enough) == ([ADA], False)
    assert not approved(by(ADA), TABLE, 2, link_role=LINK_ROLE).enough  # in the console: the same
    assert approved(by(LINK, by_link=BOB), TABLE, 2, link_role=LINK_ROLE).enough


def test_by_link_who_asked_for_the_training_does_not_count_either() -> None:
    with pytest.raises(ApprovalRefused, match="who asked for its training"):
        approved(by(LINK, by_link=ADA, trained_by=ADA), TABLE, 2, link_role=LINK_ROLE)


def test_nobody_else_can_say_whose_approval_it_is() -> None:
    found = approved(by(BOB, by_link=ADA), TABLE, 2, link_role=LINK_ROLE)
    assert found.by == [BOB]
    # Where nobody has links, it is a role like any other.
    assert approved(by(LINK, by_link=ADA), TABLE, 1).by == [LINK.rpartition("/")[0]]


ROLE = "arn:aws:sts::1:assumed-role/deployer"
SSO = "arn:aws:sts::1:assumed-role/AWSReservedSSO_Operators_0123456789abcdef"
OTHER_SSO = "arn:aws:sts::2:assumed-role/AWSReservedSSO_Admins_fedcba9876543210"


@pytest.mark.parametrize(
    ("first", "second", "people"),
    [
        # Whoever assumes a role names the session as they like.
        (f"{ROLE}/monday", f"{ROLE}/tuesday", 1),
        (f"{ROLE}/ada@mill.example", f"{ROLE}/bob@mill.example", 1),
        (f"{ROLE}/botocore-session-1", f"{ROLE}/a,b=c", 1),
        (f"{ROLE}/monday", "arn:aws:sts::1:assumed-role/another/monday", 2),
        (f"{ROLE}/monday", "arn:aws:sts::2:assumed-role/deployer/monday", 2),
        # Identity Center names it after the user, in every account and permission set.
        (f"{SSO}/ada@mill.example", f"{SSO}/bob@mill.example", 2),
        (f"{SSO}/ada@mill.example", f"{SSO}/Ada@mill.example", 1),
        (f"{SSO}/ada@mill.example", f"{OTHER_SSO}/ada@mill.example", 1),
        # A role that is only called like one of its own.
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_mine/a",
         "arn:aws:sts::1:assumed-role/AWSReservedSSO_mine/b", 1),
        ("arn:aws:sts::1:assumed-role/myAWSReservedSSO_x_0123456789abcdef/a",
         "arn:aws:sts::1:assumed-role/myAWSReservedSSO_x_0123456789abcdef/b", 1),
        (ADA, BOB, 2),
        (ADA, f"{ROLE}/ada", 2),
        ("arn:aws:sts::1:federated-user/ada", "arn:aws:sts::1:federated-user/bob", 1),
        ("arn:aws-cn:sts::1:assumed-role/r/a", "arn:aws-cn:sts::1:assumed-role/r/b", 1),
        ("arn:aws:iam::1:root", ADA, 2),
    ],
)  # fmt: skip
def test_how_many_people_two_approvals_are(first: str, second: str, people: int) -> None:
    approved(by(first), TABLE, 2)
    found = approved(by(second), TABLE, 2)
    assert (len(found.by), found.enough) == (people, people == 2)


def test_who_asked_for_the_training_in_another_session_does_not_count_either() -> None:
    for trained, approves in (
        (f"{ROLE}/training", f"{ROLE}/approving"),
        (f"{SSO}/ada@mill.example", f"{OTHER_SSO}/ada@mill.example"),
    ):
        with pytest.raises(ApprovalRefused, match="who asked for its training"):
            approved(by(approves, trained_by=trained), TABLE, 2)


def test_by_link_and_by_identity_center_it_is_the_same_person() -> None:
    approved(by(LINK, by_link="Ada@mill.example"), TABLE, 2, link_role=LINK_ROLE)
    found = approved(by(f"{SSO}/ada@mill.example"), TABLE, 2, link_role=LINK_ROLE)
    assert (found.by, found.enough) == (["ada@mill.example"], False)


def changed(**told: object) -> Version:
    version = by(None)
    return Version(
        arn=version.arn,
        names=version.names,
        number=1,
        description=version.description | {"LastModifiedBy": told},
    )


def test_in_studio_it_is_the_user_profile_whatever_the_role() -> None:
    role = {"Arn": f"{ROLE}/SageMaker", "PrincipalId": "AROA:SageMaker"}
    profiles = [f"arn:aws:sagemaker:r:1:user-profile/d-1/{name}" for name in ("ada", "bob")]
    for profile in profiles:
        found = approved(changed(IamIdentity=role, UserProfileArn=profile), TABLE, 2)
    assert (found.by, found.enough) == (profiles, True)


def test_a_source_identity_makes_no_two_people_of_one_role() -> None:
    """Its caller sets it, where no trust policy says otherwise."""
    for name in ("ada", "bob"):
        found = approved(
            changed(IamIdentity={"Arn": f"{ROLE}/{name}", "SourceIdentity": name}), TABLE, 2
        )
    assert (found.by, found.enough) == ([ROLE], False)
