"""The audit trail of the tenants that want one."""

from tests.stacks.conftest import Assembly, listed, text

PLATFORM = "terrace--platform"


def test_one_trail_has_each_access_to_the_data_of_those_who_ask_for_it(shipped: Assembly) -> None:
    trail = shipped.one(PLATFORM, "AWS::CloudTrail::Trail")
    assert (trail["IsLogging"], trail["EnableLogFileValidation"]) == (True, True)
    (selector,) = trail["EventSelectors"]
    assert (selector["ReadWriteType"], selector["IncludeManagementEvents"]) == ("All", True)
    (objects,) = selector["DataResources"]
    (audited,) = [text(value) for value in objects["Values"]]
    assert audited.startswith("arn:")
    assert ":s3:::terrace--south-mill--" in audited
    assert audited.endswith("/")


def test_cloudtrail_alone_writes_it_and_for_this_trail_alone(shipped: Assembly) -> None:
    allowed = [
        statement
        for policy in shipped.resources(PLATFORM, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if "cloudtrail" in str(statement["Principal"])
    ]
    assert {action for one in allowed for action in listed(one["Action"])} == {
        "s3:GetBucketAcl",
        "s3:PutObject",
    }
    for one in allowed:
        source = text(one["Condition"]["StringEquals"]["aws:SourceArn"])
        assert source.endswith(":trail/terrace-audit")


def test_the_trail_is_gone_before_its_bucket_is_emptied(shipped: Assembly) -> None:
    resources = shipped.template(PLATFORM)["Resources"]
    (trail,) = (one for one in resources.values() if one["Type"] == "AWS::CloudTrail::Trail")
    before = {resources[name]["Type"] for name in trail["DependsOn"]}
    assert before == {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", "Custom::EmptyBucket"}


def test_where_nobody_asks_for_it_there_is_none(production: Assembly) -> None:
    assert not production.resources(PLATFORM, "AWS::CloudTrail::Trail")
