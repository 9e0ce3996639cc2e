"""The tenant's event bus."""

from lambdas.common.aws import client
from terrace.errors import TerraceError
from terrace.events import SOURCE, Detail


class EventRefused(TerraceError):
    """The bus did not take an event."""


def put(bus: str, detail: Detail) -> None:
    """Puts one event on a bus.

    Raises:
        EventRefused: The bus did not take it; `put_events` itself answers 200 even then.
    """
    entry = {
        "EventBusName": bus,
        "Source": SOURCE,
        "DetailType": detail.detail_type(),
        "Detail": detail.model_dump_json(),
    }
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        refused = answer["Entries"][0]
        raise EventRefused(
            f"event bus {bus!r} refused a {detail.detail_type()} of {len(entry['Detail'])} "
            f"characters: {refused.get('ErrorCode')}: {refused.get('ErrorMessage')}"
        )
