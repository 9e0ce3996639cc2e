"""CodeDeploy for functions: an alias moves from one version to the next, guarded by alarms.

`records` keeps applications, groups and configurations, `deployments` does the work, `api` says
what IAM must allow, and `provision` has CloudFormation's types and the update of an alias.
"""

from localcloud.codedeploy import api, provision
from localcloud.codedeploy.deployments import Deployments
from localcloud.codedeploy.records import Records
from localcloud.config import Config
from localcloud.hooks import services


def install(config: Config) -> None:
    """Serves CodeDeploy, and lets stacks move aliases by it."""
    records = Records(config)
    deployments = Deployments(records)
    operations = records.operations() | deployments.operations()
    services.add_service(
        "codedeploy",
        api.handler(config, operations, deployments.place),
        target_prefix="CodeDeploy_20141006",
    )
    provision.install()
