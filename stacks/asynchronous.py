"""Asynchronous endpoints: what tells of each of their answers, and where requests and answers are.

A caller puts a request into the tenant's bucket and names it to SageMaker, which queues it, puts
the answer beside it, and tells the tenant's topic for answers; so the answer is captured.
"""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks import topics
from stacks.functions import Function
from stacks.isolation import Isolation
from stacks.notification import Notification
from stacks.policies import allow
from terrace.endpoint_settings import Asynchronous
from terrace.names import ANSWERS, REQUESTS, UNANSWERED, TenantNames
from terrace.settings import Tenant


class Answers(Construct):
    """The tenant's topic for answers, whoever wants to hear of them, and the rights to it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        notification: Notification,
        capture: Function,
    ) -> None:
        super().__init__(scope, construct_id)
        self._isolation = isolation
        self.topic = topics.topic(
            self,
            name=TenantNames(tenant=tenant.name).answers_topic,
            key=isolation.key,
            publishers=[],
            subscriptions=[],
        )
        self._call(capture, notification.undelivered)
        for statement in (
            allow(["s3:GetObject"], isolation.objects(f"*/{REQUESTS}/*")),
            # Large answers are uploaded in parts; a request is looked for before it is read.
            allow(
                ["s3:AbortMultipartUpload", "s3:PutObject"],
                isolation.objects(f"*/{ANSWERS}/*", f"*/{UNANSWERED}/*"),
            ),
            allow(
                ["s3:ListBucket"],
                [isolation.bucket.bucket_arn],
                StringLike={"s3:prefix": f"*/{REQUESTS}/*"},
            ),
            allow(["sns:Publish"], [self.topic.topic_arn]),
        ):
            isolation.endpoint_role.add_to_policy(statement)

    def _call(self, capture: Function, undelivered: sqs.IQueue) -> None:
        """By CloudFormation's own resources: the CDK's would be named by the tenant's name."""
        lambda_.CfnPermission(
            self,
            "MayCall",
            action="lambda:InvokeFunction",
            function_name=capture.arn,
            principal="sns.amazonaws.com",
            source_arn=self.topic.topic_arn,
        )
        self._isolation.key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                principals=[topics.service_principal("sns")],
                resources=["*"],
            )
        )
        undelivered.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                resources=[undelivered.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.topic.topic_arn}},
            )
        )
        sns.CfnSubscription(
            self,
            "Capture",
            topic_arn=self.topic.topic_arn,
            protocol="lambda",
            endpoint=capture.arn,
            redrive_policy={"deadLetterTargetArn": undelivered.queue_arn},
        )

    def config(
        self, settings: Asynchronous, model: str
    ) -> sagemaker.CfnEndpointConfig.AsyncInferenceConfigProperty:
        """Where a model's answers go, and who is told."""
        kind, topic = sagemaker.CfnEndpointConfig, self.topic.topic_arn
        bucket = self._isolation.bucket
        return kind.AsyncInferenceConfigProperty(
            client_config=kind.AsyncInferenceClientConfigProperty(
                max_concurrent_invocations_per_instance=settings.concurrent_invocations
            ),
            output_config=kind.AsyncInferenceOutputConfigProperty(
                kms_key_id=self._isolation.key.key_arn,
                s3_output_path=bucket.s3_url_for_object(f"{model}/{ANSWERS}"),
                s3_failure_path=bucket.s3_url_for_object(f"{model}/{UNANSWERED}"),
                notification_config=kind.AsyncInferenceNotificationConfigProperty(
                    success_topic=topic, error_topic=topic
                ),
            ),
        )
