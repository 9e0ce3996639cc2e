"""Limits that AWS documents, each passed once: by a request, and by a stack where it has both."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Cloud, allow, eventually, policy

pytestmark = pytest.mark.local
Call = Callable[..., Any]


def unique(prefix: str = "limit") -> str:
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def refused(call: Call, **parameters: Any) -> tuple[str, str]:
    """The error's code and message."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def failed(cloud: Cloud, kind: str, properties: dict[str, Any], **more: Any) -> str:
    """Why a stack with one resource could not be created."""
    client, name = cloud.client("cloudformation"), unique("stack")
    resource = {"Type": kind, "Properties": properties}
    template = {"Resources": {"One": resource, **more}}
    client.create_stack(
        StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )

    def reasons() -> list[str]:
        events = client.describe_stack_events(StackName=name)["StackEvents"]
        return [
            one["ResourceStatusReason"]
            for one in events
            if one["ResourceStatus"] == "CREATE_FAILED" and one["LogicalResourceId"] == "One"
        ]

    return str(eventually(reasons)[0])


def created(cloud: Cloud, kind: str, properties: dict[str, Any]) -> bool:
    client, name = cloud.client("cloudformation"), unique("stack")
    template = {"Resources": {"One": {"Type": kind, "Properties": properties}}}
    client.create_stack(
        StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )

    def status() -> str | None:
        found = str(client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
        return None if found == "CREATE_IN_PROGRESS" else found

    return bool(eventually(status) == "CREATE_COMPLETE")


# Trails


@pytest.mark.parametrize(
    "name",
    ["a--b", "a._b", "ab", "-ab", "ab-", "a" * 129, "10.20.30.40", "a b c", "trail_", "t-.t"],
)
def test_a_trail_is_refused_a_name_that_cloudtrail_does_not_take(cloud: Cloud, name: str) -> None:
    trails = cloud.client("cloudtrail")
    code, message = refused(trails.create_trail, Name=name, S3BucketName="some-bucket")
    assert code == "InvalidTrailNameException"
    assert name in message


def test_a_trail_with_single_dashes_is_created(cloud: Cloud) -> None:
    bucket, name = unique(), unique("a-trail.of_mine")
    cloud.client("s3").create_bucket(Bucket=bucket)
    cloud.client("cloudtrail").create_trail(Name=name, S3BucketName=bucket)
    reason = failed(
        cloud, "AWS::CloudTrail::Trail",
        {"TrailName": f"{name}--b", "S3BucketName": bucket, "IsLogging": False},
    )  # fmt: skip
    assert "none of the last three next to each other" in reason


# Roles that a service tries


def trusting(cloud: Cloud, service: str, *statements: dict[str, Any]) -> str:
    return cloud.role(f"{service}.amazonaws.com", *statements)


OF_LAMBDA = (
    "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
)  # fmt: skip


def function(role: str, subnet: str) -> dict[str, Any]:
    return {
        "FunctionName": unique(),
        "Role": role,
        "Runtime": "python3.14",
        "Handler": "index.handler",
        "VpcConfig": {"SubnetIds": [subnet], "SecurityGroupIds": []},
    }


@pytest.fixture(scope="module")
def subnet(cloud: Cloud) -> str:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZoneId="use1-az1")
    return str(made["Subnet"]["SubnetId"])


CODE = {"ZipFile": "def handler(event, context): return event"}


@pytest.mark.parametrize("lacking", OF_LAMBDA)
def test_a_function_in_a_network_needs_a_role_that_may_manage_interfaces(
    cloud: Cloud, subnet: str, lacking: str
) -> None:
    role = trusting(cloud, "lambda", allow(*(one for one in OF_LAMBDA if one != lacking)))
    reason = failed(cloud, "AWS::Lambda::Function", {**function(role, subnet), "Code": CODE})
    action = lacking.partition(":")[2]
    expected = f"execution role does not have permissions to call {action} on EC2"
    assert expected in reason


@pytest.mark.parametrize(
    "narrow",
    [
        {"Condition": {"ArnEquals": {"ec2:Vpc": "arn:aws:ec2:us-east-1:000000000000:vpc/vpc-1"}}},
        {"Resource": "arn:aws:ec2:us-east-1:000000000000:network-interface/*"},
    ],
)
def test_a_scope_of_the_networks_is_too_narrow_for_lambdas_check(
    cloud: Cloud, subnet: str, narrow: dict[str, Any]
) -> None:
    scoped = allow("ec2:DeleteNetworkInterface") | narrow
    others = allow(*(one for one in OF_LAMBDA if one != "ec2:DeleteNetworkInterface"))
    role = trusting(cloud, "lambda", others, scoped)
    reason = failed(cloud, "AWS::Lambda::Function", {**function(role, subnet), "Code": CODE})
    assert "permissions to call DeleteNetworkInterface on EC2" in reason


def test_a_denial_for_the_functions_own_code_does_not_stop_lambda(
    cloud: Cloud, subnet: str
) -> None:
    own = {"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:*"}}
    denied = {"Effect": "Deny", "Action": list(OF_LAMBDA), "Resource": "*", "Condition": own}
    role = trusting(cloud, "lambda", allow(*OF_LAMBDA), denied)
    assert created(cloud, "AWS::Lambda::Function", {**function(role, subnet), "Code": CODE})


def test_api_gateway_tries_the_role_for_its_logs(cloud: Cloud) -> None:
    gateway = cloud.client("apigateway")

    def set_role(role: str) -> None:
        change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
        gateway.update_account(patchOperations=[change])

    logs = ("CreateLogGroup", "CreateLogStream", "DescribeLogGroups", "DescribeLogStreams",
            "PutLogEvents")  # fmt: skip
    actions = [f"logs:{action}" for action in logs]
    own = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/kiln--*"
    narrow = trusting(cloud, "apigateway", allow(*actions, on=own))
    code, message = refused(set_role, role=narrow)
    assert code == "BadRequestException"
    assert "does not have required permissions" in message
    kind = "AWS::ApiGateway::Account"
    assert "required permissions" in failed(cloud, kind, {"CloudWatchRoleArn": narrow})
    stranger = trusting(cloud, "lambda", allow("logs:*"))
    assert refused(set_role, role=stranger)[0] == "BadRequestException"
    role = trusting(cloud, "apigateway")
    arn = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    cloud.client("iam").attach_role_policy(RoleName=role.rpartition("/")[2], PolicyArn=arn)
    set_role(role)


def test_an_account_has_one_identity_provider_of_a_url(cloud: Cloud) -> None:
    iam, url = cloud.client("iam"), f"https://{unique()}.example.com"
    iam.create_open_id_connect_provider(Url=url, ClientIDList=["a"])
    assert refused(iam.create_open_id_connect_provider, Url=url)[0] == "EntityAlreadyExists"
    reason = failed(cloud, "AWS::IAM::OIDCProvider", {"Url": url, "ClientIdList": ["a"]})
    assert "already exists" in reason


# Policies


def large(size: int, **more: Any) -> str:
    """A policy document of this many characters at least, white space aside."""
    arns = [f"arn:aws:s3:::{'b' * 40}{n:06}/*" for n in range(size // 64)]
    return policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": arns, **more})


def test_iam_counts_a_policy_without_white_space(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    fits = json.dumps(json.loads(large(5900)), indent=12)
    assert len(fits) > 6144
    iam.create_policy(PolicyName=unique(), PolicyDocument=fits)
    code, message = refused(iam.create_policy, PolicyName=unique(), PolicyDocument=large(7000))
    assert code == "LimitExceeded"
    assert "PolicySize: 6144" in message
    kind = "AWS::IAM::ManagedPolicy"
    assert "6144" in failed(cloud, kind, {"PolicyDocument": json.loads(large(7000))})


def test_a_roles_inline_policies_count_together(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    role = trusting(cloud, "lambda").rpartition("/")[2]
    iam.put_role_policy(RoleName=role, PolicyName="a", PolicyDocument=large(6000))
    code, message = refused(
        iam.put_role_policy, RoleName=role, PolicyName="b", PolicyDocument=large(6000)
    )
    assert code == "LimitExceeded"
    assert "10240 bytes exceeded" in message
    iam.put_role_policy(RoleName=role, PolicyName="a", PolicyDocument=large(9000))
    properties = {"PolicyName": "c", "Roles": [role], "PolicyDocument": json.loads(large(3000))}
    assert "10240 bytes exceeded" in failed(cloud, "AWS::IAM::Policy", properties)


def test_a_trust_policy_has_2048_characters(cloud: Cloud) -> None:
    accounts = [f"arn:aws:iam::{n:012}:root" for n in range(100)]
    trust = policy({"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "sts:AssumeRole"})
    iam = cloud.client("iam")
    code, message = refused(iam.create_role, RoleName=unique(), AssumeRolePolicyDocument=trust)
    assert (code, "ACLSizePerRole: 2048" in message) == ("LimitExceeded", True)


def queue_policy(statements: int, **more: Any) -> dict[str, Any]:
    one = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"} | more
    return {"Version": "2012-10-17", "Statement": [one] * statements}


@pytest.mark.parametrize(
    ("document", "what"),
    [
        (queue_policy(21), "21 statements"),
        (queue_policy(1, Resource=["arn:aws:sqs:us-east-1:1:" + "q" * 80] * 90), "bytes"),
        (queue_policy(1, Principal={"AWS": [str(10**11 + n) for n in range(51)]}), "51 principals"),
        (queue_policy(1, Action=[f"sqs:Action{n}" for n in range(8)]), "8 actions"),
    ],
)
def test_a_queue_policy_has_its_own_limits(
    cloud: Cloud, document: dict[str, Any], what: str
) -> None:
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=unique())["QueueUrl"]
    attributes = {"Policy": json.dumps(document)}
    assert what in refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=attributes)[1]
    reason = failed(cloud, "AWS::SQS::QueuePolicy", {"Queues": [url], "PolicyDocument": document})
    assert what in reason


def test_policies_of_buckets_topics_and_keys_have_theirs(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), unique()
    s3.create_bucket(Bucket=bucket)
    document = large(22_000, Principal="*")
    assert refused(s3.put_bucket_policy, Bucket=bucket, Policy=document)[0] == "MalformedPolicy"
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=unique())["TopicArn"]
    given = {"TopicArn": topic, "AttributeName": "Policy"}
    many = json.dumps(queue_policy(101, Action="sns:Publish"))
    assert "101 statements" in refused(sns.set_topic_attributes, **given, AttributeValue=many)[1]
    kms = cloud.client("kms")
    assert refused(kms.create_key, Policy=large(40_000, Principal="*"))[0]


def test_a_functions_policy_has_20_kb(cloud: Cloud) -> None:
    functions, role, name = cloud.client("lambda"), trusting(cloud, "lambda"), unique()
    properties = {"FunctionName": name, "Role": role, "Runtime": "python3.14",
                  "Handler": "index.handler", "Code": CODE}  # fmt: skip
    assert created(cloud, "AWS::Lambda::Function", properties)
    rule = "arn:aws:events:us-east-1:000000000000:rule/" + "r" * 60
    permission = {"Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}

    def add(number: int) -> None:
        functions.add_permission(
            FunctionName=name, StatementId=f"{'s' * 60}{number}", SourceArn=f"{rule}{number}",
            **permission,
        )  # fmt: skip

    for number in range(40):
        add(number)
    with pytest.raises(ClientError, match="PolicyLengthExceededException"):
        for number in range(40, 60):
            add(number)
    document = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    assert 20_000 < len(json.dumps(document, separators=(",", ":"))) <= 20_480
    large = {"FunctionName": name, "SourceArn": rule + "x" * 480, **permission}
    assert "bigger than the limit" in failed(cloud, "AWS::Lambda::Permission", large)


# EventBridge


def test_a_pattern_a_bus_and_a_rule_have_limits(cloud: Cloud) -> None:
    events, bus = cloud.client("events"), unique()
    events.create_event_bus(Name=bus)
    keys = [{"prefix": f"model-{n:04}/training/data/"} for n in range(60)]
    pattern = json.dumps({"source": ["aws.s3"], "detail": {"object": {"key": keys}}})
    given = {"Name": unique(), "EventBusName": bus}
    assert "at most 2048" in refused(events.put_rule, **given, EventPattern=pattern)[1]
    properties = {"EventBusName": bus, "EventPattern": json.loads(pattern)}
    assert "at most 2048" in failed(cloud, "AWS::Events::Rule", properties)
    for number in range(300):
        events.put_rule(Name=f"rule-{number}", EventBusName=bus, EventPattern='{"source": ["a"]}')
    source = {"EventPattern": '{"source": ["a"]}'}
    code, message = refused(events.put_rule, **given, **source)
    assert (code, "301 rules" in message) == ("LimitExceededException", True)
    events.put_rule(Name="rule-7", EventBusName=bus, EventPattern='{"source": ["b"]}')
    queue = "arn:aws:sqs:us-east-1:000000000000:q"
    targets = [{"Id": str(n), "Arn": queue} for n in range(6)]
    rule = {"Rule": "rule-7", "EventBusName": bus}
    assert refused(events.put_targets, **rule, Targets=targets)[0] == "LimitExceededException"
    events.put_targets(**rule, Targets=targets[:4])
    assert "6 targets" in refused(events.put_targets, **rule, Targets=targets[4:])[1]


# Sizes


def test_messages_have_the_sizes_that_their_services_take(cloud: Cloud) -> None:
    mebibyte = 1024 * 1024
    events = cloud.client("events")
    entry = {"Source": "a", "DetailType": "b", "Detail": json.dumps({"a": "x" * mebibyte})}
    assert "over the limit" in refused(events.put_events, Entries=[entry])[1]
    firehose = cloud.client("firehose")
    record = {"Data": b"x" * (1000 * 1024 + 1)}
    stream = {"DeliveryStreamName": "any"}
    _code, message = refused(firehose.put_record, **stream, Record=record)
    assert "less than or equal to 1024000" in message
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=unique())["TopicArn"]
    assert refused(sns.publish, TopicArn=topic, Message="x" * (256 * 1024 + 1))
    ssm = cloud.client("ssm")
    given = {"Name": unique("/p"), "Type": "String"}
    assert "4096" in refused(ssm.put_parameter, **given, Value="x" * 4097)[1]
    large = {"Value": "x" * 8193, "Tier": "Intelligent-Tiering"}
    assert "8192" in refused(ssm.put_parameter, **given, **large)[1]


def test_functions_have_limits_of_environment_and_payload(cloud: Cloud) -> None:
    role = trusting(cloud, "lambda")
    variables = {f"V{n}": "x" * 500 for n in range(9)}
    properties = {
        "FunctionName": unique(), "Role": role, "Runtime": "python3.14", "Handler": "index.handler",
        "Code": CODE, "Environment": {"Variables": variables},
    }  # fmt: skip
    assert "exceeded the 4KB limit" in failed(cloud, "AWS::Lambda::Function", properties)
    functions = cloud.client("lambda")
    large = json.dumps("x" * (1024 * 1024)).encode()
    called = {"FunctionName": "any", "InvocationType": "Event", "Payload": large}
    assert refused(functions.invoke, **called)[0] == "RequestTooLargeException"
    called = {"FunctionName": "any", "Payload": large * 7}
    assert refused(functions.invoke, **called)[0] == "RequestTooLargeException"


def test_an_integration_and_a_trail_have_theirs(cloud: Cloud) -> None:
    method = {"HttpMethod": "GET", "Integration": {"Type": "MOCK", "TimeoutInMillis": 30_000}}
    properties = {"RestApiId": "a", "ResourceId": "b", "AuthorizationType": "NONE", **method}
    assert "between 50 ms and 29000 ms" in failed(cloud, "AWS::ApiGateway::Method", properties)
    values = [f"arn:aws:s3:::bucket-{n}/" for n in range(251)]
    selector = {"DataResources": [{"Type": "AWS::S3::Object", "Values": values}]}
    trails = cloud.client("cloudtrail")
    given = {"TrailName": "any", "EventSelectors": [selector]}
    assert refused(trails.put_event_selectors, **given)[0] == "InvalidEventSelectorsException"


def test_a_resource_has_at_most_fifty_tags(cloud: Cloud) -> None:
    tags = [{"Key": f"k{n}", "Value": "v"} for n in range(51)]
    iam = cloud.client("iam")
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"})
    created_with = {"RoleName": unique(), "AssumeRolePolicyDocument": trust, "Tags": tags}
    assert refused(iam.create_role, **created_with)
    assert "51 tags" in failed(cloud, "AWS::SNS::Topic", {"TopicName": unique(), "Tags": tags})


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("scheduler", "create_schedule_group", {"Name": "g" * 65}),
        ("logs", "create_log_group", {"logGroupName": "g" * 513}),
        ("logs", "create_log_group", {"logGroupName": "a group"}),
        ("lambda", "add_permission",
         {"FunctionName": "f", "StatementId": "a b", "Action": "lambda:InvokeFunction",
          "Principal": "events.amazonaws.com"}),
        ("stepfunctions", "create_state_machine",
         {"name": "m" * 81, "definition": "{}", "roleArn": "arn:aws:iam::000000000000:role/r"}),
        ("sagemaker", "create_model_package_group",
         {"ModelPackageGroupName": "g" * 64}),
    ],
)  # fmt: skip
def test_a_request_keeps_what_awss_description_of_its_api_says(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    _code, message = refused(getattr(cloud.client(service), operation), **parameters)
    assert "failed to satisfy constraint" in message


def test_an_instance_type_that_sagemaker_does_not_have_is_refused(cloud: Cloud) -> None:
    sagemaker = cloud.client("sagemaker")
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.t3.large",
               "InitialInstanceCount": 1}  # fmt: skip
    given = {"EndpointConfigName": unique(), "ProductionVariants": [variant]}
    assert "enum value set" in refused(sagemaker.create_endpoint_config, **given)[1]


# Networks


def test_an_endpoint_is_refused_in_a_zone_that_lacks_the_service(cloud: Cloud) -> None:
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    zones = {
        zone: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{n}.0/24", AvailabilityZoneId=zone)
        for n, zone in enumerate(["use1-az1", "use1-az2", "use1-az3"])
    }
    subnets = {zone: made["Subnet"]["SubnetId"] for zone, made in zones.items()}
    service = "com.amazonaws.us-east-1.sagemaker.api"
    given = {"VpcId": vpc, "ServiceName": service, "VpcEndpointType": "Interface"}
    lacking = [subnets["use1-az1"], subnets["use1-az3"]]
    _code, message = refused(ec2.create_vpc_endpoint, **given, SubnetIds=lacking)
    expected = f"does not support the availability zone of the subnet: {subnets['use1-az3']}"
    assert expected in message
    reason = failed(cloud, "AWS::EC2::VPCEndpoint", {**given, "SubnetIds": lacking})
    assert expected in reason
    ec2.create_vpc_endpoint(**given, SubnetIds=[subnets["use1-az1"], subnets["use1-az2"]])
    listed = ec2.describe_vpc_endpoint_services(ServiceNames=[service])["ServiceDetails"]
    assert [one["AvailabilityZones"] for one in listed] == [["us-east-1a", "us-east-1b"]]
    elsewhere = given | {"ServiceName": "com.amazonaws.us-east-1.sns"}
    ec2.create_vpc_endpoint(**elsewhere, SubnetIds=lacking)


# Step Functions


def ended(cloud: Cloud, definition: dict[str, Any], given: Any) -> dict[str, Any]:
    states = cloud.client("stepfunctions")
    role = trusting(cloud, "states")
    machine = states.create_state_machine(
        name=unique(), definition=json.dumps(definition), roleArn=role
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, input=json.dumps(given))

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = states.describe_execution(executionArn=execution["executionArn"])
        return None if found["status"] == "RUNNING" else found

    return dict(eventually(done, seconds=60))


def test_a_state_passes_on_at_most_262144_bytes(cloud: Cloud) -> None:
    doubled = {
        "Type": "Pass", "QueryLanguage": "JSONata",
        "Output": "{% {'a': $states.input.a & $states.input.a} %}", "End": True,
    }  # fmt: skip
    machine = {"StartAt": "Double", "States": {"Double": doubled}}
    assert ended(cloud, machine, {"a": "x" * 130_000})["status"] == "SUCCEEDED"
    found = ended(cloud, machine, {"a": "x" * 131_072})
    assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")
    assert "262144" in found["cause"]
    states = cloud.client("stepfunctions")
    arn = "arn:aws:states:us-east-1:000000000000:stateMachine:any"
    large = json.dumps("x" * 262_144)
    assert "262144" in refused(states.start_execution, stateMachineArn=arn, input=large)[1]


def test_an_item_of_a_map_counts_too(cloud: Cloud) -> None:
    item = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {}, "End": True}
    made = {
        "Type": "Map", "QueryLanguage": "JSONata", "End": True,
        "Items": "{% [$states.input.a & $states.input.a] %}",
        "ItemProcessor": {"StartAt": "Item", "States": {"Item": item}},
    }  # fmt: skip
    machine = {"StartAt": "Each", "States": {"Each": made}}
    assert ended(cloud, machine, {"a": "x" * 1000})["status"] == "SUCCEEDED"
    assert ended(cloud, machine, {"a": "x" * 200_000})["error"] == "States.DataLimitExceeded"
