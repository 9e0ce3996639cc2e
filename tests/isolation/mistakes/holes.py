"""The seven holes that an attack on the proof found, and what became of rights under attack."""

from .planting import (
    ACCOUNT,
    NORTH,
    REGION,
    SOUTH,
    Templates,
    arn,
    document,
    may,
    mistake,
    monitor,
    of_type,
)

_STACKS = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{NORTH}--*/*"
_FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NORTH}--*"


def _approval(templates: Templates) -> list[dict[str, object]]:
    return document(templates, "AWS::IAM::Policy", "PipelinesApprovalRole", NORTH)


@mistake("a stack update with whatever role the stack has")
def _(templates: Templates) -> None:
    (update,) = (one for one in _approval(templates) if "UpdateStack" in str(one["Action"]))
    del update["Condition"]


@mistake("a stack update whose role is asked for only where one is given")
def _(templates: Templates) -> None:
    (update,) = (one for one in _approval(templates) if "UpdateStack" in str(one["Action"]))
    update["Condition"] = {"StringEqualsIfExists": update["Condition"]["StringEquals"]}  # type: ignore[index]  # a template


@mistake("a stack update with any of the tenant's roles")
def _(templates: Templates) -> None:
    role = arn(templates, NORTH, "AWS::IAM::Role", "TrainingRole")
    may(templates, "cloudformation:UpdateStack", _STACKS,
        Condition={"StringEquals": {"cloudformation:RoleArn": role}})  # fmt: skip


@mistake("a change set of one's own stack")
def _(templates: Templates) -> None:
    may(templates, ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], _STACKS)


@mistake("every stack action but deletion, by a wildcard")
def _(templates: Templates) -> None:
    may(templates, "cloudformation:*Update*", _STACKS)


@mistake("other code for one's own function")
def _(templates: Templates) -> None:
    may(templates, "lambda:UpdateFunctionCode", _FUNCTIONS)


@mistake("another layer for one's own function")
def _(templates: Templates) -> None:
    may(templates, "lambda:UpdateFunctionConfiguration", _FUNCTIONS)


@mistake("an event source for one's own function")
def _(templates: Templates) -> None:
    may(templates, "lambda:CreateEventSourceMapping", "*")


@mistake("another definition of one's own state machine")
def _(templates: Templates) -> None:
    may(templates, "states:UpdateStateMachine",
        f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{NORTH}--*")  # fmt: skip


@mistake("the trust of one's own role")
def _(templates: Templates) -> None:
    own = arn(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    may(templates, "iam:UpdateAssumeRolePolicy", own)


@mistake("the policies of one's own role")
def _(templates: Templates) -> None:
    own = arn(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    may(templates, ["iam:PutRolePolicy", "iam:AttachRolePolicy"], own)


@mistake("one's own ceiling taken off")
def _(templates: Templates) -> None:
    own = arn(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    may(templates, "iam:DeleteRolePermissionsBoundary", own)


@mistake("a role of the CDK's bootstrap passed on")
def _(templates: Templates) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION}"
    service = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    may(templates, "iam:PassRole", role, Condition=service)


@mistake("one's own role passed to any service")
def _(templates: Templates) -> None:
    may(templates, "iam:PassRole", arn(templates, NORTH, "AWS::IAM::Role", "TrainingRole"))


@mistake("a policy of one's own key")
def _(templates: Templates) -> None:
    may(templates, "kms:PutKeyPolicy", arn(templates, NORTH, "AWS::KMS::Key", "Isolation"))


@mistake("an action that AWS's lists do not have")
def _(templates: Templates) -> None:
    may(templates, "lambda:BecomeAdministrator", _FUNCTIONS)


@mistake("a pattern over names that CloudFormation makes up")
def _(templates: Templates) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/{NORTH}-*"
    may(templates, "iam:PassRole", role,
        Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}})  # fmt: skip


@mistake("a made-up function name up to the hyphen")
def _(templates: Templates) -> None:
    may(templates, "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NORTH}-*")


@mistake("figures in every namespace")
def _(templates: Templates) -> None:
    training = document(templates, "AWS::IAM::Policy", "TrainingRole", SOUTH)
    (metrics,) = (one for one in training if one["Action"] == "cloudwatch:PutMetricData")
    del metrics["Condition"]


@mistake("figures by a function, as only SageMaker was accepted to write them")
def _(templates: Templates) -> None:
    namespace = {"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}}
    may(templates, "cloudwatch:PutMetricData", "*", Condition=namespace)


@mistake("figures in SageMaker's namespaces or any other")
def _(templates: Templates) -> None:
    training = document(templates, "AWS::IAM::Policy", "TrainingRole", SOUTH)
    (metrics,) = (one for one in training if one["Action"] == "cloudwatch:PutMetricData")
    metrics["Condition"] = {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "*"]}}


@mistake("scalable targets by a role that a function wears")
def _(templates: Templates) -> None:
    may(templates, "application-autoscaling:RegisterScalableTarget",
        f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/*")  # fmt: skip


@mistake("log deliveries by a role that a function wears")
def _(templates: Templates) -> None:
    may(templates, "logs:UpdateLogDelivery", "*")


@mistake("a name cut short before a wildcard")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::terrace--south-*")


@mistake("a user in a group")
def _(templates: Templates) -> None:
    templates[NORTH]["Resources"]["Person"] = {
        "Type": "AWS::IAM::User",
        "Properties": {"Groups": ["administrators"]},
    }


@mistake("a policy for a group")
def _(templates: Templates) -> None:
    monitor(templates)["Groups"] = ["developers"]


@mistake("a rollout role that functions may take on too")
def _(templates: Templates) -> None:
    role = of_type(templates, SOUTH, "AWS::IAM::Role", "RolloutRole")
    service = {"Service": "lambda.amazonaws.com"}
    role["AssumeRolePolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    )
