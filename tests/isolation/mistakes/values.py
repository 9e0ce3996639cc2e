"""Mistakes by values that nobody knows before a deployment, and by conditions and denials."""

from typing import Any

from .planting import (
    ACCOUNT,
    NORTH,
    REGION,
    SOUTH,
    Templates,
    arn,
    document,
    may,
    mistake,
    monitor,
    of_type,
)


def _parameter(templates: Templates, stack: str, **more: Any) -> dict[str, str]:
    templates[stack].setdefault("Parameters", {})["Given"] = {"Type": "String", **more}
    return {"Ref": "Given"}


def _deny(templates: Templates, **more: Any) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"} | more
    monitor(templates)["PolicyDocument"]["Statement"].append(deny)


@mistake("a parameter as resource")
def _(templates: Templates) -> None:
    default = "arn:aws:s3:::terrace--north-mill--x/*"
    may(templates, "s3:GetObject", _parameter(templates, NORTH, Default=default))


@mistake("a parameter inside of a resource")
def _(templates: Templates) -> None:
    _parameter(templates, NORTH, Default="north-mill")
    may(templates, "s3:GetObject", {"Fn::Sub": "arn:aws:s3:::terrace--${Given}--data/*"})


@mistake("a parameter that a wide pattern allows")
def _(templates: Templates) -> None:
    given = _parameter(templates, NORTH, AllowedPattern="arn:aws:s3:::terrace--.+")
    may(templates, "s3:GetObject", given)


@mistake("a mapping by region")
def _(templates: Templates) -> None:
    bucket = {"Fn::FindInMap": ["Buckets", {"Ref": "AWS::Region"}, "Name"]}
    templates[NORTH]["Mappings"] = {"Buckets": {"us-east-1": {"Name": "terrace--north-mill--x"}}}
    may(templates, "s3:GetObject", {"Fn::Join": ["", ["arn:aws:s3:::", bucket, "/*"]]})


@mistake("a mapping whose value is a stranger's")
def _(templates: Templates) -> None:
    templates[NORTH]["Mappings"] = {"Buckets": {"one": {"Name": "terrace--south-mill--x"}}}
    bucket = {"Fn::FindInMap": ["Buckets", "one", "Name"]}
    may(templates, "s3:GetObject", {"Fn::Join": ["", ["arn:aws:s3:::", bucket, "/*"]]})


@mistake("a resource that is wide under a condition")
def _(templates: Templates) -> None:
    own = {"Fn::GetAtt": ["IsolationDataC1D82741", "Arn"]}
    may(templates, "s3:ListBucket", {"Fn::If": ["IsDebugged", "arn:aws:s3:::*", own]})


@mistake("an action that is wide under a condition that equals itself")
def _(templates: Templates) -> None:
    templates[NORTH].setdefault("Conditions", {})["Live"] = {"Fn::Equals": ["a", "b"]}
    own = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{SOUTH}--rollouts"
    may(templates, {"Fn::If": ["Live", "dynamodb:ListTables", "dynamodb:GetItem"]}, own)


@mistake("an import that is put into a text")
def _(templates: Templates) -> None:
    name = f"{SOUTH}:ExportsOutputRefIsolationDataC1D82741DA873975"
    text = ["arn:aws:s3:::${Bucket}/*", {"Bucket": {"Fn::ImportValue": name}}]
    may(templates, "s3:GetObject", {"Fn::Sub": text})


@mistake("an import from a stack that is nowhere")
def _(templates: Templates) -> None:
    may(templates, "kms:Decrypt", {"Fn::ImportValue": "shared-key"})


@mistake("a dynamic reference in a resource")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::{{resolve:ssm:/shared/bucket}}/*")


@mistake("a dynamic reference as the key of a topic")
def _(templates: Templates) -> None:
    of_type(templates, NORTH, "AWS::SNS::Topic")["KmsMasterKeyId"] = "{{resolve:ssm:/key:1}}"


@mistake("an effect that is a parameter")
def _(templates: Templates) -> None:
    effect = _parameter(templates, NORTH, AllowedValues=["Allow", "Deny"], Default="Deny")
    statement = {"Effect": effect, "Action": "s3:GetObject", "Resource": "*"}
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


@mistake("a denial under a condition")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    one = {"Fn::If": ["IsStrict", deny, {"Ref": "AWS::NoValue"}]}
    monitor(templates)["PolicyDocument"]["Statement"].append(one)


@mistake("a denial in a policy that is there under a condition")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    role = monitor(templates)["Roles"]
    templates[NORTH]["Resources"]["Denials"] = {
        "Type": "AWS::IAM::Policy",
        "Condition": "IsStrict",
        "Properties": {"PolicyDocument": {"Statement": [deny]}, "PolicyName": "d", "Roles": role},
    }


@mistake("a denial of an unknown resource")
def _(templates: Templates) -> None:
    _deny(templates, Resource=_parameter(templates, NORTH, Default="*"))


@mistake("a denial of everything but a parameter")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    given = _parameter(templates, NORTH, Default="arn:aws:s3:::terrace--north-mill--x/*")
    deny = {"Effect": "Deny", "Action": "s3:*", "NotResource": [given]}
    monitor(templates)["PolicyDocument"]["Statement"].append(deny)


@mistake("a denial by all values of a key that may not be there")
def _(templates: Templates) -> None:
    condition = {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["terrace:tenant"]}}
    _deny(templates, Condition=condition)


@mistake("a denial by a tag that S3 does not look at")
def _(templates: Templates) -> None:
    tag = {"StringNotEquals": {"aws:ResourceTag/terrace:tenant": "north-mill"}}
    _deny(templates, Condition=tag)


@mistake("all values of a key that nobody sends")
def _(templates: Templates) -> None:
    tag = {"ForAllValues:StringEquals": {"aws:ResourceTag/terrace:tenant": ["north-mill"]}}
    may(templates, "dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*",
        Condition=tag)  # fmt: skip


@mistake("a tag that must not be another's, where there may be none")
def _(templates: Templates) -> None:
    tag = {"StringNotEquals": {"aws:ResourceTag/terrace:tenant": "south-mill"}}
    may(templates, "dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*",
        Condition=tag)  # fmt: skip


@mistake("what carries no tag")
def _(templates: Templates) -> None:
    may(templates, "sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:*",
        Condition={"Null": {"aws:ResourceTag/terrace:tenant": "true"}})  # fmt: skip


@mistake("a tag by a pattern that matches a longer name")
def _(templates: Templates) -> None:
    may(templates, "dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*",
        Condition={"StringLike": {"aws:ResourceTag/terrace:tenant": "north-mill*"}})  # fmt: skip


@mistake("a tag that is a parameter")
def _(templates: Templates) -> None:
    tag = _parameter(templates, NORTH, Default="north-mill")
    may(templates, "dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/*",
        Condition={"StringEquals": {"aws:ResourceTag/terrace:tenant": tag}})  # fmt: skip


@mistake("a boundary that only denies what is tagged")
def _(templates: Templates) -> None:
    role = of_type(templates, SOUTH, "AWS::IAM::Role", "Functionsmonitor")
    assert role["PermissionsBoundary"]
    for statement in document(templates, "AWS::IAM::Policy", "Functionsmonitor"):
        if "s3:GetObject" in statement["Action"]:
            statement["Resource"] = ["arn:aws:s3:::*/monitoring/*"]


@mistake("a boundary that is there under a condition")
def _(templates: Templates) -> None:
    may(templates, "dynamodb:GetItem", "*")
    narrow = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": arn(templates, NORTH, "AWS::S3::Bucket"),
    }
    templates[NORTH]["Resources"]["Boundary"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": {"Statement": [narrow]}},
    }
    role = of_type(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    nothing = {"Ref": "AWS::NoValue"}
    role["PermissionsBoundary"] = {"Fn::If": ["IsStrict", {"Ref": "Boundary"}, nothing]}


@mistake("the account's number and region pasted for another tenant's queue")
def _(templates: Templates) -> None:
    name = arn(templates, SOUTH, "AWS::SQS::Queue").rpartition(":")[2]
    may(templates, "sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")


@mistake("the key of the account of a source that services do not always send")
def _(templates: Templates) -> None:
    queue = document(templates, "AWS::SQS::QueuePolicy", "Undelivered")
    for statement in queue:
        if statement["Effect"] == "Allow":
            ((operator, source),) = statement["Condition"].items()
            statement["Condition"] = {f"ForAllValues:{operator}": source}


@mistake("a source that must not be another's, where there may be none")
def _(templates: Templates) -> None:
    theirs = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{NORTH}--*"
    for statement in document(templates, "AWS::SQS::QueuePolicy", "Undelivered"):
        if statement["Effect"] == "Allow":
            statement["Condition"] = {"ArnNotLike": {"aws:SourceArn": theirs}}


@mistake("a source by a pattern over all rules of the account")
def _(templates: Templates) -> None:
    for statement in document(templates, "AWS::SQS::QueuePolicy", "Undelivered"):
        if statement["Effect"] == "Allow":
            rules = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/*"
            statement["Condition"] = {"ArnLike": {"aws:SourceArn": rules}}
