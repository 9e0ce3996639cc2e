"""Mistakes in what a resource lets others do, and in what it refers to."""

from .planting import (
    ACCOUNT,
    NORTH,
    PLATFORM,
    REGION,
    SOUTH,
    Templates,
    arn,
    document,
    may,
    mistake,
    of_type,
    their_role,
    unbind,
)


@mistake("a key that is granted to another tenant's role")
def _(templates: Templates) -> None:
    grant = {"AWS": their_role(templates)}
    statement = {"Effect": "Allow", "Principal": grant, "Action": "kms:Decrypt", "Resource": "*"}
    document(templates, "AWS::KMS::Key").append(statement)


@mistake("a key for everybody in the account, by a condition")
def _(templates: Templates) -> None:
    account = {"StringEquals": {"kms:CallerAccount": ACCOUNT}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    document(templates, "AWS::KMS::Key").append(statement | {"Condition": account})


@mistake("a key's statement for the logs without its condition")
def _(templates: Templates) -> None:
    unbind(document(templates, "AWS::KMS::Key"), "logs.")


@mistake("a key of the audit trail that any trail may use")
def _(templates: Templates) -> None:
    unbind(document(templates, "AWS::KMS::Key", "Audit", stack=PLATFORM), "cloudtrail.")


@mistake("a bucket of the audit trail that any trail may look at")
def _(templates: Templates) -> None:
    bucket = document(templates, "AWS::S3::BucketPolicy", "Audit", stack=PLATFORM)
    unbind(bucket, "cloudtrail.")


@mistake("a role that trusts the whole account")
def _(templates: Templates) -> None:
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    document(templates, "AWS::IAM::Role", "TrainingRole").append(statement)


@mistake("a role that trusts another tenant's role")
def _(templates: Templates) -> None:
    trusted = {"AWS": their_role(templates)}
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    document(templates, "AWS::IAM::Role", "TrainingRole").append(statement)


@mistake("a role that trusts everybody with a shared secret")
def _(templates: Templates) -> None:
    secret = {"StringEquals": {"sts:ExternalId": "terrace"}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}
    document(templates, "AWS::IAM::Role", "TrainingRole").append(statement | {"Condition": secret})


@mistake("a public bucket")
def _(templates: Templates) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    document(templates, "AWS::S3::BucketPolicy").append(statement)


@mistake("a bucket for another account")
def _(templates: Templates) -> None:
    partner = {"AWS": "arn:aws:iam::999999999999:root"}
    statement = {"Effect": "Allow", "Principal": partner, "Action": "s3:GetObject", "Resource": "*"}
    document(templates, "AWS::S3::BucketPolicy").append(statement)


@mistake("a role of another account that has the tenant's name")
def _(templates: Templates) -> None:
    partner = {"AWS": "arn:aws:iam::999999999999:role/terrace--south-mill-Reader"}
    statement = {"Effect": "Allow", "Principal": partner, "Action": "s3:GetObject", "Resource": "*"}
    document(templates, "AWS::S3::BucketPolicy").append(statement)


@mistake("a bucket with a public access control list")
def _(templates: Templates) -> None:
    of_type(templates, SOUTH, "AWS::S3::Bucket")["AccessControl"] = "PublicRead"


@mistake("a policy that is attached to another tenant's role")
def _(templates: Templates) -> None:
    their = arn(templates, SOUTH, "AWS::IAM::Role", "TrainingRole").rpartition("/")[2]
    own = f"{arn(templates, NORTH, 'AWS::S3::Bucket')}/*"
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": own}
    templates[NORTH]["Resources"]["Extra"] = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyDocument": {"Statement": [statement]}, "Roles": [their]},
    }


@mistake("a rule that sends to an endpoint whose model has the tenant's name")
def _(templates: Templates) -> None:
    rule = of_type(templates, NORTH, "AWS::Events::Rule", "ToSubscribers")
    endpoint = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/south-mill--north-mill--x"
    rule["Targets"][0]["Arn"] = endpoint


@mistake("a bucket for everybody but one")
def _(templates: Templates) -> None:
    but = {"AWS": their_role(templates)}
    statement = {"Effect": "Allow", "NotPrincipal": but, "Action": "s3:GetObject", "Resource": "*"}
    document(templates, "AWS::S3::BucketPolicy").append(statement)


@mistake("a topic that any alarm of the account may publish to")
def _(templates: Templates) -> None:
    for statement in document(templates, "AWS::SNS::TopicPolicy"):
        if statement["Effect"] == "Allow":
            statement["Condition"] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@mistake("a queue that any rule may send to")
def _(templates: Templates) -> None:
    for statement in document(templates, "AWS::SQS::QueuePolicy", "Undelivered"):
        if statement["Effect"] == "Allow":
            del statement["Condition"]


@mistake("a function that any rule may invoke")
def _(templates: Templates) -> None:
    del of_type(templates, SOUTH, "AWS::Lambda::Permission")["SourceArn"]


@mistake("a subscription to another tenant's topic")
def _(templates: Templates) -> None:
    subscription = of_type(templates, NORTH, "AWS::SNS::Subscription")
    subscription["TopicArn"] = arn(templates, SOUTH, "AWS::SNS::Topic")


@mistake("a rule that sends to another tenant's function")
def _(templates: Templates) -> None:
    rule = of_type(templates, NORTH, "AWS::Events::Rule", "ToSubscribers")
    rule["Targets"][0]["Arn"] = arn(templates, SOUTH, "AWS::Lambda::Function", "monitor")


@mistake("an endpoint with another tenant's role")
def _(templates: Templates) -> None:
    model = of_type(templates, f"{NORTH}--tool-wear", "AWS::SageMaker::Model")
    model["ExecutionRoleArn"] = arn(templates, SOUTH, "AWS::IAM::Role", "EndpointRole")


@mistake("one bucket for both tenants")
def _(templates: Templates) -> None:
    for stack in (NORTH, SOUTH):
        of_type(templates, stack, "AWS::S3::Bucket")["BucketName"] = "terrace-data"
    may(templates, "s3:GetObject", "arn:aws:s3:::terrace-data/*")


@mistake("a public address of a function")
def _(templates: Templates) -> None:
    templates[SOUTH]["Resources"]["Address"] = {
        "Type": "AWS::Lambda::Url",
        "Properties": {"AuthType": "NONE", "TargetFunctionArn": "monitor"},
    }


@mistake("a deploy role that any repository may take on")
def _(templates: Templates) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {"token.actions:sub": "repo:*"}},
    }
    templates[PLATFORM]["Resources"]["Deploy"] = {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}},
    }
