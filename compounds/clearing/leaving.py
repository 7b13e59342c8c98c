"""What happens here when compounds leave the unmanaged set, and when days of rest change."""

from compounds.registry.services import leaving
from governance.organisation.services import days

from .services.deadlines import follow_calendar
from .services.leaving import leave


def connect() -> None:
    leaving.register(leave)
    days.register(follow_calendar)
