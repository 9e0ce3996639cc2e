"""Mistakes in open doors, in events of everybody, and in what is not known."""

from typing import Any

from .planting import (
    ACCOUNT,
    NORTH,
    PLATFORM,
    REGION,
    SOUTH,
    WORKSHOP,
    Templates,
    arn,
    document,
    everybody,
    mistake,
    of_type,
    put,
    their_role,
)


def _shared(templates: Templates) -> Any:
    """A rule of the north mill's on the default bus."""
    return of_type(templates, NORTH, "AWS::Events::Rule", "Decided")["EventPattern"]


@mistake("a method that asks for no key")
def _(templates: Templates) -> None:
    of_type(templates, WORKSHOP, "AWS::ApiGateway::Method")["ApiKeyRequired"] = False


@mistake("an interface with a policy for everybody")
def _(templates: Templates) -> None:
    rest = of_type(templates, WORKSHOP, "AWS::ApiGateway::RestApi")
    rest["Policy"] = everybody("execute-api:Invoke")


@mistake("a bus with a policy for everybody in its own properties")
def _(templates: Templates) -> None:
    of_type(templates, SOUTH, "AWS::Events::EventBus")["Policy"] = everybody("events:PutEvents")


@mistake("a bus policy in its older form")
def _(templates: Templates) -> None:
    put(templates, SOUTH, "AWS::Events::EventBusPolicy", StatementId="all", Principal="*",
         Action="events:PutEvents", EventBusName=SOUTH)  # fmt: skip


@mistake("a table with a policy for a neighbour's role")
def _(templates: Templates) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": their_role(templates)},
        "Action": "dynamodb:GetItem",
        "Resource": "*",
    }
    table = of_type(templates, SOUTH, "AWS::DynamoDB::Table")
    table["ResourcePolicy"] = {"PolicyDocument": {"Statement": [statement]}}


@mistake("a policy of all log groups, as a text")
def _(templates: Templates) -> None:
    text = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:*"}]}'
    put(templates, SOUTH, "AWS::Logs::ResourcePolicy", PolicyName="all", PolicyDocument=text)


@mistake("events of every tenant's models")
def _(templates: Templates) -> None:
    del _shared(templates)["detail"]["ModelPackageGroupName"]


@mistake("events by a prefix without the separator")
def _(templates: Templates) -> None:
    _shared(templates)["detail"]["ModelPackageGroupName"] = [{"prefix": "north-mill"}]


@mistake("events of oneself or of anybody")
def _(templates: Templates) -> None:
    names = _shared(templates)["detail"]["ModelPackageGroupName"]
    names.append({"anything-but": ["south-mill--tool-wear"]})


@mistake("events by a wildcard before the name")
def _(templates: Templates) -> None:
    _shared(templates)["detail"]["ModelPackageGroupName"] = [{"wildcard": "*north-mill--*"}]


@mistake("events of a neighbour's bucket")
def _(templates: Templates) -> None:
    bucket = {"bucket": {"name": [f"{SOUTH}--{ACCOUNT}-{REGION}"]}}
    rule = of_type(templates, NORTH, "AWS::Events::Rule", "Decided")
    rule["EventPattern"] = {"source": ["aws.s3"], "detail": bucket}


@mistake("events by one of two branches")
def _(templates: Templates) -> None:
    detail = _shared(templates)["detail"]
    detail["$or"] = [
        {"ModelPackageGroupName": detail.pop("ModelPackageGroupName")},
        {"ModelPackageStatus": ["Completed"]},
    ]


@mistake("alarms of every tenant as occasions to go back")
def _(templates: Templates) -> None:
    rule = of_type(templates, NORTH, "AWS::Events::Rule", "LateRollbackFired")
    rule["EventPattern"]["detail"]["alarmName"] = [{"suffix": "--errors"}]


@mistake("events that anybody may have made up")
def _(templates: Templates) -> None:
    rule = of_type(templates, NORTH, "AWS::Events::Rule", "ToSubscribers")
    del rule["EventBusName"]


@mistake("a topic policy for a role that is nowhere")
def _(templates: Templates) -> None:
    role = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{SOUTH}--reader"}
    statement = {"Effect": "Allow", "Principal": role, "Action": "sns:Publish", "Resource": "*"}
    document(templates, "AWS::SNS::TopicPolicy").append(statement)


@mistake("a nested stack")
def _(templates: Templates) -> None:
    put(templates, NORTH, "AWS::CloudFormation::Stack", TemplateURL="https://x.example/t.json")


@mistake("a macro over the whole template")
def _(templates: Templates) -> None:
    templates[NORTH]["Transform"] = ["AWS::LanguageExtensions"]


@mistake("a macro inside of a resource")
def _(templates: Templates) -> None:
    topic = of_type(templates, NORTH, "AWS::SNS::Topic")
    topic["Fn::Transform"] = {"Name": "AWS::Include", "Parameters": {"Location": "s3://x/y"}}


@mistake("resources by a loop")
def _(templates: Templates) -> None:
    templates[NORTH]["Resources"]["Fn::ForEach::All"] = ["T", ["a"], {"X${T}": {}}]


@mistake("a stack that is nobody's")
def _(templates: Templates) -> None:
    templates["debugging"] = {"Resources": {}}


@mistake("a stack of a stage")
def _(templates: Templates) -> None:
    templates["Production-terrace--north-mill"] = templates[NORTH]


@mistake("a stack whose tenant's name is reserved")
def _(templates: Templates) -> None:
    templates["terrace--audit"] = {"Resources": {}}


@mistake("a job that another tenant's data may start")
def _(templates: Templates) -> None:
    put(templates, NORTH, "AWS::Lambda::EventSourceMapping", FunctionName=f"{NORTH}--monitor",
         EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{SOUTH}--x")  # fmt: skip


@mistake("a subscription of a neighbour's queue")
def _(templates: Templates) -> None:
    queue = arn(templates, SOUTH, "AWS::SQS::Queue")
    put(templates, NORTH, "AWS::SNS::Subscription", Protocol="sqs", Endpoint=queue,
         TopicArn=arn(templates, NORTH, "AWS::SNS::Topic"))  # fmt: skip


@mistake("a deploy role for every branch of a repository")
def _(templates: Templates) -> None:
    subject = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/terrace:*"}}
    _deployer(templates, subject)


@mistake("a deploy role whose subject is one of all values")
def _(templates: Templates) -> None:
    sub = {"token.actions.githubusercontent.com:sub": "repo:acme/terrace:environment:live"}
    aud = {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}
    _deployer(templates, {"ForAllValues:StringEquals": sub, "StringEquals": aud})


def _deployer(templates: Templates, condition: dict[str, Any]) -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    put(templates, PLATFORM, "AWS::IAM::Role",
         AssumeRolePolicyDocument={"Statement": [trust]})  # fmt: skip


@mistake("a statement that CloudFormation would not understand")
def _(templates: Templates) -> None:
    topic = of_type(templates, NORTH, "AWS::SNS::TopicPolicy")
    topic["PolicyDocument"] = {"Statement": [{"Effect": ["Allow"], "Principal": [None]}]}


@mistake("an attribute of a resource whose name is no text")
def _(templates: Templates) -> None:
    of_type(templates, NORTH, "AWS::SNS::Topic")["TopicName"] = {"Fn::GetAtt": [{"a": 1}]}
