"""Mistakes as they are made, each planted into synthesized templates; by what it is called."""

from collections.abc import Callable
from typing import Any

Templates = dict[str, Any]
Mistake = Callable[[Templates], None]

NORTH, SOUTH, PLATFORM = "terrace--north-mill", "terrace--south-mill", "terrace--platform"
WORKSHOP = "terrace--workshop"
ACCOUNT, REGION = "123456789012", "us-east-1"
MISTAKES: dict[str, Mistake] = {}


def mistake(title: str) -> Callable[[Mistake], Mistake]:
    def keep(plant: Mistake) -> Mistake:
        MISTAKES[title] = plant
        return plant

    return keep


def of_type(templates: Templates, stack: str, kind: str, part: str = "") -> Any:
    """The properties of a stack's first resource of a type whose logical id holds a text."""
    for name, resource in templates[stack]["Resources"].items():
        if resource["Type"] == kind and part in name:
            return resource.setdefault("Properties", {})
    raise AssertionError(f"no {kind} with {part!r} in {stack}")


def arn(templates: Templates, stack: str, kind: str, part: str = "") -> str:
    """The ARN of a stack's first resource of a type, as the proof knows it."""
    from terrace.assembly.templates import Templates as Read

    return next(
        str(one.arn)
        for one in Read(templates).resources(stack)
        if one.type == kind and part in one.logical_id
    )


def may(templates: Templates, action: Any, resource: Any, **more: Any) -> None:
    """Lets the north mill's monitor do something more."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource} | more
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


def monitor(templates: Templates) -> Any:
    return of_type(templates, NORTH, "AWS::IAM::Policy", "Functionsmonitor")


def document(templates: Templates, kind: str, part: str = "", stack: str = SOUTH) -> list[Any]:
    found = of_type(templates, stack, kind, part)
    for name in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
        if name in found:
            return list_of(found[name])
    raise AssertionError(f"{kind} has no policy")


def list_of(policy: Any) -> list[Any]:
    statements: list[Any] = policy["Statement"]
    return statements


def their_role(templates: Templates) -> str:
    return arn(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")


@mistake("a wildcard as resource")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "*")


@mistake("every action on everything")
def _(templates: Templates) -> None:
    may(templates, "*", "*")


@mistake("every tenant's bucket by a prefix")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::terrace--*/*")


@mistake("a wildcard before the tenant's name")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*--north-mill--*/training/*")


@mistake("a prefix that matches a longer tenant's endpoints")
def _(templates: Templates) -> None:
    resource = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/north-mill*"
    may(templates, "sagemaker:InvokeEndpoint", resource)


@mistake("a log group prefix that matches a longer tenant's name")
def _(templates: Templates) -> None:
    prefix = "log-group:/aws/lambda/terrace--north-mill*"
    may(templates, "logs:FilterLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:{prefix}")


@mistake("a question mark in the tenant's name")
def _(templates: Templates) -> None:
    resource = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/terrace--?outh-mill--rollouts"
    may(templates, "dynamodb:GetItem", resource)


@mistake("all parameters of Terrace")
def _(templates: Templates) -> None:
    may(templates, "ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/terrace/*")


@mistake("any key, for convenience")
def _(templates: Templates) -> None:
    may(templates, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*")


@mistake("a tag that is asked for only where there is one")
def _(templates: Templates) -> None:
    tagged = {"StringEqualsIfExists": {"aws:ResourceTag/terrace:tenant": "north-mill"}}
    may(templates, "dynamodb:GetItem", "*", Condition=tagged)


@mistake("a policy variable before the tenant's name")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/owner}--north-mill--*")


@mistake("a statement of which nobody knows what it says")
def _(templates: Templates) -> None:
    monitor(templates)["PolicyDocument"]["Statement"].append({"Fn::Transform": {"Name": "Mine"}})


@mistake("a statement that is there under a condition")
def _(templates: Templates) -> None:
    wide = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    one = {"Fn::If": ["IsDebugged", wide, {"Ref": "AWS::NoValue"}]}
    monitor(templates)["PolicyDocument"]["Statement"].append(one)


@mistake("a condition that may hold anyway")
def _(templates: Templates) -> None:
    secure = {"Bool": {"aws:SecureTransport": "true"}}
    may(templates, "s3:GetObject", "arn:aws:s3:::*", Condition=secure)


@mistake("another tenant's state machine, copied from its stack")
def _(templates: Templates) -> None:
    may(
        templates,
        "states:StartExecution",
        arn(templates, SOUTH, "AWS::StepFunctions::StateMachine"),
    )


@mistake("another tenant's table, copied from its stack")
def _(templates: Templates) -> None:
    may(templates, "dynamodb:DeleteItem", arn(templates, SOUTH, "AWS::DynamoDB::Table"))


@mistake("any role may be passed")
def _(templates: Templates) -> None:
    may(templates, "iam:PassRole", "*")


@mistake("every tenant's roles may be passed")
def _(templates: Templates) -> None:
    may(templates, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/terrace--*")


@mistake("another tenant's role may be taken on")
def _(templates: Templates) -> None:
    may(templates, "sts:AssumeRole", arn(templates, SOUTH, "AWS::IAM::Role", "TrainingRole"))


@mistake("everything but a few actions")
def _(templates: Templates) -> None:
    statement = {"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


@mistake("everything but one's own bucket")
def _(templates: Templates) -> None:
    own = arn(templates, NORTH, "AWS::S3::Bucket")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{own}/*"}
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


@mistake("an action that takes no resource and that nobody accepted")
def _(templates: Templates) -> None:
    may(templates, "s3:ListAllMyBuckets", "*")


@mistake("a managed policy of AWS's")
def _(templates: Templates) -> None:
    role = of_type(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]


@mistake("a denial that does not cover what is allowed")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    denied = f"{arn(templates, SOUTH, 'AWS::S3::Bucket')}/private/*"
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": denied}
    monitor(templates)["PolicyDocument"]["Statement"].append(deny)


@mistake("a boundary that is as wide as the policy")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    wide = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    templates[NORTH]["Resources"]["Boundary"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": wide},
    }
    role = of_type(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    role["PermissionsBoundary"] = {"Ref": "Boundary"}


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
    for statement in document(templates, "AWS::KMS::Key"):
        if "logs" in str(statement["Principal"]):
            del statement["Condition"]


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


@mistake("a delivery stream into another tenant's bucket")
def _(templates: Templates) -> None:
    stream = of_type(templates, WORKSHOP, "AWS::KinesisFirehose::DeliveryStream")
    bucket = arn(templates, SOUTH, "AWS::S3::Bucket")
    stream["ExtendedS3DestinationConfiguration"]["BucketARN"] = bucket


@mistake("a function in another tenant's network")
def _(templates: Templates) -> None:
    subnet = arn(templates, SOUTH, "AWS::EC2::Subnet")
    may(templates, "ec2:CreateNetworkInterface", subnet)


@mistake("interfaces of every network, and no ceiling")
def _(templates: Templates) -> None:
    every_network(templates)
    del of_type(templates, SOUTH, "AWS::IAM::Role", "Functionsmonitor")["PermissionsBoundary"]


def every_network(templates: Templates) -> None:
    """Lets the south mill's monitor make interfaces wherever it likes."""
    for statement in document(templates, "AWS::IAM::Policy", "Functionsmonitor"):
        statement.pop("Condition", None)
        if "ec2:CreateNetworkInterface" in statement["Action"]:
            statement["Resource"] = f"arn:aws:ec2:{REGION}:{ACCOUNT}:*"


@mistake("an API that calls another tenant's function")
def _(templates: Templates) -> None:
    method = of_type(templates, WORKSHOP, "AWS::ApiGateway::Method")
    method["Integration"]["Credentials"] = arn(templates, SOUTH, "AWS::IAM::Role", "verify")


@mistake("a rollout of every tenant's functions")
def _(templates: Templates) -> None:
    resource = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:terrace--*--serve--*"
    for statement in document(templates, "AWS::IAM::Policy", "ServingRolloutRole", WORKSHOP):
        if "lambda:UpdateAlias" in statement["Action"]:
            statement["Resource"] = [resource]
    may(templates, "lambda:UpdateAlias", resource)
