"""A small CDK app in three forms, written as cloud assemblies: `python small.py FOLDER`."""

import sys
from pathlib import Path

from aws_cdk import App, CfnOutput, CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns

_CODE = """
import boto3

def handler(event, context):
    s3 = boto3.client("s3")
    s3.put_object(Bucket=event["bucket"], Key="told", Body=b"x")
    return {"who": boto3.client("sts").get_caller_identity()["Arn"], "greeting": "%s"}
"""


class Small(Stack):
    """A function that writes to a bucket, and a topic."""

    def __init__(self, app: App, *, greeting: str, unknown: bool = False) -> None:
        super().__init__(app, "small")
        bucket = s3.Bucket(self, "Bucket", removal_policy=RemovalPolicy.DESTROY)
        function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_inline(_CODE % greeting),
        )
        bucket.grant_put(function)
        topic = sns.Topic(self, "Topic", display_name=greeting)
        if unknown:
            CfnResource(self, "Unknown", type="AWS::Personalize::Dataset")
        CfnOutput(self, "FunctionName", value=function.function_name)
        CfnOutput(self, "BucketName", value=bucket.bucket_name)
        CfnOutput(self, "TopicArn", value=topic.topic_arn)
        CfnOutput(self, "RoleName", value=function.role.role_name)


def main() -> None:
    forms = {"first": {}, "second": {"greeting": "goodbye"}, "unknown": {"unknown": True}}
    for name, changed in forms.items():
        app = App(outdir=str(Path(sys.argv[1]) / name), analytics_reporting=False)
        Small(app, **({"greeting": "hello"} | changed))
        app.synth()


if __name__ == "__main__":
    main()
