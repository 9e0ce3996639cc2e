"""Mistakes in what is named without an ARN, in events, in open doors, and in unknown types."""

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
    mistake,
    of_type,
    their_role,
)

_UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def _put(templates: Templates, stack: str, kind: str, **properties: Any) -> None:
    templates[stack]["Resources"]["Planted"] = {"Type": kind, "Properties": properties}


def _everybody(action: str, resource: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _shared(templates: Templates) -> Any:
    """A rule of the north mill's on the default bus."""
    return of_type(templates, NORTH, "AWS::Events::Rule", "Decided")["EventPattern"]


@mistake("another tenant's key by its id")
def _(templates: Templates) -> None:
    of_type(templates, NORTH, "AWS::SQS::Queue")["KmsMasterKeyId"] = _UUID


@mistake("another tenant's key by its alias")
def _(templates: Templates) -> None:
    of_type(templates, NORTH, "AWS::SNS::Topic")["KmsMasterKeyId"] = f"alias/{SOUTH}"


@mistake("another tenant's queue by its address, as a place for undelivered events")
def _(templates: Templates) -> None:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{SOUTH}--undelivered"
    of_type(templates, NORTH, "AWS::SQS::QueuePolicy")["Queues"] = [url]


@mistake("a policy on another tenant's bucket, in one's own stack")
def _(templates: Templates) -> None:
    bucket = f"{SOUTH}--{ACCOUNT}-{REGION}"
    _put(templates, NORTH, "AWS::S3::BucketPolicy", Bucket=bucket,
         PolicyDocument=_everybody("s3:GetObject"))  # fmt: skip


@mistake("a policy on another tenant's topic, in one's own stack")
def _(templates: Templates) -> None:
    topic = arn(templates, SOUTH, "AWS::SNS::Topic")
    publish = {
        "Effect": "Allow",
        "Principal": {"AWS": their_role(templates)},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    _put(templates, NORTH, "AWS::SNS::TopicPolicy", Topics=[topic],
         PolicyDocument={"Statement": [publish]})  # fmt: skip


@mistake("a permission on another tenant's function by its name")
def _(templates: Templates) -> None:
    rule = arn(templates, NORTH, "AWS::Events::Rule", "Decided")
    may = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    _put(templates, NORTH, "AWS::Lambda::Permission", FunctionName=f"{SOUTH}--monitor",
         SourceArn=rule, **may)  # fmt: skip


@mistake("a rule on another tenant's bus by its name")
def _(templates: Templates) -> None:
    of_type(templates, NORTH, "AWS::Events::Rule", "ToSubscribers")["EventBusName"] = SOUTH


@mistake("another tenant's endpoint as what is scaled")
def _(templates: Templates) -> None:
    target = of_type(templates, f"{NORTH}--tool-wear",
                     "AWS::ApplicationAutoScaling::ScalableTarget")  # fmt: skip
    target["ResourceId"] = "endpoint/south-mill--tool-wear/variant/AllTraffic"


@mistake("another tenant's alarm as what undoes a rollout")
def _(templates: Templates) -> None:
    group = of_type(templates, f"{WORKSHOP}--tool-wear", "AWS::CodeDeploy::DeploymentGroup")
    group["AlarmConfiguration"]["Alarms"][0]["Name"] = "south-mill--tool-wear--errors"


@mistake("an alarm on another tenant's endpoint")
def _(templates: Templates) -> None:
    resources = templates[f"{NORTH}--tool-wear"]["Resources"].values()
    alarm = next(one["Properties"] for one in resources if "Dimensions" in one["Properties"])
    alarm["Dimensions"][0]["Value"] = "south-mill--tool-wear"


@mistake("an alarm that calls another tenant's function")
def _(templates: Templates) -> None:
    alarm = of_type(templates, f"{NORTH}--tool-wear", "AWS::CloudWatch::Alarm")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{SOUTH}--roll-back"
    alarm["AlarmActions"] = [function]


@mistake("captured traffic into another tenant's bucket by its address")
def _(templates: Templates) -> None:
    config = of_type(templates, f"{NORTH}--tool-wear", "AWS::SageMaker::EndpointConfig")
    config["DataCaptureConfig"]["DestinationS3Uri"] = f"s3://{SOUTH}--{ACCOUNT}-{REGION}/x"


@mistake("another tenant's model in one's own endpoint")
def _(templates: Templates) -> None:
    config = of_type(templates, f"{NORTH}--tool-wear", "AWS::SageMaker::EndpointConfig")
    config["ProductionVariants"][0]["ModelName"] = "south-mill--tool-wear--v1--2249"


@mistake("a version by a parameter that any group's version may be")
def _(templates: Templates) -> None:
    parameter = templates[f"{NORTH}--tool-wear"]["Parameters"]["ModelPackageArn"]
    parameter["AllowedPattern"] = r"none|arn:[^:]+:sagemaker:.+:model-package/.+/\d+"


@mistake("access logs into a neighbour's bucket by its name")
def _(templates: Templates) -> None:
    bucket = of_type(templates, NORTH, "AWS::S3::Bucket")
    bucket["LoggingConfiguration"]["DestinationBucketName"] = f"{SOUTH}--{ACCOUNT}-{REGION}"


@mistake("another tenant's bucket as a copy of one's own")
def _(templates: Templates) -> None:
    bucket = of_type(templates, NORTH, "AWS::S3::Bucket")
    destination = {"Bucket": f"arn:aws:s3:::{SOUTH}--{ACCOUNT}-{REGION}"}
    bucket["ReplicationConfiguration"] = {"Rules": [{"Destination": destination}]}


@mistake("code from another tenant's bucket")
def _(templates: Templates) -> None:
    function = of_type(templates, NORTH, "AWS::Lambda::Function", "monitor")
    function["Code"] = {"S3Bucket": f"{SOUTH}--{ACCOUNT}-{REGION}", "S3Key": "code.zip"}


@mistake("another tenant's subnet in a function's network")
def _(templates: Templates) -> None:
    function = of_type(templates, NORTH, "AWS::Lambda::Function", "monitor")
    function["VpcConfig"] = {"SubnetIds": ["subnet-0123456789abcdef0"], "SecurityGroupIds": []}


@mistake("a plan for another tenant's interface")
def _(templates: Templates) -> None:
    plan = of_type(templates, WORKSHOP, "AWS::ApiGateway::UsagePlan")
    plan["ApiStages"][0]["ApiId"] = "a1b2c3d4e5"


@mistake("a key of another plan")
def _(templates: Templates) -> None:
    of_type(templates, WORKSHOP, "AWS::ApiGateway::UsagePlanKey")["UsagePlanId"] = "x9y8z7"


@mistake("a method that asks for no key")
def _(templates: Templates) -> None:
    of_type(templates, WORKSHOP, "AWS::ApiGateway::Method")["ApiKeyRequired"] = False


@mistake("an interface with a policy for everybody")
def _(templates: Templates) -> None:
    rest = of_type(templates, WORKSHOP, "AWS::ApiGateway::RestApi")
    rest["Policy"] = _everybody("execute-api:Invoke")


@mistake("a bus with a policy for everybody in its own properties")
def _(templates: Templates) -> None:
    of_type(templates, SOUTH, "AWS::Events::EventBus")["Policy"] = _everybody("events:PutEvents")


@mistake("a bus policy in its older form")
def _(templates: Templates) -> None:
    _put(templates, SOUTH, "AWS::Events::EventBusPolicy", StatementId="all", Principal="*",
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
    _put(templates, SOUTH, "AWS::Logs::ResourcePolicy", PolicyName="all", PolicyDocument=text)


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
    rule = of_type(templates, NORTH, "AWS::Events::Rule", "LateRollback")
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
    _put(templates, NORTH, "AWS::CloudFormation::Stack", TemplateURL="https://x.example/t.json")


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
    _put(templates, NORTH, "AWS::Lambda::EventSourceMapping", FunctionName=f"{NORTH}--monitor",
         EventSourceArn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{SOUTH}--x")  # fmt: skip


@mistake("a subscription of a neighbour's queue")
def _(templates: Templates) -> None:
    queue = arn(templates, SOUTH, "AWS::SQS::Queue")
    _put(templates, NORTH, "AWS::SNS::Subscription", Protocol="sqs", Endpoint=queue,
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
    _put(templates, PLATFORM, "AWS::IAM::Role",
         AssumeRolePolicyDocument={"Statement": [trust]})  # fmt: skip
