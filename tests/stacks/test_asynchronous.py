"""Asynchronous endpoints: a queue, instances for what waits, and capture from notifications."""

from tests.stacks.conftest import Assembly, listed, statements, text

SHARED, STACK = "terrace--a-b", "terrace--a-b--large"
OTHER = "terrace--a"


def test_answers_go_beside_the_requests_and_the_topic_is_told(production: Assembly) -> None:
    config = production.one(STACK, "AWS::SageMaker::EndpointConfig")
    output = config["AsyncInferenceConfig"]["OutputConfig"]
    assert text(output["S3OutputPath"]).endswith("/large/answers")
    assert text(output["S3FailurePath"]).endswith("/large/unanswered")
    assert set(output["NotificationConfig"]) == {"SuccessTopic", "ErrorTopic"}
    assert "DataCaptureConfig" not in config


def test_a_new_version_has_an_instance_though_none_may_be_there(production: Assembly) -> None:
    (variant,) = production.one(STACK, "AWS::SageMaker::EndpointConfig")["ProductionVariants"]
    assert variant["InitialInstanceCount"] == 1
    endpoint = production.one(STACK, "AWS::SageMaker::Endpoint")
    assert endpoint["ExcludeRetainedVariantProperties"] == [
        {"VariantPropertyType": "DesiredInstanceCount"}
    ]


def test_instances_follow_what_waits_and_come_from_zero(production: Assembly) -> None:
    target = production.one(STACK, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 2)
    policies = production.resources(STACK, "AWS::ApplicationAutoScaling::ScalingPolicy")
    by_type = {policy["PolicyType"]: (name, policy) for name, policy in policies.items()}
    tracked = by_type["TargetTrackingScaling"][1]["TargetTrackingScalingPolicyConfiguration"]
    assert tracked["TargetValue"] == 3
    metric = tracked["CustomizedMetricSpecification"]
    assert metric["MetricName"] == "ApproximateBacklogSizePerInstance"
    assert metric["Dimensions"] == [{"Name": "EndpointName", "Value": "a-b--large"}]
    step, _ = by_type["StepScaling"]
    alarms = production.resources(STACK, "AWS::CloudWatch::Alarm").values()
    (wakes,) = [alarm for alarm in alarms if alarm.get("AlarmActions") == [{"Ref": step}]]
    assert (wakes["MetricName"], wakes["Threshold"]) == ("HasBacklogWithoutCapacity", 1)


def test_a_rollout_goes_back_on_errors_and_people_hear_of_more(production: Assembly) -> None:
    alarms = production.resources(STACK, "AWS::CloudWatch::Alarm")
    names = {text(alarm["AlarmName"]): name for name, alarm in alarms.items()}
    (own,) = [name for name in names if name.startswith("a-b--large--rollout-errors-")]
    assert set(names) - {own} == {
        f"a-b--large--{what}" for what in ("errors", "waiting", "capture", "from-zero")
    }
    endpoint = production.one(STACK, "AWS::SageMaker::Endpoint")
    undoing = endpoint["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert undoing == [{"AlarmName": {"Ref": names[own]}}]


def test_the_endpoint_reads_requests_and_writes_answers_alone(production: Assembly) -> None:
    found = {
        (action, text(resource).rpartition("/*/")[2])
        for name, statement in statements(production, SHARED)
        if name.startswith("IsolationEndpointRole")
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if action in ("s3:GetObject", "s3:PutObject")
    }
    assert {("s3:GetObject", "requests/*"), ("s3:PutObject", "answers/*")} <= found
    assert ("s3:GetObject", "capture/*") not in found
    assert ("s3:PutObject", "requests/*") not in found


def test_requests_and_answers_are_kept_as_long_as_what_is_captured(production: Assembly) -> None:
    (bucket,) = production.resources(SHARED, "AWS::S3::Bucket").values()
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    for what in ("requests", "answers", "unanswered", "capture"):
        rule = rules[f"{what}-of-large"]
        assert (rule["Prefix"], rule["ExpirationInDays"]) == (f"large/{what}/", 90)
    assert "requests-of-c" not in rules


def test_a_tenant_without_such_models_has_nothing_of_it(production: Assembly) -> None:
    names = {
        topic["TopicName"] for topic in production.resources(OTHER, "AWS::SNS::Topic").values()
    }
    assert names == {"terrace--a"}
    functions = production.resources(OTHER, "AWS::Lambda::Function").values()
    assert not any("capture" in str(function.get("FunctionName")) for function in functions)
