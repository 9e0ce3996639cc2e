"""A tenant's own network: two zones, no way to the internet, and doors to AWS's services alone."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Aws
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks import arns
from stacks.functions import log_group_of
from stacks.isolation import Isolation
from stacks.place import Place
from stacks.policies import allow
from stacks.roles import tenant_role
from terrace.names import TenantNames
from terrace.settings import Tenant

# What the functions call. S3 and DynamoDB have gateways, which cost nothing.
_SERVICES = ("cloudformation", "events", "sagemaker.api", "sagemaker.runtime", "sns", "ssm",
             "states")  # fmt: skip
_SERVICES_OF_SERVING = ("kinesis-firehose", "lambda")
_SERVICES_OF_KEYS = ("kms",)  # S3 and the like use keys on their own side of the wall
_SERVICES_OF_AB_TESTS = ("monitoring",)
_OF_MLFLOW = "experiments"  # of SageMaker's own names for doors
_HTTPS = 443
# Which the guide of flow logs wants; logs:DescribeLogGroups takes no resource.
_FLOW_ACTIONS = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
# Which Lambda's guide wants on all resources.
_OF_LAMBDA = [
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
]  # fmt: skip


class Network(Construct):
    """The network, and what a role needs to have something in it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        cidr: str,
        zone_ids: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        self._tenant = tenant
        self._vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=TenantNames(tenant=tenant.name).base,
            ip_addresses=ec2.IpAddresses.cidr(cidr),
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED
                )
            ],
            # Nothing uses the default group, and changing it takes a function with wide rights.
            restrict_default_security_group=False,
        )
        self._place_subnets(zone_ids)
        self._group = self._security_group("Inside", "what runs in the network")
        self.place = Place(
            subnets=tuple(subnet.subnet_id for subnet in self._vpc.isolated_subnets),
            security_groups=(self._group.security_group_id,),
        )
        self.workers = self._workers() if tenant.has_spark else self.place
        self._doors(cidr)

    def _place_subnets(self, zone_ids: Sequence[str]) -> None:
        """Moves the subnets to these zones; by ID, since each account has names of its own."""
        for subnet, zone_id in zip(self._vpc.isolated_subnets, zone_ids, strict=False):
            resource = cast(ec2.CfnSubnet, subnet.node.default_child)
            resource.availability_zone = None
            resource.availability_zone_id = zone_id

    def watch(self, isolation: Isolation) -> None:
        """Logs who talked to whom, and who was turned away."""
        role = tenant_role(self, "FlowRole", tenant=self._tenant.name, service="vpc-flow-logs")
        group = log_group_of(
            self._tenant, self,
            f"/aws/vpc/{TenantNames(tenant=self._tenant.name).base}--flow", isolation.key,
        )  # fmt: skip
        actions = [f"logs:{action}" for action in _FLOW_ACTIONS]
        role.add_to_policy(allow(actions, [group.log_group_arn]))
        role.add_to_policy(allow(["logs:DescribeLogGroups"], ["*"]))
        ec2.CfnFlowLog(
            self,
            "Flow",
            resource_id=self._vpc.vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_group_name=group.log_group_name,
            deliver_logs_permission_arn=role.role_arn,
        )

    def statements(self) -> list[iam.PolicyStatement]:
        """What SageMaker asks of a role that works in the network: interfaces, its own.

        A new interface needs the subnet and the group, which are the tenant's; a made one is
        known by its network.
        """
        interfaces = arns.arn("ec2", "network-interface/*")
        places = [arns.arn("ec2", f"subnet/{one}") for one in self.place.subnets]
        groups = [arns.arn("ec2", f"security-group/{one}") for one in self.place.security_groups]
        network = arns.arn("ec2", f"vpc/{self._vpc.vpc_id}")
        return [
            allow(["ec2:CreateNetworkInterface"], [*places, *groups, interfaces]),
            allow(
                ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface",
                 "ec2:DeleteNetworkInterfacePermission", "ec2:AssignPrivateIpAddresses",
                 "ec2:UnassignPrivateIpAddresses"],
                [interfaces],
                ArnEquals={"ec2:Vpc": network},
            ),
            allow(
                ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces",
                 "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"],
                ["*"],
            ),
        ]  # fmt: skip

    def function_statements(self) -> list[iam.PolicyStatement]:
        """What Lambda asks of a function's role: any interface, and none for the function's code.

        Lambda checks the role without naming a network when it makes the function, so that the
        statements above would be too narrow for it.
        """
        own = arns.arn("lambda", f"function:{TenantNames(tenant=self._tenant.name).function('*')}")
        return [
            allow(_OF_LAMBDA, ["*"]),
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                actions=[*_OF_LAMBDA, "ec2:DetachNetworkInterface"],
                resources=["*"],
                conditions={"ArnLike": {"lambda:SourceFunctionArn": own}},
            ),
        ]

    def _workers(self) -> Place:
        """Where Spark's workers run: a driver and its executors talk to each other."""
        group = self._security_group("Workers", "Spark's workers")
        port, reason = ec2.Port.all_tcp(), "Spark's driver and executors"
        group.add_ingress_rule(group, port, reason)
        group.add_egress_rule(group, port, reason)
        return Place(subnets=self.place.subnets, security_groups=(group.security_group_id,))

    def _security_group(self, name: str, description: str) -> ec2.SecurityGroup:
        made = ec2.SecurityGroup(
            self,
            name,
            vpc=self._vpc,
            description=f"Terrace: {description} of {self._tenant.name}",
            allow_all_outbound=False,
        )
        # There is no road out of the network; the gateways' addresses are AWS's public ones.
        made.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(_HTTPS), "Services of AWS")
        return made

    def _doors(self, cidr: str) -> None:
        gateways = {
            "S3": ec2.GatewayVpcEndpointAwsService.S3,
            "DynamoDb": ec2.GatewayVpcEndpointAwsService.DYNAMODB,
        }
        for name, service in gateways.items():
            self._vpc.add_gateway_endpoint(name, service=service).add_to_policy(_within())
        doors = self._security_group("Doors", "the doors to services")
        doors.add_ingress_rule(
            ec2.Peer.ipv4(cidr), ec2.Port.tcp(_HTTPS), "What runs in the network"
        )
        for one in self._services():
            self._vpc.add_interface_endpoint(
                one.replace(".", "-"),
                service=ec2.InterfaceVpcEndpointService(_door(one), _HTTPS),
                private_dns_enabled=True,
                security_groups=[doors],
                open=False,
            ).add_to_policy(_within())

    def _services(self) -> Sequence[str]:
        serving = _SERVICES_OF_SERVING if self._tenant.has_serving_functions else ()
        keys = self._tenant.signing or self._tenant.approval_links
        tests = _SERVICES_OF_AB_TESTS if self._tenant.has_ab_tests else ()
        mlflow = (_OF_MLFLOW,) if self._tenant.mlflow else ()
        return (*_SERVICES, *serving, *(_SERVICES_OF_KEYS if keys else ()), *tests, *mlflow)


def _door(service: str) -> str:
    owner = "aws.sagemaker" if service == _OF_MLFLOW else "com.amazonaws"
    return f"{owner}.{Aws.REGION}.{service}"


def _within() -> iam.PolicyStatement:
    """This account's own people to this account's own resources, and nobody to another's."""
    return iam.PolicyStatement(
        actions=["*"],
        resources=["*"],
        principals=[iam.AnyPrincipal()],
        conditions={
            "StringEquals": {
                "aws:PrincipalAccount": Aws.ACCOUNT_ID,
                "aws:ResourceAccount": Aws.ACCOUNT_ID,
            }
        },
    )
