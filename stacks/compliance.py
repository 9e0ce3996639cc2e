"""What the packs of NIST 800-53, HIPAA and PCI DSS find, each with what is to be said of it.

    python -m stacks.compliance > docs/compliance.md

These packs ask for more than any one tenant needs, so they stop no synth, as AwsSolutions does.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cdk_nag import HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks

from stacks.application import App, build
from terrace.settings import Settings
from terrace.settings_file import load

ROOT = Path(__file__).parents[1]
PACKS: Mapping[str, Any] = {
    "NIST 800-53 rev. 5": NIST80053R5Checks,
    "HIPAA Security": HIPAASecurityChecks,
    "PCI DSS 3.2.1": PCIDSS321Checks,
}
# By the rule's name, which is the same in all packs.
ANSWERS: Mapping[str, str] = {
    "APIGWAssociatedWithWAF": "A firewall costs more than all else of a lightweight tenant. Calls "
    "without the tenant's key are refused, and the plan limits what a key can ask for. Not met "
    "where a firewall is asked for.",
    "APIGWCacheEnabledAndEncrypted": "Answers of a model are not cached: each is captured, and "
    "the next version may answer otherwise.",
    "APIGWSSLEnabled": "The API calls a function by IAM, with a role of its own; there is no "
    "server that a certificate would be shown to.",
    "CloudTrailCloudWatchLogsEnabled": "The audit trail's files are in a bucket of its own, signed "
    "by CloudTrail, for auditors; a second copy in a log group costs more than all of the trail. "
    "What must be told at once is told by alarms and events.",
    "CloudWatchAlarmAction": "Alarms on one version only, which SageMaker or CodeDeploy watches "
    "while it is rolled out. The end of each rollout is told, with the alarm that undid it; "
    "another alarm on the same endpoint tells people at any time.",
    "CloudWatchLogGroupEncrypted": "The log of the function that empties a bucket whose stack is "
    "deleted; it is there with `retain_data: false` alone, and tells numbers of objects.",
    "DynamoDBInBackupPlan": "The table holds locks, approvals that wait, and how the last rollout "
    "of each version ended. It has point-in-time recovery.",
    "IAMNoInlinePolicy": "A role's rights live and die with the role, so that none is ever "
    "attached elsewhere. `terrace isolation` reads them all.",
    "IAMPolicyNoStatementsWithFullAccess": "The permission boundary of a tenant's roles names "
    "whole services. It gives no right: it is what no policy of a role can exceed.",
    "LambdaConcurrency": "Reserved concurrency is taken from the account's, so a limit for one "
    "tenant takes from all others. Schedules and state machines start the functions, not requests.",
    "LambdaDLQ": "Of functions that Step Functions calls and waits for: a failure is the "
    "execution's, which is told. The functions that are called asynchronously have a queue.",
    "LambdaInsideVPC": "The functions talk to AWS's own interfaces alone, by roles that reach the "
    "tenant's resources alone. On the level "
    "`enterprise` they run in the tenant's own network, but for the one that empties a bucket "
    "whose stack is deleted.",
    "VPCDefaultSecurityGroupClosed": "Nothing is in the network's default group, and nothing can "
    "be put there by the tenant's roles, which name another. Closing it would take a function "
    "with rights over every network.",
    "S3BucketReplicationEnabled": "Buckets keep versions. A copy in another region is a decision "
    "on where data may be, so it is not made for anybody. Not met where a second region is asked "
    "for.",
    "S3DefaultEncryptionKMS": "The bucket of access logs: S3 delivers these to a bucket with S3's "
    "own keys alone.",
}
_HEADER = ("| not met | resources | controls | what is to be said |", "| --- | --- | --- | --- |")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A rule that is not met."""

    rule: str
    description: str
    controls: str
    resources: int


def findings(settings: Settings, pack: Any) -> Iterator[Finding]:
    """What one pack says of the stacks of a file."""
    with TemporaryDirectory() as folder:
        context = json.loads((ROOT / "cdk.json").read_text())["context"]
        app = App(analytics_reporting=False, outdir=folder, context=context)
        build(app, settings, ROOT, tenants=settings.tenants, checks=pack)
        with suppress(RuntimeError):  # the pack found something; its report is read either way
            app.synth()
        report = json.loads((Path(folder) / "validation-report.json").read_text())
    for violation in report["pluginReports"][0]["violations"]:
        told = re.match(r"(.*?) - \(Control IDs?: (.*)\)", violation["description"])
        yield Finding(
            rule=violation["ruleName"].rpartition("-")[2],
            description=told[1] if told else violation["description"],
            controls=told[2] if told else "",
            resources=len(violation["violatingConstructs"]),
        )


def markdown(settings: Settings) -> str:
    """The report."""
    parts = [
        "# Compliance",
        "What cdk-nag's packs find in the stacks of the shipped `terrace.yaml`, and what is to be "
        "said of it. AwsSolutions is met in full, or acknowledged one by one in "
        "`stacks/acknowledgements.py`, and stops a synth. The packs below do not: they ask for "
        "more than every tenant needs. Whatever they do not name is met. A pack is a help for an "
        "audit and takes none's place.",
    ]
    for title, pack in PACKS.items():
        rows = [
            f"| {one.rule} | {one.resources} | {one.controls} | {ANSWERS[one.rule]} |"
            for one in sorted(findings(settings, pack), key=lambda one: one.rule)
        ]
        header = [
            "| not met | resources | controls | what is to be said |",
            "| --- | --- | --- | --- |",
        ]
        parts += [f"## {title}", "\n".join([*header, *rows])]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown(load(ROOT / "terrace.yaml")))
