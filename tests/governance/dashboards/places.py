"""A small place in every state, and the way from a figure to the list behind it."""

from urllib.parse import urlsplit

from django.http import QueryDict
from django.urls import reverse

from compounds.clearing.figures import steps_of_day
from compounds.clearing.views.days import DayFilterSet
from compounds.registry.filters import CompoundFilterSet
from compounds.registry.models import Status
from compounds.registry.places import places_of
from compounds.registry.services import tallies
from compounds.registry.views.lists import visible_compounds
from governance.foundation.tables import day_of
from tests.factories import DAY, make_compound


def fill(district) -> None:
    """Compounds in every state, spread over both streets; the tallies follow."""
    states = [
        {"strategy": "UNIT_COBUILD", "decision": "DECIDED", "verified_on": DAY},
        {"strategy": "RED_TAKEOVER", "decision": "OVERRIDDEN", "verified_on": DAY},
        {"strategy": "SUBSIDY_TRANSITION", "decision": "DECIDED"},
        {"strategy": "FALLBACK", "decision": "DECIDED", "is_enclosed": None},
        {"decision": "INCOMPLETE", "floor_area_m2": None},
        {"decision": "UNMATCHED"},
        {"surveyed_on": None},
        {"management_mode": "FIRM"},
        {"management_mode": "FIRM", "household_count": None},
        {"management_mode": ""},
        {"status": Status.DEMOLISHED},
    ]
    for number, community in enumerate(district.communities):
        for changes in states[number:] + states[: 4 - number]:
            make_compound(community, refresh=False, **changes)
    tallies.refresh([community.pk for community in district.communities])


def listed(user, href: str) -> int:
    """How many compounds the list behind an address shows to this reader."""
    parts = urlsplit(href)
    query = QueryDict(parts.query)
    day = day_of(query.get("as_of", ""))
    if parts.path == reverse("clearing:day_list"):
        places = {"places": places_of(user), "day": day}
        return DayFilterSet(query, steps_of_day(user, day), page=places).qs.count()
    assert parts.path == reverse("registry:compound_list"), href
    found = CompoundFilterSet(
        query, visible_compounds(user, day), page={"places": places_of(user), "day": day}
    )
    assert not found.problems, found.problems
    known = {*found.filters, "as_of"}
    assert set(query) <= known, set(query) - known
    return found.qs.count()


def counted_links(page):
    """Every figure of a page that says how many compounds it opens: (words, address, count)."""
    for figure in page.figures:
        yield figure.label, figure.href, figure.count
    for task in page.tasks:
        if urlsplit(task.href).path == reverse("registry:compound_list"):
            yield task.title, task.href, task.count
    for mark in page.outcome.marks:
        yield mark.name, mark.href, mark.value
    for chart in (page.by_strategy, page.funnel):
        for bar in chart.bars:
            for mark in bar.marks:
                yield f"{bar.name} {mark.name}", mark.href, mark.value
    for mark in page.by_strategy.key_marks:
        yield mark.name, mark.href, mark.value
    for row in [*page.comparison.ranked, *page.comparison.unranked]:
        yield row.area.name, row.list_href, row.standing.part
