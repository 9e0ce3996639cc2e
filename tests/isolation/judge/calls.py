"""What is tried on a resource, by its type: calls that read, write or take over.

A call that is let through does no harm: what would destroy or change something names a part that
is not there, sets what is set anyway, or has a body that no service accepts.
"""

from typing import Any

# A client, its method and the parameters.
Call = tuple[str, str, dict[str, Any]]

_NOTHING = "terrace-judge"  # the name of what is not there
# Bodies that a service looks at before the rights; what they name is not there.
_JOB = {
    "AlgorithmSpecification": {"TrainingImage": _NOTHING, "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": f"s3://{_NOTHING}/"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_TUNING = {"Strategy": "Bayesian", "ResourceLimits": {"MaxParallelTrainingJobs": 1}}
_VARIANT = {"VariantName": "x", "ModelName": _NOTHING, "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1}  # fmt: skip
_ALARM = {"MetricName": "x", "Namespace": "x", "Statistic": "Sum", "Period": 3600, "Threshold": 1,
          "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip
_WEIGHT = {"VariantName": "x"}
_ROLE = "arn:aws:iam::{account}:role/terrace-judge"
_OBJECT = {"Bucket": "{id}", "Key": "tool-wear/training/jobs/judge"}

# By type; `{id}`, `{arn}` and `{tenant}` are the target's.
CALLS: dict[str, list[Call]] = {
    "AWS::S3::Bucket": [
        ("s3", "list_objects_v2", {"Bucket": "{id}"}),
        ("s3", "list_objects_v2", {"Bucket": "{id}", "Prefix": "tool-wear/training/runs/judge"}),
        ("s3", "list_object_versions", {"Bucket": "{id}"}),
        ("s3", "get_bucket_tagging", {"Bucket": "{id}"}),
        ("s3", "get_bucket_policy", {"Bucket": "{id}"}),
        # Whoever may do this configures the bucket; there is no website.
        ("s3", "delete_bucket_website", {"Bucket": "{id}"}),
        ("s3", "get_object", _OBJECT),
        ("s3", "get_object", {"Bucket": "{id}", "Key": "tool-wear/capture/judge"}),
        ("s3", "get_object", {"Bucket": "{id}", "Key": "tool-wear/held-out/judge"}),
        ("s3", "get_object", {"Bucket": "{id}", "Key": "tool-wear/monitoring/judge"}),
        ("s3", "get_object", {"Bucket": "{id}", "Key": "tool-wear/baselines/judge"}),
        ("s3", "get_object", {"Bucket": "{id}", "Key": "tool-wear/training/data/judge"}),
        ("s3", "get_object", {"Bucket": "{id}", "Key": "tool-wear/training/runs/judge"}),
        ("s3", "get_object_tagging", _OBJECT),
        ("s3", "delete_object", {"Bucket": "{id}", "Key": "tool-wear/judge"}),
        ("s3", "put_object", {**_OBJECT, "Body": b""}),
        ("s3", "get_object", {**_OBJECT, "VersionId": "null"}),
        ("s3", "delete_object", {"Bucket": "{id}", "Key": "judge", "VersionId": "null"}),
        ("s3", "abort_multipart_upload", {**_OBJECT, "UploadId": _NOTHING}),
        ("s3", "put_object", {"Bucket": "{id}", "Key": "tool-wear/capture/judge", "Body": b""}),
        ("s3", "put_object", {"Bucket": "{id}", "Key": "tool-wear/held-out/judge", "Body": b""}),
        ("s3", "put_object", {"Bucket": "{id}", "Key": "tool-wear/monitoring/judge", "Body": b""}),
        ("s3", "put_object", {"Bucket": "{id}", "Key": "tool-wear/baselines/judge", "Body": b""}),
        ("s3", "put_object", {"Bucket": "{id}", "Key": "tool-wear/evaluations/judge", "Body": b""}),
        ("s3", "put_object",
         {"Bucket": "{id}", "Key": "tool-wear/training/runs/judge", "Body": b""}),
    ],
    "AWS::KMS::Key": [
        ("kms", "describe_key", {"KeyId": "{arn}"}),
        ("kms", "encrypt", {"KeyId": "{arn}", "Plaintext": b"x"}),
        ("kms", "decrypt", {"KeyId": "{arn}", "CiphertextBlob": b"x"}),
        ("kms", "generate_data_key", {"KeyId": "{arn}", "KeySpec": "AES_256"}),
        # Who may do this administers the key; its policy itself is left as it is.
        ("kms", "enable_key_rotation", {"KeyId": "{arn}"}),
        ("kms", "list_grants", {"KeyId": "{arn}"}),
        ("kms", "create_grant", {"KeyId": "{arn}", "GranteePrincipal": _NOTHING, "Operations": []}),
    ],
    "AWS::SNS::Topic": [
        ("sns", "publish", {"TopicArn": "{arn}", "Message": "x"}),
        ("sns", "get_topic_attributes", {"TopicArn": "{arn}"}),
        ("sns", "subscribe",
         {"TopicArn": "{arn}", "Protocol": "email", "Endpoint": "judge@example.com"}),
        ("sns", "set_topic_attributes",
         {"TopicArn": "{arn}", "AttributeName": "DisplayName", "AttributeValue": ""}),
    ],
    "AWS::SQS::Queue": [
        ("sqs", "send_message", {"QueueUrl": "{id}", "MessageBody": "x"}),
        ("sqs", "receive_message", {"QueueUrl": "{id}"}),
        ("sqs", "get_queue_attributes", {"QueueUrl": "{id}", "AttributeNames": ["All"]}),
        ("sqs", "delete_message", {"QueueUrl": "{id}", "ReceiptHandle": _NOTHING}),
        ("sqs", "set_queue_attributes",
         {"QueueUrl": "{id}", "Attributes": {"DelaySeconds": "0"}}),
    ],
    "AWS::Events::EventBus": [
        ("events", "put_events", {"Entries": [
            {"EventBusName": "{arn}", "Source": "judge", "DetailType": "x", "Detail": "{{}}"}]}),
        ("events", "describe_event_bus", {"Name": "{id}"}),
        ("events", "put_targets",
         {"Rule": "terrace--{tenant}--judge", "EventBusName": "{id}", "Targets": []}),
    ],
    "AWS::Events::Rule": [
        ("events", "describe_rule", {"Name": "terrace--{tenant}--judge"}),
        ("events", "put_targets", {"Rule": "terrace--{tenant}--judge", "Targets": []}),
        ("events", "put_rule", {"Name": "terrace--{tenant}--judge", "EventPattern": "{{"}),
    ],
    "AWS::DynamoDB::Table": [
        ("dynamodb", "get_item", {"TableName": "{id}", "Key": {"model": {"S": "judge"}}}),
        ("dynamodb", "put_item", {"TableName": "{id}", "Item": {"model": {"S": "judge"}}}),
        ("dynamodb", "delete_item", {"TableName": "{id}", "Key": {"model": {"S": "judge"}}}),
        ("dynamodb", "scan", {"TableName": "{id}"}),
        ("dynamodb", "update_item", {"TableName": "{id}", "Key": {"model": {"S": "judge"}}}),
        ("dynamodb", "describe_table", {"TableName": "{id}"}),
    ],
    "AWS::Lambda::Function": [
        ("lambda", "get_function", {"FunctionName": "{arn}"}),
        ("lambda", "get_function_configuration", {"FunctionName": "{arn}"}),
        ("lambda", "invoke", {"FunctionName": "{arn}", "InvocationType": "DryRun"}),
        ("lambda", "get_alias", {"FunctionName": "{arn}", "Name": _NOTHING}),
        ("lambda", "get_alias",
         {"FunctionName": "terrace--{tenant}--serve--judge", "Name": "live"}),
        ("lambda", "get_function_configuration",
         {"FunctionName": "terrace--{tenant}--serve--judge"}),
        ("lambda", "update_function_code",
         {"FunctionName": "{arn}", "ZipFile": b"x", "DryRun": True}),
        ("lambda", "add_permission", {"FunctionName": "{arn}", "StatementId": "!",
         "Action": "!", "Principal": "!"}),
    ],
    "AWS::StepFunctions::StateMachine": [
        ("stepfunctions", "describe_state_machine", {"stateMachineArn": "{arn}"}),
        ("stepfunctions", "start_execution",
         {"stateMachineArn": "{arn}", "name": "<not a name>", "input": "{{"}),
        ("stepfunctions", "list_executions", {"stateMachineArn": "{arn}"}),
        ("stepfunctions", "update_state_machine", {"stateMachineArn": "{arn}"}),
        ("stepfunctions", "describe_execution", {"executionArn": "{execution}:judge"}),
        ("stepfunctions", "stop_execution", {"executionArn": "{execution}:judge"}),
        ("stepfunctions", "describe_execution", {"executionArn": "{execution}/Observe:judge"}),
    ],
    "AWS::SSM::Parameter": [
        ("ssm", "get_parameter", {"Name": "{id}"}),
        ("ssm", "get_parameters_by_path", {"Path": "/terrace/{tenant}"}),
        ("ssm", "put_parameter", {"Name": "{id}", "Value": "x", "Overwrite": False}),
    ],
    "AWS::Logs::LogGroup": [
        ("logs", "filter_log_events", {"logGroupName": "{id}"}),
        ("logs", "describe_log_streams", {"logGroupName": "{id}"}),
        ("logs", "put_log_events",
         {"logGroupName": "{id}", "logStreamName": _NOTHING, "logEvents": []}),
        ("logs", "create_log_stream", {"logGroupName": "{id}", "logStreamName": "<*>"}),
        ("logs", "create_log_group", {"logGroupName": "/aws/sagemaker/Endpoints/{tenant}--judge"}),
        ("logs", "put_log_events", {"logGroupName": "/aws/sagemaker/TrainingJobs",
         "logStreamName": "{tenant}--judge", "logEvents": []}),
    ],
    "AWS::IAM::Role": [
        ("iam", "get_role", {"RoleName": "{id}"}),
        ("iam", "put_role_policy",
         {"RoleName": "{id}", "PolicyName": "judge", "PolicyDocument": "{{"}),
        ("sts", "assume_role", {"RoleArn": "{arn}", "RoleSessionName": "judge"}),
        ("lambda", "create_function", {"FunctionName": "terrace--{tenant}--judge",
         "Runtime": "python3.14", "Handler": "x.y", "Role": "{arn}", "Code": {"ZipFile": b"x"}}),
        ("sagemaker", "create_training_job",
         {"TrainingJobName": "mill--judge", "RoleArn": "{arn}", **_JOB}),
        ("sagemaker", "create_model", {"ModelName": "mill--judge", "ExecutionRoleArn": "{arn}"}),
        ("cloudformation", "update_stack", {"StackName": "terrace--mill--tool-wear",
         "TemplateBody": "{{", "RoleARN": "{arn}"}),
    ],
    "AWS::CloudWatch::Alarm": [
        ("cloudwatch", "describe_alarms", {"AlarmNames": ["{id}"]}),
        ("cloudwatch", "set_alarm_state",
         {"AlarmName": "{id}", "StateValue": "OK", "StateReason": "judge"}),
        ("cloudwatch", "delete_alarms", {"AlarmNames": ["{tenant}--judge"]}),
        ("cloudwatch", "put_metric_alarm", {"AlarmName": "{tenant}--judge", **_ALARM}),
        ("cloudwatch", "put_metric_alarm",
         {"AlarmName": "TargetTracking-endpoint/{tenant}--judge", **_ALARM}),
        ("cloudwatch", "tag_resource", {"ResourceARN": "{arn}", "Tags": []}),
        ("cloudwatch", "list_tags_for_resource", {"ResourceARN": "{arn}"}),
        ("cloudwatch", "delete_alarms",
         {"AlarmNames": ["TargetTracking-endpoint/{tenant}--judge"]}),
    ],
    "AWS::SageMaker::ModelPackageGroup": [
        ("sagemaker", "describe_endpoint", {"EndpointName": "{tenant}--judge"}),
        ("sagemaker", "update_endpoint",
         {"EndpointName": "{tenant}--judge", "EndpointConfigName": "{tenant}--judge"}),
        ("sagemaker", "update_endpoint_weights_and_capacities",
         {"EndpointName": "{tenant}--judge", "DesiredWeightsAndCapacities": [_WEIGHT]}),
        ("sagemaker", "delete_endpoint", {"EndpointName": "{tenant}--judge"}),
        ("sagemaker-runtime", "invoke_endpoint",
         {"EndpointName": "{tenant}--judge", "Body": b"1"}),
        ("sagemaker", "list_tags", {"ResourceArn": "{arn}"}),
        ("sagemaker", "describe_endpoint_config", {"EndpointConfigName": "{tenant}--judge"}),
        ("sagemaker", "delete_endpoint_config", {"EndpointConfigName": "{tenant}--judge"}),
        ("sagemaker", "describe_model", {"ModelName": "{tenant}--judge"}),
        ("sagemaker", "delete_model", {"ModelName": "{tenant}--judge"}),
        ("sagemaker", "add_tags", {"ResourceArn": "{arn}", "Tags": []}),
        ("sagemaker", "create_model", {"ModelName": "{tenant}--judge"}),
        ("sagemaker", "create_endpoint_config", {"EndpointConfigName": "{tenant}--judge",
         "ProductionVariants": [_VARIANT]}),
        ("sagemaker", "create_endpoint",
         {"EndpointName": "{tenant}--judge", "EndpointConfigName": "{tenant}--judge"}),
        ("sagemaker", "create_training_job", {"TrainingJobName": "{tenant}--judge",
         "RoleArn": _ROLE, **_JOB}),
        ("sagemaker", "create_hyper_parameter_tuning_job",
         {"HyperParameterTuningJobName": "{tenant}--judge",
          "HyperParameterTuningJobConfig": _TUNING}),
        ("sagemaker", "describe_training_job", {"TrainingJobName": "{tenant}--judge"}),
        ("sagemaker", "stop_training_job", {"TrainingJobName": "{tenant}--judge"}),
        ("sagemaker", "describe_hyper_parameter_tuning_job",
         {"HyperParameterTuningJobName": "{tenant}--judge"}),
        ("sagemaker", "stop_hyper_parameter_tuning_job",
         {"HyperParameterTuningJobName": "{tenant}--judge"}),
        ("sagemaker", "list_training_jobs_for_hyper_parameter_tuning_job",
         {"HyperParameterTuningJobName": "{tenant}--judge"}),
        ("sagemaker", "describe_model_package_group", {"ModelPackageGroupName": "{id}"}),
        ("sagemaker", "describe_model_package", {"ModelPackageName": "{package}"}),
        ("sagemaker", "update_model_package", {"ModelPackageArn": "{package}"}),
        ("sagemaker", "delete_model_package", {"ModelPackageName": "{package}"}),
        ("sagemaker", "create_model_package", {"ModelPackageGroupName": "{tenant}--judge"}),
        ("sagemaker", "list_tags", {"ResourceArn": "{arn}"}),
        ("sagemaker", "list_model_packages", {"ModelPackageGroupName": "{id}"}),
    ],
    "AWS::Scheduler::Schedule": [
        ("scheduler", "get_schedule", {"GroupName": "terrace--{tenant}", "Name": "judge"}),
        ("scheduler", "delete_schedule", {"GroupName": "terrace--{tenant}", "Name": "judge"}),
    ],
    "AWS::CloudFormation::Stack": [
        ("cloudformation", "describe_stacks", {"StackName": "{arn}"}),
        ("cloudformation", "describe_stack_events", {"StackName": "{arn}"}),
        ("cloudformation", "get_template", {"StackName": "{arn}"}),
        ("cloudformation", "update_stack", {"StackName": "{arn}", "TemplateBody": "{{"}),
    ],
}  # fmt: skip
# What gives a role more than it has, on its own tenant's resources.
UPWARD = frozenset(
    ("put_role_policy", "delete_bucket_website",
     "enable_key_rotation", "add_permission", "update_function_code", "update_state_machine",
     "create_function", "update_stack", "set_topic_attributes", "set_queue_attributes",
     "assume_role")
)  # fmt: skip
