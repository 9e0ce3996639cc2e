"""What the monitor function is asked."""

from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, Field

from lambdas.common.request import ModelRequest
from lambdas.monitor.windows import in_utc, window_before
from terrace.alerting import Alerting
from terrace.events import Window
from terrace.model_settings import Scheduled


class Request(ModelRequest):
    """A monitor of a model, and the window: given, or the one that ends at a time (now).

    Attributes:
        variant: Another than the endpoint's first.
        from_states: The states of the windows that were checked within this one are added up, and
            no captured record is read again.
        parts: The folder with the states of a window that was divided.
        listed_at: When the objects of these were listed.
    """

    monitor: str
    time: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    window: Window | None = None
    variant: str | None = None
    from_states: bool = False
    parts: str | None = None
    listed_at: AwareDatetime | None = None

    @property
    def reads_records(self) -> bool:
        """Whether captured records are read, not only states of them."""
        return not self.from_states and not self.parts

    def window_of(self, settings: Scheduled) -> Window:
        """The window, in UTC."""
        if self.window:
            return in_utc(self.window)
        fired = window_before(self.time.astimezone(UTC), settings.schedule)
        delay = timedelta(minutes=settings.delay_minutes)
        return Window(start=fired.start - delay, end=fired.end - delay)

    def rules(self, settings: Scheduled) -> Alerting | None:
        """Who asks for a window by name is told of it, and the next scheduled one knows nothing."""
        return None if self.window else settings.alert
