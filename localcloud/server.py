"""The server's process: `python -m localcloud.server CONFIG`, with the configuration as JSON."""

import importlib
import importlib.util
import os
import sys

from localcloud.config import HOST, Config

# In the order in which they are installed.
ROOMS = (
    "localcloud.hooks",
    "localcloud.clock",
    "localcloud.access",
    "localcloud.cloudformation",
    "localcloud.keys",
    "localcloud.passing",
    "localcloud.cloudformation_roles",
    "localcloud.integrations",
    "localcloud.targets",
    "localcloud.unknown",
    "localcloud.packages",
    "localcloud.functions",
    "localcloud.delivery",
    "localcloud.containers",
    "localcloud.sagemaker",
    "localcloud.codedeploy",
    "localcloud.emr_serverless",
    "localcloud.networks",
    "localcloud.trails",
    "localcloud.service_quotas",
    "localcloud.limits",
)


def main() -> None:
    """Sets MiniStack up, adds what it lacks, and serves until the process is told to stop."""
    config = Config.load(sys.argv[1])
    # MiniStack reads its settings from the environment when it is first imported.
    os.environ.update(settings(config))
    for room in ROOMS:
        if importlib.util.find_spec(room):
            importlib.import_module(room).install(config)
    from ministack import app

    sys.argv = ["ministack"]
    app.main()


def settings(config: Config) -> dict[str, str]:
    """The environment of the server and of everything that it starts."""
    return {
        "AUTH": "true",
        "AWS_ACCESS_KEY_ID": config.account,
        "AWS_DEFAULT_REGION": config.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": config.endpoint_url,
        "AWS_REGION": config.region,
        "AWS_SECRET_ACCESS_KEY": "test",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(config.port),
        # MiniStack's listeners on ports of their own: two embedded clouds would meet there.
        "IOT_MTLS_ENABLED": "false",
        "SFTP_ENABLED": "false",
        "MINISTACK_ACCOUNT_ID": config.account,
        "MINISTACK_REGION": config.region,
        "SFN_WAIT_SCALE": str(1 / config.clock_speed),
    }


if __name__ == "__main__":
    main()
