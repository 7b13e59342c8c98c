"""What earlier rooms tell the cases: compounds leave, providers change, days of rest change."""

from compounds.assignment.services.serving import replaced
from compounds.registry.services import leaving
from governance.organisation.services import days

from .services import watch_tasks
from .services.deadlines import follow_calendar
from .services.leaving import leave
from .services.providers import follow_provider


def connect() -> None:
    leaving.register(leave)
    replaced.register(follow_provider)
    days.register(follow_calendar)
    days.register(watch_tasks.follow_calendar)
