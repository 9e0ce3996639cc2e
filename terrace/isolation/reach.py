"""What each type of resource reaches by its properties: whatever is not listed must be its owner's.

A text in a property is a reference unless it is listed here, so it has to be bound to the tenant.
A listed one may say anything that names no other tenant. A type that is not here is not known, and
refused. Policies are read as such elsewhere.
"""

from collections.abc import Mapping

# Texts that nobody acts on without a role of their own.
FREE: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::Subnet": ("AvailabilityZone",),
    "AWS::Lambda::Function": ("Code.ZipFile",),
    "AWS::StepFunctions::StateMachine": ("DefinitionString",),
}
EVERYWHERE = ("Description", "Tags")
POLICIES = ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument", "Policies")
_METRIC = ("Dimensions", "MetricName", "Namespace", "Statistic", "ExtendedStatistic")
# Texts that are no references: modes, units, descriptions, what is inside of the resource.
APART: Mapping[str, tuple[str, ...]] = {
    "AWS::ApiGateway::Account": (),
    "AWS::ApiGateway::ApiKey": (),
    "AWS::ApiGateway::Deployment": (),
    "AWS::ApiGateway::Method": (
        "AuthorizationType", "HttpMethod", "Integration.IntegrationHttpMethod", "Integration.Type",
        "MethodResponses", "Integration.IntegrationResponses", "RequestParameters",
    ),
    "AWS::ApiGateway::Resource": ("PathPart",),
    "AWS::ApiGateway::RestApi": ("EndpointConfiguration.Types",),
    "AWS::ApiGateway::Stage": (
        "AccessLogSetting.Format", "MethodSettings", "StageName",
    ),
    "AWS::ApiGateway::UsagePlan": ("Quota.Period",),
    "AWS::ApiGateway::UsagePlanKey": ("KeyType",),
    "AWS::ApplicationAutoScaling::ScalableTarget": ("ScalableDimension", "ServiceNamespace"),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "PolicyType", "StepScalingPolicyConfiguration",
        "TargetTrackingScalingPolicyConfiguration",
    ),
    "AWS::CDK::Metadata": ("Analytics",),
    "AWS::CloudTrail::Trail": (),
    "AWS::CloudWatch::Alarm": (
        *_METRIC, "AlarmDescription", "ComparisonOperator", "Metrics", "TreatMissingData", "Unit",
    ),
    "AWS::CloudWatch::CompositeAlarm": ("AlarmDescription",),
    "AWS::CloudWatch::Dashboard": (),
    "AWS::CodeDeploy::Application": ("ComputePlatform",),
    "AWS::CodeDeploy::DeploymentConfig": ("ComputePlatform", "TrafficRoutingConfig"),
    "AWS::CodeDeploy::DeploymentGroup": (
        "AutoRollbackConfiguration.Events", "DeploymentConfigName", "DeploymentStyle",
    ),
    "AWS::DynamoDB::Table": (
        "AttributeDefinitions", "BillingMode", "KeySchema", "SSESpecification.SSEType",
        "TimeToLiveSpecification.AttributeName",
    ),
    "AWS::EC2::FlowLog": ("LogDestinationType", "ResourceType", "TrafficType"),
    "AWS::EC2::RouteTable": (),
    "AWS::EC2::SecurityGroup": (
        "GroupDescription",
        *(f"SecurityGroup{way}.{key}" for way in ("Egress", "Ingress")
          for key in ("CidrIp", "Description", "IpProtocol")),
    ),
    "AWS::EC2::SecurityGroupEgress": ("CidrIp", "IpProtocol"),
    "AWS::EC2::SecurityGroupIngress": ("CidrIp", "IpProtocol"),
    "AWS::EC2::Subnet": ("CidrBlock",),
    "AWS::EC2::SubnetRouteTableAssociation": (),
    "AWS::EC2::VPC": ("CidrBlock", "InstanceTenancy"),
    "AWS::EC2::VPCEndpoint": ("ServiceName", "VpcEndpointType"),
    "AWS::ECR::Repository": (
        "ImageTagMutability", "EncryptionConfiguration.EncryptionType", "LifecyclePolicy",
    ),
    "AWS::EMRServerless::Application": (
        "Architecture", "ImageConfiguration.ImageUri", "MaximumCapacity", "ReleaseLabel", "Type",
    ),
    "AWS::Events::Archive": ("EventPattern", "KmsKeyIdentifier"),
    "AWS::Events::EventBus": (),
    "AWS::Events::EventBusPolicy": ("StatementId", "Statement", "Action", "Principal", "Condition"),
    "AWS::Events::Rule": (
        "EventPattern", "ScheduleExpression", "State", "Targets.Id", "Targets.Input",
        "Targets.InputPath", "Targets.InputTransformer",
    ),
    "AWS::IAM::ManagedPolicy": ("Path",),
    "AWS::IAM::OIDCProvider": ("ClientIdList", "ThumbprintList", "Url"),
    "AWS::IAM::Policy": ("PolicyName",),
    "AWS::IAM::Role": ("ManagedPolicyArns", "Path", "PermissionsBoundary"),
    "AWS::IAM::User": ("ManagedPolicyArns", "Path", "PermissionsBoundary"),
    "AWS::KMS::Alias": (),
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "Origin"),
    "AWS::KinesisFirehose::DeliveryStream": (
        "DeliveryStreamEncryptionConfigurationInput.KeyType", "DeliveryStreamType",
        "ExtendedS3DestinationConfiguration.CompressionFormat",
        "ExtendedS3DestinationConfiguration.ErrorOutputPrefix",
        "ExtendedS3DestinationConfiguration.FileExtension",
        "ExtendedS3DestinationConfiguration.Prefix",
    ),
    "AWS::Lambda::Alias": ("FunctionVersion", "Name"),
    "AWS::Lambda::EventInvokeConfig": ("Qualifier",),
    "AWS::Lambda::Function": (
        "Architectures", "Code", "Environment", "Handler", "PackageType", "Runtime",
        "TracingConfig.Mode",
    ),
    "AWS::Lambda::LayerVersion": (
        "CompatibleArchitectures", "CompatibleRuntimes", "Content", "LicenseInfo",
    ),
    "AWS::Lambda::Permission": ("Action", "Principal"),
    "AWS::Lambda::Version": ("CodeSha256",),
    "AWS::Logs::LogGroup": ("LogGroupClass",),
    "AWS::S3::Bucket": (
        "AccessControl",
        "BucketEncryption.ServerSideEncryptionConfiguration.ServerSideEncryptionByDefault"
        ".SSEAlgorithm",
        "LifecycleConfiguration", "OwnershipControls", "VersioningConfiguration",
    ),
    "AWS::S3::BucketPolicy": (),
    "AWS::SNS::Subscription": ("FilterPolicy", "FilterPolicyScope", "Protocol"),
    "AWS::SNS::Topic": ("DisplayName", "SignatureVersion", "TracingConfig"),
    "AWS::SNS::TopicPolicy": (),
    "AWS::SQS::Queue": ("DeduplicationScope", "FifoThroughputLimit"),
    "AWS::SQS::QueuePolicy": (),
    "AWS::SSM::Parameter": ("Tier", "Type", "DataType"),
    "AWS::SageMaker::Endpoint": (
        "DeploymentConfig.BlueGreenUpdatePolicy", "ExcludeRetainedVariantProperties",
    ),
    "AWS::SageMaker::EndpointConfig": (
        "DataCaptureConfig.CaptureContentTypeHeader", "DataCaptureConfig.CaptureOptions",
        *(f"{kind}.{key}" for kind in ("ProductionVariants", "ShadowProductionVariants")
          for key in ("InstanceType", "VariantName", "InferenceAmiVersion")),
    ),
    "AWS::SageMaker::MlflowTrackingServer": (
        "MlflowVersion", "TrackingServerSize", "WeeklyMaintenanceWindowStart",
    ),
    "AWS::SageMaker::Model": (
        *(f"{kind}.{key}" for kind in ("Containers", "PrimaryContainer")
          for key in ("Image", "Mode", "ContainerHostname", "Environment")),
    ),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupDescription",),
    "AWS::Scheduler::Schedule": (
        "FlexibleTimeWindow.Mode", "ScheduleExpression", "ScheduleExpressionTimezone", "State",
        "Target.Input",
    ),
    "AWS::Scheduler::ScheduleGroup": (),
    "AWS::SecretsManager::Secret": ("GenerateSecretString",),
    "AWS::StepFunctions::StateMachine": (
        "LoggingConfiguration.Level", "StateMachineType",
    ),
    "Custom::EmptyBucket": (),
    "Custom::EmptyModelPackageGroup": (),
}  # fmt: skip
# What a tenant's resources may name of the platform's.
PLATFORMS = frozenset(
    (
        ("AWS::CloudWatch::Alarm", "AlarmActions"),
        ("AWS::CloudWatch::Alarm", "OKActions"),
        ("AWS::CloudWatch::Alarm", "InsufficientDataActions"),
        ("AWS::CloudWatch::CompositeAlarm", "AlarmActions"),
        ("AWS::Events::Rule", "Targets.Arn"),
        ("AWS::S3::Bucket", "LoggingConfiguration.DestinationBucketName"),
    )
)


def is_listed(paths: tuple[str, ...], path: str) -> bool:
    """Whether a property, or one that it is inside of, is among some."""
    return any(path == one or path.startswith(f"{one}.") for one in paths)
