"""What each model has before it has an endpoint: a registry, an image, a description."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.emptying import Emptier
from stacks.isolation import Isolation
from stacks.removal import removal
from terrace.deployment import Deployment
from terrace.errors import TerraceError
from terrace.model_settings import Model
from terrace.names import ModelNames
from terrace.settings import Tenant

# SageMaker refuses images whose manifest is the OCI's, which newer builders push by default.
# https://github.com/aws/amazon-sagemaker-feedback/issues/180
DOCKER_FORMAT = ["type=docker"]


class SourceMissing(TerraceError):
    """A model's source folder is not one that an image can be built from."""


class Models(Construct):
    """The tenant's model package groups, training images, and SSM parameters."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        isolation: Isolation,
        root: Path,
    ) -> None:
        super().__init__(scope, construct_id)
        self._images = {
            source: self._image(tenant, source, root)
            for source in sorted({model.source for model in tenant.models})
        }
        for image in self._images.values():
            for role in (isolation.training_role, isolation.endpoint_role):
                image.repository.grant_pull(role)
        for model in tenant.models:
            self._registered(tenant, model, isolation)

    @property
    def image_repository_arns(self) -> Sequence[str]:
        """Where the images are."""
        # Every image lies in the one repository of the CDK's bootstrap stack.
        images = list(self._images.values())
        return [images[0].repository.repository_arn]

    def image_uri(self, source: str) -> str:
        """The image that was built from a folder."""
        return self._images[source].image_uri

    def _image(self, tenant: Tenant, source: str, root: Path) -> ecr_assets.DockerImageAsset:
        folder = root / source
        if not (folder / "Dockerfile").is_file():
            raise SourceMissing(
                f"tenant {tenant.name}: source got {source!r}; "
                f"expected a folder below {root} with a Dockerfile in it"
            )
        return ecr_assets.DockerImageAsset(
            self,
            f"Image-{source.replace('/', '-')}",
            directory=str(folder),
            # What SageMaker's instances are, whatever the machine that builds.
            platform=ecr_assets.Platform.LINUX_AMD64,
            outputs=DOCKER_FORMAT,
            exclude=["**/__pycache__", "**/.*_cache"],
        )

    def _registered(self, tenant: Tenant, model: Model, isolation: Isolation) -> None:
        scope = Construct(self, model.name)
        names = ModelNames(tenant=tenant.name, model=model.name)
        self._versions(scope, names, isolation.emptier)
        deployment = Deployment(
            tenant=tenant.name,
            model=model,
            image=self.image_uri(model.source),
            training_role_arn=isolation.training_role.role_arn,
            key_arn=isolation.key.key_arn,
        )
        ssm.StringParameter(
            scope,
            "Deployment",
            parameter_name=names.parameter,
            description=f"What the functions know about {model.name} of {tenant.name}",
            string_value=deployment.model_dump_json(by_alias=True, exclude_none=True),
            # A model with many settings outgrows the 4 KB of a standard parameter.
            tier=ssm.ParameterTier.INTELLIGENT_TIERING,
        )

    def _versions(self, scope: Construct, names: ModelNames, emptier: Emptier | None) -> None:
        """The model registry. SageMaker deletes a group only when it has no versions any more."""
        group = sagemaker.CfnModelPackageGroup(
            scope,
            "Versions",
            model_package_group_name=names.model_package_group,
            model_package_group_description=f"Versions of {names.model} of {names.tenant}",
        )
        if emptier:
            emptier.take_versions(group, names.tenant)
        else:
            group.apply_removal_policy(removal(retain=True))
