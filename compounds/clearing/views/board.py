"""The board: a lane for each stage, counted, with its most urgent cases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Case as Choose
from django.db.models import Count, F, Q, When, Window
from django.db.models.functions import RowNumber
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from compounds.registry.models import Stage, Strategy
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.templatetags.look import STRATEGY_CLASS
from governance.foundation.views import Listing
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import rules, worklist
from ..filters import BoardFilterSet
from ..models import Case
from ..rules import states
from ..tables import CaseTable
from ..wording import due_html
from .common import EXPORT, FOLDER

SHOWN = 10
LANES = (*rules.WAY, Stage.SUSPENDED)
READ = (
    "state",
    "compound__name",
    "compound__code",
    "community__name",
    "due_on",
    "entered_on",
    "strategy",
    "compound__strategy",
    "provider__name",
    "cleared_on",
    "rebound_count",
    "band",
)


@dataclass
class Card:
    """A case on the board."""

    name: str
    code: str
    community: str
    due: str
    strategy: str
    strategy_label: str
    provider: str
    day: object
    is_again: bool
    band: str


@dataclass
class Lane:
    """A stage with its counts and most urgent cases."""

    state: str
    label: str
    url: str
    count: int = 0
    late: int = 0
    soon: int = 0
    cards: list[Card] = field(default_factory=list)

    @property
    def rest(self) -> int:
        return self.count - len(self.cards)


@right_required(REGISTER_VIEW)
@require_safe
def overview(request):
    """Where every case stands, the most urgent of each stage first: six statements."""
    user, today = request.user, dates.today()
    context = {"places": places_of(user), "user": user}
    listing = Listing(
        table=CaseTable,
        filterset=BoardFilterSet(request.GET, Case.objects.visible_to(user), page=context),
        query=request.GET,
        default_sort="due_on",
        context=context,
    )
    rows = listing.queryset
    lanes = _lanes(rows, request.GET, today)
    _fill(lanes, rows, today)
    found = rows.exclude(state__in=rules.LEFT).aggregate(
        tasks=Count("pk"),
        cleared=Count("first_cleared_on"),
        net=Count("pk", filter=Q(state=Stage.CLEARED)),
        late=Count("pk", filter=Q(due_on__lt=today)),
        soon=Count("pk", filter=Q(due_on__range=(today, today + rules.SOON))),
    )
    found["open"] = found["tasks"] - found["net"]
    found["rebound"] = found["cleared"] - found["net"]
    found["percent"] = 100 * found["cleared"] / found["tasks"] if found["tasks"] else None
    scope = user.scope
    return render(
        request,
        f"{FOLDER}/overview.html",
        {
            "listing": listing,
            "lanes": lanes,
            "empty": [lane.label for lane in lanes.values() if not lane.count],
            "found": found,
            "work": worklist.waiting(user),
            "gone": rows.filter(state__in=rules.LEFT).count(),
            "today": today,
            "kept": _query(request.GET),
            "may": {
                "open": scope.has(states.WORK),
                "export": scope.has(EXPORT),
                "import": scope.has("registry.import"),
                "deadline": scope.has("case.deadline"),
            },
        },
    )


def _query(given, **more) -> str:
    """The filters of the board as a query of the list."""
    kept = given.copy()
    for name in list(kept):
        if name not in BoardFilterSet.line:
            del kept[name]
    for name, value in more.items():
        kept[name] = value
    return kept.urlencode()


def _lanes(rows, given, today) -> dict[str, Lane]:
    labels = dict(Stage.choices)
    base = reverse("clearing:case_list")
    lanes = {
        state: Lane(state, str(labels[state]), f"{base}?{_query(given, state=state)}")
        for state in LANES
    }
    counted = rows.filter(state__in=LANES).values("state").order_by()
    for row in counted.annotate(
        n=Count("pk"),
        late=Count("pk", filter=Q(due_on__lt=today)),
        soon=Count("pk", filter=Q(due_on__range=(today, today + rules.SOON))),
    ):
        lane = lanes[row["state"]]
        lane.count, lane.late, lane.soon = row["n"], row["late"], row["soon"]
    return lanes


def _fill(lanes: dict[str, Lane], rows, today) -> None:
    """The first cases of every lane: by deadline, in the last one by the day they were cleared."""
    words = dict(Strategy.choices)
    urgent = (
        rows.filter(state__in=[state for state in LANES if state != Stage.CLEARED])
        .annotate(
            nth=Window(
                RowNumber(),
                partition_by=F("state"),
                order_by=[
                    Choose(When(due_on=None, then=1), default=0),
                    F("due_on").asc(),
                    F("entered_on").asc(),
                    F("pk").asc(),
                ],
            )
        )
        .filter(nth__lte=SHOWN)
    )
    latest = rows.filter(state=Stage.CLEARED).order_by("-cleared_on", "-pk")[:SHOWN]
    ids = [*urgent.values_list("pk", flat=True), *latest.values_list("pk", flat=True)]
    shown = Case.objects.filter(pk__in=ids).values_list(*READ, named=True)
    far = dt.date.max
    for row in sorted(shown, key=lambda row: (row.due_on or far, row.entered_on)):
        chosen = row.strategy or row.compound__strategy
        lanes[row.state].cards.append(
            Card(
                row.compound__name,
                row.compound__code,
                row.community__name,
                due_html(row.due_on, today),
                STRATEGY_CLASS.get(chosen, ""),
                str(words.get(chosen, "")),
                row.provider__name or "",
                row.cleared_on if row.state == Stage.CLEARED else row.entered_on,
                row.rebound_count > 0,
                row.band,
            )
        )
    lanes[Stage.CLEARED].cards.sort(key=lambda card: card.day, reverse=True)
