"""Mistakes in what a role may do: wildcards, copies from elsewhere, ceilings too high."""

from .planting import ACCOUNT, NORTH, REGION, SOUTH, Templates, arn, may, mistake, monitor, of_type


@mistake("a wildcard as resource")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "*")


@mistake("every action on everything")
def _(templates: Templates) -> None:
    may(templates, "*", "*")


@mistake("every tenant's bucket by a prefix")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::terrace--*/*")


@mistake("a wildcard before the tenant's name")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*--north-mill--*/training/*")


@mistake("a prefix that matches a longer tenant's endpoints")
def _(templates: Templates) -> None:
    resource = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/north-mill*"
    may(templates, "sagemaker:InvokeEndpoint", resource)


@mistake("a log group prefix that matches a longer tenant's name")
def _(templates: Templates) -> None:
    prefix = "log-group:/aws/lambda/terrace--north-mill*"
    may(templates, "logs:FilterLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:{prefix}")


@mistake("a question mark in the tenant's name")
def _(templates: Templates) -> None:
    resource = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/terrace--?outh-mill--rollouts"
    may(templates, "dynamodb:GetItem", resource)


@mistake("all parameters of Terrace")
def _(templates: Templates) -> None:
    may(templates, "ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/terrace/*")


@mistake("any key, for convenience")
def _(templates: Templates) -> None:
    may(templates, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*")


@mistake("a tag that is asked for only where there is one")
def _(templates: Templates) -> None:
    tagged = {"StringEqualsIfExists": {"aws:ResourceTag/terrace:tenant": "north-mill"}}
    may(templates, "dynamodb:GetItem", "*", Condition=tagged)


@mistake("a policy variable before the tenant's name")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/owner}--north-mill--*")


@mistake("a statement of which nobody knows what it says")
def _(templates: Templates) -> None:
    monitor(templates)["PolicyDocument"]["Statement"].append({"Fn::Transform": {"Name": "Mine"}})


@mistake("a statement that is there under a condition")
def _(templates: Templates) -> None:
    wide = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    one = {"Fn::If": ["IsDebugged", wide, {"Ref": "AWS::NoValue"}]}
    monitor(templates)["PolicyDocument"]["Statement"].append(one)


@mistake("a condition that may hold anyway")
def _(templates: Templates) -> None:
    secure = {"Bool": {"aws:SecureTransport": "true"}}
    may(templates, "s3:GetObject", "arn:aws:s3:::*", Condition=secure)


@mistake("another tenant's state machine, copied from its stack")
def _(templates: Templates) -> None:
    may(
        templates,
        "states:StartExecution",
        arn(templates, SOUTH, "AWS::StepFunctions::StateMachine"),
    )


@mistake("another tenant's table, copied from its stack")
def _(templates: Templates) -> None:
    may(templates, "dynamodb:DeleteItem", arn(templates, SOUTH, "AWS::DynamoDB::Table"))


@mistake("any role may be passed")
def _(templates: Templates) -> None:
    may(templates, "iam:PassRole", "*")


@mistake("every tenant's roles may be passed")
def _(templates: Templates) -> None:
    may(templates, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/terrace--*")


@mistake("another tenant's role may be taken on")
def _(templates: Templates) -> None:
    may(templates, "sts:AssumeRole", arn(templates, SOUTH, "AWS::IAM::Role", "TrainingRole"))


@mistake("everything but a few actions")
def _(templates: Templates) -> None:
    statement = {"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


@mistake("everything but one's own bucket")
def _(templates: Templates) -> None:
    own = arn(templates, NORTH, "AWS::S3::Bucket")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{own}/*"}
    monitor(templates)["PolicyDocument"]["Statement"].append(statement)


@mistake("an action that takes no resource and that nobody accepted")
def _(templates: Templates) -> None:
    may(templates, "s3:ListAllMyBuckets", "*")


@mistake("a managed policy of AWS's")
def _(templates: Templates) -> None:
    role = of_type(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AmazonS3FullAccess"]


@mistake("a denial that does not cover what is allowed")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    denied = f"{arn(templates, SOUTH, 'AWS::S3::Bucket')}/private/*"
    deny = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": denied}
    monitor(templates)["PolicyDocument"]["Statement"].append(deny)


@mistake("a boundary that is as wide as the policy")
def _(templates: Templates) -> None:
    may(templates, "s3:GetObject", "arn:aws:s3:::*")
    wide = {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    templates[NORTH]["Resources"]["Boundary"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {"PolicyDocument": wide},
    }
    role = of_type(templates, NORTH, "AWS::IAM::Role", "Functionsmonitor")
    role["PermissionsBoundary"] = {"Ref": "Boundary"}
