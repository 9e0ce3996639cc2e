"""EMR Serverless: applications with an image, and Spark jobs that run in it on this machine.

`applications` keeps them, `jobs` follows the runs, `submitted` is one run, `api` says what IAM
must allow, and `provision` has CloudFormation's type.
"""

from localcloud.config import Config
from localcloud.emr_serverless import api, provision
from localcloud.emr_serverless.applications import Applications
from localcloud.emr_serverless.jobs import Jobs
from localcloud.hooks import services


def install(config: Config) -> None:
    """Serves EMR Serverless, and lets stacks make applications."""
    applications = Applications(config)
    jobs = Jobs(config, applications)
    operations = applications.operations() | jobs.operations()
    services.add_service("emr-serverless", api.handler(applications, operations))
    provision.install()
