"""Objects are encrypted and decrypted by who may use the key, and by no one else."""

import uuid

import pytest
import urllib3

from tests.local.conftest import Cloud, allow, policy
from tests.local.vaults import READ, WRITE, Vault, delegation, new_vault, refused, service_statement

pytestmark = pytest.mark.local


@pytest.fixture
def vault(cloud: Cloud) -> Vault:
    return new_vault(cloud)


def test_a_user_without_the_key_cannot_write_an_object(vault: Vault) -> None:
    code, message = refused(vault.as_user().put_object, Bucket=vault.bucket, Key="one", Body=b"1")
    assert code == "AccessDenied"
    assert f"is not authorized to perform: kms:GenerateDataKey on resource: {vault.key}" in message
    assert message.endswith(
        "because no identity-based policy allows the kms:GenerateDataKey action"
    )


def test_a_user_with_the_key_writes_and_reads(vault: Vault) -> None:
    s3 = vault.as_user(allow(WRITE, READ, on=vault.key))
    s3.put_object(Bucket=vault.bucket, Key="one", Body=b"1")
    answer = s3.get_object(Bucket=vault.bucket, Key="one")
    assert answer["Body"].read() == b"1"
    assert (answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (vault.key, True)


def test_reading_needs_decrypt_and_listing_needs_nothing(vault: Vault) -> None:
    vault.cloud.client("s3").put_object(Bucket=vault.bucket, Key="one", Body=b"1")
    s3 = vault.as_user(allow(WRITE, on=vault.key))
    assert "kms:Decrypt" in refused(s3.get_object, Bucket=vault.bucket, Key="one")[1]
    assert s3.head_object(Bucket=vault.bucket, Key="one")["ContentLength"] == 1
    assert s3.list_objects_v2(Bucket=vault.bucket)["KeyCount"] == 1
    s3.delete_object(Bucket=vault.bucket, Key="one")


def test_a_policy_of_the_caller_counts_for_nothing_without_the_account_in_the_key(
    vault: Vault,
) -> None:
    user = vault.cloud.user(allow("s3:*"), allow("kms:*"))
    vault.set_policy(service_statement("s3.amazonaws.com", "kms:*"))
    code, message = refused(
        vault.cloud.client("s3", **user).put_object, Bucket=vault.bucket, Key="a", Body=b""
    )
    assert code == "AccessDenied"
    assert "because no resource-based policy allows the kms:GenerateDataKey action" in message
    # Not even the account's root user is allowed what no key policy allows.
    assert (
        refused(vault.cloud.client("s3").put_object, Bucket=vault.bucket, Key="a", Body=b"")[0]
        == "AccessDenied"
    )


def test_a_deny_in_the_key_policy_wins(vault: Vault) -> None:
    everyone = {"Effect": "Deny", "Principal": "*", "Action": READ, "Resource": "*"}
    vault.set_policy(delegation(vault.cloud), everyone)
    s3 = vault.as_user(allow("kms:*"))
    s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
    _, message = refused(s3.get_object, Bucket=vault.bucket, Key="a")
    assert "with an explicit deny in a resource-based policy" in message


def test_a_key_may_be_for_one_service_and_bucket_only(vault: Vault) -> None:
    arn, region = f"arn:aws:s3:::{vault.bucket}", vault.cloud.environment["AWS_REGION"]
    scoped = {
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "kms:EncryptionContext:aws:s3:arn": arn,
    }
    vault.set_policy(delegation(vault.cloud, StringEquals=scoped))
    s3 = vault.as_user(allow("kms:*"))
    s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
    without_bucket_key = {
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": vault.key,
        "BucketKeyEnabled": False,
    }
    assert (
        refused(s3.put_object, Bucket=vault.bucket, Key="a", Body=b"", **without_bucket_key)[0]
        == "AccessDenied"
    )
    kms = vault.as_user(allow("kms:*"), service="kms")
    assert refused(kms.generate_data_key, KeyId=vault.key, KeySpec="AES_256")[0] == (
        "AccessDeniedException"
    )


def test_without_a_bucket_key_the_context_is_the_object(cloud: Cloud) -> None:
    vault = new_vault(cloud, bucket_key=False)
    context = {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{vault.bucket}/north/*"}
    vault.set_policy(delegation(cloud, ArnLike=context))
    s3 = vault.as_user(allow("kms:*"))
    s3.put_object(Bucket=vault.bucket, Key="north/a", Body=b"")
    s3.get_object(Bucket=vault.bucket, Key="north/a")
    assert refused(s3.put_object, Bucket=vault.bucket, Key="south/a", Body=b"")[0] == (
        "AccessDenied"
    )


def test_a_copy_reads_with_one_key_and_writes_with_another(cloud: Cloud) -> None:
    source, target = new_vault(cloud), new_vault(cloud)
    cloud.client("s3").put_object(Bucket=source.bucket, Key="a", Body=b"1")
    copy = {
        "Bucket": target.bucket,
        "Key": "b",
        "CopySource": {"Bucket": source.bucket, "Key": "a"},
    }
    only_target = target.as_user(allow(WRITE, READ, on=target.key))
    assert source.key in refused(only_target.copy_object, **copy)[1]
    only_source = target.as_user(allow(WRITE, READ, on=source.key))
    assert target.key in refused(only_source.copy_object, **copy)[1]
    both = target.as_user(allow(READ, on=source.key), allow(WRITE, on=target.key))
    both.copy_object(**copy)


def test_an_upload_in_parts_needs_to_decrypt(vault: Vault) -> None:
    s3 = vault.as_user(allow(WRITE, on=vault.key))
    one = {"Bucket": vault.bucket, "Key": "parts"}
    upload = s3.create_multipart_upload(**one)["UploadId"]
    assert (
        "kms:Decrypt" in refused(s3.upload_part, **one, UploadId=upload, PartNumber=1, Body=b"1")[1]
    )
    able = vault.as_user(allow(WRITE, READ, on=vault.key))
    upload = able.create_multipart_upload(**one)["UploadId"]
    part = able.upload_part(**one, UploadId=upload, PartNumber=1, Body=b"1")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    able.complete_multipart_upload(**one, UploadId=upload, MultipartUpload={"Parts": parts})


def test_a_disabled_key_and_a_key_to_be_deleted_encrypt_nothing(vault: Vault) -> None:
    kms, s3 = vault.cloud.client("kms"), vault.cloud.client("s3")
    s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
    kms.disable_key(KeyId=vault.key)
    assert refused(s3.get_object, Bucket=vault.bucket, Key="a")[0] == "KMS.DisabledException"
    kms.schedule_key_deletion(KeyId=vault.key)
    assert refused(s3.put_object, Bucket=vault.bucket, Key="a", Body=b"")[0] == (
        "KMS.KMSInvalidStateException"
    )


def test_a_grant_allows_what_no_policy_does(vault: Vault) -> None:
    kms, user = vault.cloud.client("kms"), vault.cloud.user(allow("s3:*"))
    arn = vault.cloud.client("sts", **user).get_caller_identity()["Arn"]
    context = {"aws:s3:arn": f"arn:aws:s3:::{vault.bucket}"}
    kms.create_grant(
        KeyId=vault.key,
        GranteePrincipal=arn,
        Operations=["GenerateDataKey"],
        Constraints={"EncryptionContextSubset": context},
    )
    s3 = vault.cloud.client("s3", **user)
    s3.put_object(Bucket=vault.bucket, Key="a", Body=b"")
    assert refused(s3.get_object, Bucket=vault.bucket, Key="a")[0] == "AccessDenied"


def test_a_permissions_boundary_limits_the_key(vault: Vault) -> None:
    iam, name = vault.cloud.client("iam"), f"bounded-{uuid.uuid4().hex[:8]}"
    boundary = iam.create_policy(PolicyName=name, PolicyDocument=policy(allow("s3:*")))
    iam.create_user(UserName=name, PermissionsBoundary=boundary["Policy"]["Arn"])
    iam.put_user_policy(
        UserName=name, PolicyName="own", PolicyDocument=policy(allow("s3:*", "kms:*"))
    )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    s3 = vault.cloud.client(
        "s3",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    _, message = refused(s3.put_object, Bucket=vault.bucket, Key="a", Body=b"")
    assert "because no permissions boundary allows the kms:GenerateDataKey action" in message


def test_a_presigned_address_has_the_key_of_who_signed_it(vault: Vault) -> None:
    vault.cloud.client("s3").put_object(Bucket=vault.bucket, Key="a", Body=b"1")
    statuses = []
    for statements in ([], [allow(READ, on=vault.key)]):
        url = vault.as_user(*statements).generate_presigned_url(
            "get_object", Params={"Bucket": vault.bucket, "Key": "a"}
        )
        statuses.append(urllib3.request("GET", url).status)
    assert statuses == [403, 200]


def test_a_browser_s_form_has_the_key_of_who_signed_it(vault: Vault) -> None:
    statuses = []
    for statements in ([], [allow(WRITE, on=vault.key)]):
        form = vault.as_user(*statements).generate_presigned_post(vault.bucket, "form")
        fields = {**form["fields"], "file": ("form", b"1")}
        statuses.append(urllib3.request("POST", form["url"], fields=fields).status)
    assert statuses == [403, 204]


def test_a_key_is_found_by_its_alias_and_an_unknown_one_is_refused(vault: Vault) -> None:
    alias, s3 = f"alias/{uuid.uuid4().hex[:8]}", vault.as_user(allow(WRITE, READ, on=vault.key))
    vault.cloud.client("kms").create_alias(AliasName=alias, TargetKeyId=vault.key)
    named = {"Bucket": vault.bucket, "Key": "a", "Body": b"", "ServerSideEncryption": "aws:kms"}
    s3.put_object(**named, SSEKMSKeyId=alias)
    s3.get_object(Bucket=vault.bucket, Key="a")
    assert refused(s3.put_object, **named, SSEKMSKeyId=alias + "x")[0] == "KMS.NotFoundException"


def test_an_older_version_needs_the_key_that_it_was_written_with(cloud: Cloud) -> None:
    first, second = new_vault(cloud), new_vault(cloud)
    s3, place = cloud.client("s3"), {"Bucket": first.bucket, "Key": "a"}
    s3.put_bucket_versioning(Bucket=first.bucket, VersioningConfiguration={"Status": "Enabled"})
    old = s3.put_object(**place, Body=b"1")["VersionId"]
    s3.put_object(**place, Body=b"2", ServerSideEncryption="aws:kms", SSEKMSKeyId=second.key)
    reader = first.as_user(allow(READ, on=second.key))
    reader.get_object(**place)
    assert first.key in refused(reader.get_object, **place, VersionId=old)[1]
