"""Everything a dashboard page shows, gathered for one reader, place and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compounds.registry.models import Compound, Strategy
from governance.foundation import dates
from governance.foundation.drawing import grouped
from governance.organisation.models import Area, Level
from governance.organisation.scope import REGISTER_VIEW

from . import drawings, news, work
from .campaign import Campaign
from .comparison import MEASURES, Comparison
from .figures import COLUMNS, Situation, past_compounds, situation
from .links import Links
from .rules import DECIDED, Sums
from .treasury import Balance, balances

# Rows of the table at the foot of a page; the list behind it holds all.
WATCHED = 8
ROWS = 60
LOOKED_AT = 40
# What fits on the wall.
WALL_BARS = 12
WALL_LINES = 4
WALL_GAPS = 3

ACTING = (
    "registry.edit",
    "registry.verify",
    "classification.run",
    "override.approve",
    "policy.publish",
    "payment.prepare",
)


@dataclass(frozen=True)
class Figure:
    """A number someone acts on, what makes it mean something, and the list that counts it."""

    label: str
    shown: str
    note: str
    href: str
    count: int
    is_bad: bool = False


@dataclass(frozen=True)
class PaperRow:
    """An area in numbers, as the printed page lists it."""

    name: str
    everything: Sums
    campaign: Sums
    strategies: list[int]

    @property
    def undecided(self) -> int:
        return self.campaign.unmanaged - self.campaign.classified


@dataclass(frozen=True)
class Page:
    """One place on one day for one reader; parts are read when the template asks for them."""

    user: object
    now: Situation
    measure: str = "decided"

    @cached_property
    def links(self) -> Links:
        return Links(self.now.area, self.now.day)

    @property
    def area(self) -> Area:
        return self.now.area

    @cached_property
    def figures(self) -> list[Figure]:
        """The few figures that matter, left to right."""
        everything, campaign = self.now.all, self.now.campaign
        links, gaps = self.links, everything.compounds - everything.complete
        share = everything.unmanaged_percent
        figures = [
            Figure(
                _("Compounds"),
                grouped(everything.compounds),
                _("%(count)s managed") % {"count": grouped(everything.managed)},
                links.compounds(),
                everything.compounds,
            ),
            Figure(
                _("Unmanaged"),
                grouped(campaign.compounds),
                _("%(share)s%% of all") % {"share": share} if share is not None else "",
                links.unmanaged(),
                campaign.compounds,
            ),
            Figure(
                _("Strategy decided"),
                grouped(campaign.classified),
                _("%(share)s%% of them") % {"share": campaign.classified_percent}
                if campaign.compounds
                else "",
                links.unmanaged(decision="SETTLED"),
                campaign.classified,
            ),
            self._cleared_figure(),
            Figure(
                _("Waiting for facts"),
                grouped(campaign.waiting),
                _("not classified until then") if campaign.waiting else _("none"),
                links.unmanaged(decision="INCOMPLETE"),
                campaign.waiting,
                is_bad=bool(campaign.waiting),
            ),
            *self._near_figure(),
            Figure(
                _("Completeness of facts"),
                f"{everything.completeness}%" if everything.completeness is not None else "—",
                ngettext(
                    "%(count)s fact missing", "%(count)s facts missing", everything.missing_facts
                )
                % {"count": grouped(everything.missing_facts)}
                if everything.missing_facts
                else _("nothing missing"),
                links.compounds(missing="any"),
                gaps,
            ),
        ]
        return figures

    def _cleared_figure(self) -> Figure:
        """Net cleared, with what was ever cleared and what fell back beside it (§5.7)."""
        campaign, day = self.now.campaign, self.now.day
        if day is not None:
            # Days of steps, not of entering: what was done before the system was in use counts.
            campaign = Campaign(self.user, self.area, day)
            past = campaign.standing
            told = {"cleared": grouped(past.cleared), "rebound": grouped(past.rebound)}
            words = _("%(cleared)s cleared − %(rebound)s rebound") % told
            href = campaign.cases(state="CLEARED")
            return Figure(_("Net cleared"), grouped(past.net), words, href, past.net)
        words = ""
        if campaign.cleared:
            told = {"cleared": grouped(campaign.cleared), "rebound": grouped(campaign.rebound)}
            words = _("%(cleared)s cleared − %(rebound)s rebound") % told
        elif campaign.compounds:
            words = _("%(count)s served") % {"count": grouped(campaign.served)}
        return Figure(
            _("Net cleared"),
            grouped(campaign.net_cleared),
            words,
            self.links.unmanaged(stage="CLEARED"),
            campaign.net_cleared,
        )

    @cached_property
    def money(self) -> list[Balance]:
        """What stands before all else for those who keep the district's money."""
        if self.now.day is not None or not self.user.scope.keeps_money or not self._desk.is_home:
            return []
        return balances(self.user)

    @cached_property
    def _nearest(self):
        return work.nearest(self.user, self.now)

    def _near_figure(self) -> list[Figure]:
        """Today only: past decisions keep no list to open."""
        if self.now.day is not None:
            return []
        count = self._nearest.near_count if self._nearest else 0
        words = _("within %(percent)s%%") % {"percent": settings.NEAR_THRESHOLD_PERCENT}
        return [Figure(_("Near a threshold"), grouped(count), words, self.links.near(), count)]

    @cached_property
    def tasks(self) -> list[work.Task]:
        if self.now.day is not None:
            return []
        return work.tasks(self._desk)

    @cached_property
    def own_tasks(self) -> list[work.Task]:
        """What this room counts itself, late things first: shown at once."""
        if self.now.day is not None:
            return []
        return sorted(work.own_tasks(self._desk), key=lambda task: not task.is_late)

    @property
    def work_href(self) -> str:
        """Where all open work stands, of this room and the others: at the reader's own place."""
        if self.now.day is not None or not self.now.all.compounds or not self._desk.is_home:
            return ""
        return reverse("dashboards:work")

    @property
    def _desk(self) -> work.Desk:
        return work.Desk(self.user, self.now, self.links, self._nearest, self._undecided)

    # ------------------------------------------------------------ where

    @cached_property
    def _around(self) -> list[Area]:
        """The areas above and beside this one: one query."""
        above = [pk for pk in (self.area.district_id, self.area.street_id) if pk != self.area.pk]
        beside = Q(parent=self.area.parent_id, level=self.area.level, merged_into=None)
        found = Area.objects.filter(beside | Q(pk__in=[pk for pk in above if pk]))
        found = found.defer("boundary").order_by("level", "code")
        return [self._with_page(area) for area in found]

    @property
    def ancestors(self) -> list[Area]:
        """The areas above, for the path; only those in the scope are links."""
        return [area for area in self._around if area.level < self.area.level]

    @cached_property
    def opened(self) -> frozenset[int]:
        """Which of the areas above lie in the reader's scope."""
        return frozenset(
            area.pk for area in self.ancestors if self.user.scope.can(REGISTER_VIEW, area)
        )

    @property
    def siblings(self) -> list[Area]:
        """Areas to switch to: this one and those beside it, inside the scope."""
        sees = self.user.scope.can
        beside = [area for area in self._around if area.level == self.area.level]
        return [area for area in beside if sees(REGISTER_VIEW, area)]

    @property
    def below(self) -> list[Area]:
        return [self._with_page(area) for area in self.now.children]

    def _with_page(self, area: Area) -> Area:
        area.href = self.links.place(area)
        return area

    @property
    def choose_below(self) -> str:
        if self.area.level == Level.DISTRICT:
            return _("Choose a street")
        return _("Choose a community")

    @property
    def below_count(self) -> str:
        count = len(self.now.children)
        if self.area.level == Level.DISTRICT:
            words = ngettext("%(count)s street", "%(count)s streets", count)
        else:
            words = ngettext("%(count)s community", "%(count)s communities", count)
        return words % {"count": count}

    @property
    def below_word(self) -> str:
        return drawings.below_word(self.area)

    @property
    def below_title(self) -> str:
        if self.area.level == Level.DISTRICT:
            return _("Strategies by street")
        return _("Strategies by community")

    # ------------------------------------------------------------ doors

    @property
    def import_href(self) -> str:
        can = self.user.scope.can
        may = can("registry.import", self.area) and can("registry.edit", self.area)
        return reverse("registry:import_add") if may else ""

    @property
    def unmanaged_href(self) -> str:
        return self.links.unmanaged()

    @property
    def map_href(self) -> str:
        return reverse("registry:compound_map") + "?" + urlencode(self.links.query())

    @property
    def clearing_href(self) -> str:
        return self._part("dashboards:area_clearing")

    @property
    def news_href(self) -> str:
        return self._part("dashboards:area_news")

    def _part(self, name: str) -> str:
        """A part of the page that is read after it, for the same day."""
        page = reverse(name, args=[self.area.code])
        return page + "?" + urlencode({"as_of": self.now.day.isoformat()}) if self.now.day else page

    @property
    def trend_href(self) -> str:
        return self._part("dashboards:area_trend")

    @cached_property
    def has_past(self) -> bool:
        """Whether the register's history reaches back a week: without it no trend is shown."""
        day = self.now.day or dates.today()
        key = f"has-past-{day.isoformat()}"
        found = cache.get(key)
        if found is None:
            before = dates.end_of_day(day - dt.timedelta(days=7))
            found = Compound.history.filter(history_date__lte=before).exists()
            cache.set(key, found, 3600)
        return found

    @property
    def log_href(self) -> str:
        return news.log_address() if self.user.scope.has("audit.view") else ""

    @property
    def rows_href(self) -> str:
        return self.links.unmanaged(decision="OPEN" if self.now.has_children else None)

    @property
    def acts(self) -> bool:
        """Whether the reader does anything here, or only watches."""
        return any(self.user.scope.can(right, self.area) for right in ACTING)

    # ------------------------------------------------------------ rows

    @cached_property
    def _undecided(self) -> list:
        """The first unmanaged compounds without a strategy, by code."""
        if self.now.campaign.classified == self.now.campaign.compounds:
            return []
        # A blank strategy says the same as the decision, and its index begins with the district.
        found = self._unmanaged().filter(district=self.area.district_id, strategy="")
        found = found.exclude(decision__in=DECIDED)
        return list(found.select_related("community")[:LOOKED_AT])

    def _unmanaged(self):
        if self.now.day is not None:
            found = past_compounds(self.user, self.area, self.now.day).filter(status="ACTIVE")
        else:
            found = Compound.objects.visible_to(self.user).active()
            found = found.filter(**{COLUMNS[self.area.level]: self.area.pk})
        return found.filter(is_unmanaged=True).order_by("code")

    @cached_property
    def rows(self) -> Sequence:
        """Unmanaged compounds without a strategy; in a community, all unmanaged ones."""
        if self.now.has_children:
            rows = self._undecided[:WATCHED]
        else:
            rows = list(self._unmanaged().select_related("community")[:ROWS])
        for row in rows:
            row.href = reverse("dashboards:compound_dossier", args=[row.code])
        return rows

    @cached_property
    def comparison(self) -> Comparison:
        return Comparison(self.now, self.links, self.measure)

    # ------------------------------------------------------------ drawings

    @cached_property
    def outcome(self):
        return drawings.outcome(self.now, self.links)

    @cached_property
    def by_strategy(self):
        return drawings.by_strategy(self.now, self.links)

    @property
    def paper_strategies(self) -> list[str]:
        return [capfirst(one.label) for one in Strategy]

    @property
    def paper_rows(self) -> list[PaperRow]:
        """Every area below as a row of numbers: on paper they take the place of bars."""
        rows = [self._paper_row(area.name, self.now, area) for area in self.now.children]
        return [row for row in rows if row.everything.compounds]

    @property
    def paper_total(self) -> PaperRow:
        return self._paper_row(_("Together"), self.now)

    def _paper_row(self, name: str, now: Situation, area: Area | None = None) -> PaperRow:
        everything = now.by_child.get(area.pk, Sums()) if area else now.all
        campaign = now.campaign_by_child.get(area.pk, Sums()) if area else now.campaign
        strategies = [campaign.strategies.get(one.value, 0) for one in Strategy]
        return PaperRow(name, everything, campaign, strategies)

    @cached_property
    def funnel(self):
        return drawings.funnel(self.now, self.links)

    @cached_property
    def gaps(self):
        return drawings.gaps(self.now, self.links)

    @cached_property
    def map(self):
        return drawings.share_map(self.now, self.links)

    # ------------------------------------------------------------ the wall: nothing to click

    @property
    def _silent(self) -> Links:
        return Links(self.area, is_silent=True)

    @property
    def wall_figures(self) -> list[Figure]:
        everything, *rest = self.figures
        unmanaged, *others = rest
        return [unmanaged, *others, everything]

    @property
    def wall_outcome(self):
        return drawings.outcome(self.now, self._silent)

    @property
    def wall_funnel(self):
        return drawings.funnel(self.now, self._silent)

    @property
    def wall_by_strategy(self):
        chart = drawings.by_strategy(self.now, self._silent, limit=WALL_BARS, with_share=True)
        return replace(chart, has_key=False)

    @property
    def wall_map(self):
        return drawings.wall_map(self.now, self._silent)

    @property
    def wall_watch(self) -> list[work.Task]:
        return self.own_tasks[:WALL_LINES]

    @property
    def wall_gaps(self):
        """Where most facts are missing, while there is room for it."""
        if len(self.own_tasks) > WALL_LINES // 2 or not self.now.has_children:
            return None
        return drawings.gaps(self.now, self._silent, limit=WALL_GAPS)


def page_of(user, area: Area, day: dt.date | None = None, measure: str = "") -> Page:
    """The page of a place; `day` None is now."""
    if day is not None and day >= dates.today():
        day = None
    return Page(user, situation(user, area, day), measure if measure in MEASURES else MEASURES[0])
