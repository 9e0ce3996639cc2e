"""What CloudFormation's kinds of resources are called: the ARN, and what `Ref` gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from terrace.assembly.symbols import ACCOUNT, PARTITION, REGION


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of resource.

    Attributes:
        arn: With `{name}`, and with properties by their names.
        name: The property that names it; without it, CloudFormation makes a name up.
        within: The property that stands before the name where it is given.
        ref_is_arn: Whether `Ref` gives the ARN, not the name.
        ref: What `Ref` gives where it is neither, with `{name}`.
        below: What belongs to it, as ends of its ARN.
        beside: What belongs to it under ARNs of their own.
    """

    arn: str
    name: str = ""
    within: str = ""
    ref_is_arn: bool = False
    ref: str = ""
    below: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def _arn(service: str, resource: str) -> str:
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT}:{resource}"


def _iam(kind: str) -> str:
    return f"arn:{PARTITION}:iam::{ACCOUNT}:{kind}{{Path}}{{name}}"


def _gateway(kind: str) -> str:
    return f"arn:{PARTITION}:apigateway:{REGION}::/{kind}/{{name}}"


def _sagemaker(kind: str, name: str, *beside: str) -> Kind:
    also = tuple(_arn("sagemaker", one) for one in beside)
    return Kind(arn=_arn("sagemaker", f"{kind}/{{name}}"), name=name, ref_is_arn=True, beside=also)


KINDS: Mapping[str, Kind] = {
    "AWS::ApiGateway::ApiKey": Kind(arn=_gateway("apikeys")),
    "AWS::ApiGateway::RestApi": Kind(
        arn=f"arn:{PARTITION}:apigateway:{REGION}::/restapis/{{name}}",
        below=("/*",),
        beside=(_arn("execute-api", "{name}/*"),),
    ),
    "AWS::ApiGateway::UsagePlan": Kind(arn=_gateway("usageplans")),
    "AWS::ApplicationAutoScaling::ScalableTarget": Kind(
        arn=_arn("application-autoscaling", "scalable-target/{name}")
    ),
    "AWS::CloudTrail::Trail": Kind(arn=_arn("cloudtrail", "trail/{name}"), name="TrailName"),
    "AWS::CloudWatch::Alarm": Kind(arn=_arn("cloudwatch", "alarm:{name}"), name="AlarmName"),
    "AWS::CloudWatch::Dashboard": Kind(
        arn=f"arn:{PARTITION}:cloudwatch::{ACCOUNT}:dashboard/{{name}}", name="DashboardName"
    ),
    "AWS::CodeDeploy::Application": Kind(
        arn=_arn("codedeploy", "application:{name}"), name="ApplicationName"
    ),
    "AWS::CodeDeploy::DeploymentConfig": Kind(
        arn=_arn("codedeploy", "deploymentconfig:{name}"), name="DeploymentConfigName"
    ),
    "AWS::CodeDeploy::DeploymentGroup": Kind(
        arn=_arn("codedeploy", "deploymentgroup:{ApplicationName}/{name}"),
        name="DeploymentGroupName",
    ),
    "AWS::DynamoDB::Table": Kind(
        arn=_arn("dynamodb", "table/{name}"), name="TableName", below=("/*",)
    ),
    "AWS::EC2::FlowLog": Kind(arn=_arn("ec2", "vpc-flow-log/{name}")),
    "AWS::EC2::RouteTable": Kind(arn=_arn("ec2", "route-table/{name}")),
    "AWS::EC2::SecurityGroup": Kind(arn=_arn("ec2", "security-group/{name}")),
    "AWS::EC2::Subnet": Kind(arn=_arn("ec2", "subnet/{name}")),
    "AWS::EC2::VPC": Kind(arn=_arn("ec2", "vpc/{name}")),
    "AWS::EC2::VPCEndpoint": Kind(arn=_arn("ec2", "vpc-endpoint/{name}")),
    "AWS::ECR::Repository": Kind(arn=_arn("ecr", "repository/{name}"), name="RepositoryName"),
    "AWS::EMRServerless::Application": Kind(
        # The end of the ARN is an id that AWS gives; by any other name it is as much the tenant's.
        arn=_arn("emr-serverless", "/applications/{name}"),
        below=("/jobruns/*",),
    ),
    "AWS::Events::Archive": Kind(arn=_arn("events", "archive/{name}"), name="ArchiveName"),
    "AWS::Events::EventBus": Kind(arn=_arn("events", "event-bus/{name}"), name="Name"),
    "AWS::Events::Rule": Kind(
        arn=_arn("events", "rule/{name}"), name="Name", within="EventBusName"
    ),
    "AWS::IAM::ManagedPolicy": Kind(
        arn=_iam("policy"), name="ManagedPolicyName", ref_is_arn=True
    ),
    "AWS::IAM::Role": Kind(arn=_iam("role"), name="RoleName"),
    "AWS::IAM::User": Kind(arn=_iam("user"), name="UserName"),
    "AWS::KMS::Alias": Kind(arn=_arn("kms", "{name}"), name="AliasName"),
    "AWS::KMS::Key": Kind(arn=_arn("kms", "key/{name}")),
    "AWS::KinesisFirehose::DeliveryStream": Kind(
        arn=_arn("firehose", "deliverystream/{name}"), name="DeliveryStreamName"
    ),
    "AWS::Lambda::Function": Kind(
        arn=_arn("lambda", "function:{name}"), name="FunctionName", below=(":*",)
    ),
    "AWS::Lambda::LayerVersion": Kind(
        arn=_arn("lambda", "layer:{name}:1"), name="LayerName", ref_is_arn=True
    ),
    "AWS::Logs::LogGroup": Kind(
        arn=_arn("logs", "log-group:{name}"), name="LogGroupName", below=(":*",)
    ),
    "AWS::S3::Bucket": Kind(arn=f"arn:{PARTITION}:s3:::{{name}}", name="BucketName", below=("/*",)),
    "AWS::SNS::Topic": Kind(arn=_arn("sns", "{name}"), name="TopicName", ref_is_arn=True),
    "AWS::SQS::Queue": Kind(
        arn=_arn("sqs", "{name}"),
        name="QueueName",
        ref=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}",
    ),
    "AWS::SSM::Parameter": Kind(arn=_arn("ssm", "parameter{name}"), name="Name"),
    "AWS::SageMaker::Endpoint": _sagemaker("endpoint", "EndpointName"),
    "AWS::SageMaker::EndpointConfig": _sagemaker("endpoint-config", "EndpointConfigName"),
    "AWS::SageMaker::MlflowTrackingServer": _sagemaker(
        "mlflow-tracking-server", "TrackingServerName"
    ),
    "AWS::SageMaker::Model": _sagemaker("model", "ModelName"),
    "AWS::SageMaker::ModelPackageGroup": _sagemaker(
        "model-package-group", "ModelPackageGroupName", "model-package/{name}/*"
    ),
    "AWS::Scheduler::Schedule": Kind(
        arn=_arn("scheduler", "schedule/{GroupName}/{name}"), name="Name"
    ),
    "AWS::Scheduler::ScheduleGroup": Kind(
        arn=_arn("scheduler", "schedule-group/{name}"), name="Name"
    ),
    "AWS::SecretsManager::Secret": Kind(
        arn=_arn("secretsmanager", "secret:{name}"), name="Name", ref_is_arn=True, below=("*",)
    ),
    "AWS::StepFunctions::StateMachine": Kind(
        arn=_arn("states", "stateMachine:{name}"),
        name="StateMachineName",
        ref_is_arn=True,
        below=("/*", ":*"),
        beside=tuple(
            _arn("states", f"{kind}:{{name}}{end}")
            for kind in ("execution", "express", "mapRun")
            for end in (":*", "/*")
        ),
    ),
}  # fmt: skip
