"""Mistakes in what is named without an ARN: by names, addresses, ids and aliases."""

from .planting import (
    ACCOUNT,
    NORTH,
    REGION,
    SOUTH,
    WORKSHOP,
    Templates,
    arn,
    everybody,
    mistake,
    of_type,
    put,
    their_role,
)

_UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"


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
    put(templates, NORTH, "AWS::S3::BucketPolicy", Bucket=bucket,
         PolicyDocument=everybody("s3:GetObject"))  # fmt: skip


@mistake("a policy on another tenant's topic, in one's own stack")
def _(templates: Templates) -> None:
    topic = arn(templates, SOUTH, "AWS::SNS::Topic")
    publish = {
        "Effect": "Allow",
        "Principal": {"AWS": their_role(templates)},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    put(templates, NORTH, "AWS::SNS::TopicPolicy", Topics=[topic],
         PolicyDocument={"Statement": [publish]})  # fmt: skip


@mistake("a permission on another tenant's function by its name")
def _(templates: Templates) -> None:
    rule = arn(templates, NORTH, "AWS::Events::Rule", "Decided")
    may = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    put(templates, NORTH, "AWS::Lambda::Permission", FunctionName=f"{SOUTH}--monitor",
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
