"""SNS: subscriptions that wait to be confirmed, and messages to queues, functions, HTTP, e-mail."""

from localcloud.config import Config


def install(config: Config) -> None:
    """Delivers in MiniStack's place."""
    from localcloud.delivery.topics.letters import Outbox
    from localcloud.delivery.topics.message import Desk
    from localcloud.delivery.topics.signing import Signer
    from localcloud.delivery.topics.subscribers import Delivery
    from localcloud.hooks import services
    from localcloud.hooks import topics as hooks

    desk = Desk(endpoint_url=config.endpoint_url, signer=Signer())
    delivery = Delivery(
        desk=desk, outbox=Outbox(config.outbox, desk), confirms_emails=config.confirms_emails
    )
    hooks.confirm_with(delivery.ask)
    hooks.deliver_with(delivery.deliver)

    def certificate(request: services.Request) -> services.Answer | None:
        if request.path != desk.certificate_path:
            return None
        return 200, {"Content-Type": "application/x-pem-file"}, desk.signer.certificate

    # Paths that no service claims are taken for a bucket's.
    services.before("s3", certificate)
