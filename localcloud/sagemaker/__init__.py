"""SageMaker: a control plane driven by botocore's own service model, and real processes behind it.

Training jobs run the image's `train`, endpoints its `serve`. `api` takes a request apart and asks
IAM; `registry`, `hosting`, `training` and `tuning` hold the operations; `fleet`, `multi_model`,
`capture` and `runtime` are what serves a request, `queues` and `inference` what serves one that
waits; `autoscaling` and `scaling_acts` change how many instances there are; `tracking` has MLflow.
"""

from localcloud.config import Config
from localcloud.hooks import services
from localcloud.sagemaker import (
    api,
    autoscaling,
    endpoints,
    hosting,
    provision,
    registry,
    runtime,
    tags,
    tracking,
    tracking_provision,
    training,
    tuning,
)
from localcloud.sagemaker.cloud import Cloud


def install(config: Config) -> None:
    """Serves SageMaker, its runtime, and the scaling of its variants."""
    cloud = Cloud(config)
    for room in (tags, registry, hosting, endpoints):
        api.OPERATIONS.update(room.operations(cloud))
    jobs = training.TrainingJobs(cloud)
    for of_jobs in (training, tuning):
        api.OPERATIONS.update(of_jobs.operations(cloud, jobs))
    services.add_service(
        "sagemaker", runtime.beside(cloud, api.handler(cloud)), target_prefix="SageMaker"
    )
    servers = tracking.Tracking(cloud)
    api.OPERATIONS.update(servers.operations())
    services.add_service(tracking.SERVICE, servers.door())
    tracking_provision.install()
    autoscaling.install(cloud)
    provision.install()
