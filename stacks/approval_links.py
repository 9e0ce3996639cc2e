"""How people approve by a link: a key that makes links, a topic that brings them, their page."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks import arns, topics
from stacks.isolation import Isolation
from stacks.rest_api import RestApi
from terrace.approval_settings import ApprovalLinks
from terrace.names import TenantNames, joined, subscription_id
from terrace.settings import Tenant

FUNCTION = "approve"

_PATH = "decision"
_RATE, _BURST = 5, 10  # requests a second, from all people together


class Links(Construct):
    """What there is beside the function that people's decisions go to."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        tenant: Tenant,
        settings: ApprovalLinks,
        isolation: Isolation,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        names = TenantNames(tenant=tenant.name)
        self.key = kms.Key(
            self,
            "Key",
            description=f"Terrace: authenticates the approval links of {tenant.name}",
            key_spec=kms.KeySpec.HMAC_256,
            key_usage=kms.KeyUsage.GENERATE_VERIFY_MAC,
            # Links end within days, and nothing else was made by it.
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.topic = topics.topic(
            self, name=names.approvers_topic, key=isolation.key, publishers=(), subscriptions=()
        )
        for person in settings.people:
            name = subscription_id("email", person.email)
            sns.CfnSubscription(
                self,
                name,
                topic_arn=self.topic.topic_arn,
                protocol="email",
                endpoint=person.email,
                filter_policy={"approver": [person.email]},
            ).override_logical_id(f"Links{name}")
        function = arns.arn("lambda", f"function:{names.function(FUNCTION)}")
        rest = RestApi(
            self,
            tenant=tenant,
            name=joined(names.base, "approvals"),
            description=f"Terrace: approvals by link of {tenant.name}",
            calls=[function],
            logs=joined(names.base, "approvals"),
            key=isolation.key,
        )
        for verb in ("GET", "POST"):
            rest.method(verb, _PATH, function, api_key=False)
        # X-Ray would be told of addresses, which are secrets here.
        stage = rest.staged(rate=_RATE, burst=_BURST, traced=False)
        self.url = stage.url_for_path(f"/{_PATH}")

    def told(self) -> str:
        """What the functions know of it: `terrace.links.Links` as JSON."""
        people = [person.model_dump() for person in self._settings.people]
        return Stack.of(self).to_json_string(
            {
                "key": self.key.key_arn,
                "url": self.url,
                "topic": self.topic.topic_arn,
                "hours": self._settings.hours,
                "people": people,
            }
        )
