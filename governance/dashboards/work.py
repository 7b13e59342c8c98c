"""What a reader can do today in a place: each task a counted list, opened by its verb.

Those who may act get the verb of the act; those who only watch get the same line with "Look".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Min, Q, Window
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from compounds.classification.models import Decision, Override, Policy
from compounds.classification.rules import FACTS
from compounds.classification.services import work_lists
from compounds.providers.models import Invitation
from compounds.registry.models import Compound, Status
from compounds.registry.models.imports import Import
from governance.foundation import dates
from governance.notices import sources
from governance.organisation.models import Level
from governance.party_grid.models import Proposal
from governance.party_grid.questions import vacancies
from governance.party_grid.rules import BUILDING_HEAD, ENTRANCE_HEAD, Norms

from .figures import COLUMNS, Situation
from .links import Links

# An invitation without an answer for longer than this is late.
ANSWER_DAYS = 14
# The name under which these lines reach the head of every page.
SOURCE = "workbench"
# Naming the oldest of more than this would cost more than the rest of the page.
NAMED_AMONG = 20_000


@dataclass(frozen=True)
class Task:
    """One line of work: how many, what, which is first, and the door to the list."""

    count: int
    title: str
    detail: str
    verb: str
    href: str
    is_late: bool = False


@dataclass(frozen=True)
class Desk:
    """Who asks, for which place, with the figures and rows already read."""

    user: object
    now: Situation
    links: Links
    nearest: Decision | None
    undecided: Sequence[Compound]

    def can(self, right: str) -> bool:
        return self.user.scope.can(right, self.now.area)

    @property
    def is_home(self) -> bool:
        """Whether this is the reader's own widest place.

        Lists that are not cut by place are counted whole, and only there.
        """
        home = self.user.scope.home
        return home is not None and home.area == self.now.area.pk

    def mine(self, model):
        """All rows the reader may see, as the list of another room shows them."""
        return model.objects.visible_to(self.user)

    def here(self, model):
        """Rows of the place that the reader may see."""
        column = COLUMNS[self.now.area.level]
        return model.objects.visible_to(self.user).filter(**{column: self.now.area.pk})

    def first(self, decision: str) -> str:
        """Names of the first undecided compounds in a state, where they were read."""
        names = [row.name for row in self.undecided if row.decision == decision][:2]
        return _("First: %(names)s") % {"names": _(", ").join(names)} if names else ""

    def verb(self, right: str, word: str) -> str:
        return word if self.can(right) else pgettext("verb of a task", "Look")


def tasks(desk: Desk) -> list[Task]:
    """The day's work of this reader, late things first; at home also what other rooms know of."""
    found = own_tasks(desk)
    if desk.is_home:
        found += tasks_of_rooms(desk.user)
    return sorted(found, key=lambda task: not task.is_late)


def tasks_of_rooms(user) -> list[Task]:
    """What the other rooms know of, wherever it lies: each of them asks the database."""
    return [
        Task(
            line.count,
            capfirst(line.title),
            line.detail,
            line.verb or pgettext("verb of a task", "Look"),
            line.url,
            line.is_late,
        )
        for line in sources.work_of(user, without=SOURCE)
    ]


def own_tasks(desk: Desk) -> list[Task]:
    """The lines that this room counts itself."""
    return [
        task
        for source in (
            _to_survey,
            _to_verify,
            _waiting_for_facts,
            _overrides,
            _proposals,
            _vacant_heads,
            _drafts,
            _to_classify,
            _without_rule,
            _near_threshold,
            _imports,
            _invitations,
            _unknown_mode,
        )
        for task in source(desk)
        if task.count
    ]


def _names(queryset, order: str = "code") -> str:
    """The first names of a list, for "such as"."""
    return _(", ").join(queryset.order_by(order).values_list("name", flat=True)[:2])


def _to_survey(desk: Desk) -> Iterator[Task]:
    count = desk.now.campaign.compounds - desk.now.campaign.surveyed
    if count:
        detail = ""
        if desk.now.campaign.compounds <= NAMED_AMONG:
            first = _names(desk.here(Compound).unmanaged().filter(surveyed_on=None))
            detail = _("First: %(names)s") % {"names": first}
        yield Task(
            count,
            _("Unmanaged compounds not surveyed yet"),
            detail,
            desk.verb("registry.edit", pgettext("verb of a task", "Survey")),
            desk.links.unmanaged(surveyed="false"),
        )


def _to_verify(desk: Desk) -> Iterator[Task]:
    campaign = desk.now.campaign
    if campaign.surveyed > campaign.verified:
        yield Task(
            campaign.surveyed - campaign.verified,
            _("Surveys waiting for verification"),
            _oldest_survey(desk) if campaign.compounds <= NAMED_AMONG else "",
            desk.verb("registry.verify", pgettext("verb of a task", "Verify")),
            desk.links.unmanaged(surveyed="true", verified="false"),
        )


def _oldest_survey(desk: Desk) -> str:
    row = (
        desk.here(Compound)
        .unmanaged()
        .filter(surveyed_on__isnull=False, verified_on=None)
        .order_by("surveyed_on", "pk")
        .values_list("name", "surveyed_on")
        .first()
    )
    if row is None:
        return ""
    days = max((dates.today() - row[1]).days, 0)
    words = ngettext("Oldest %(days)s day: %(name)s", "Oldest %(days)s days: %(name)s", days)
    return words % {"days": days, "name": row[0]}


def _waiting_for_facts(desk: Desk) -> Iterator[Task]:
    if not desk.now.campaign.waiting:
        return
    asked = work_lists.facts_to_ask(desk.here(Decision))[:3]
    words = _(", ").join(f"{item.fact.label} {item.count}" for item in asked)
    yield Task(
        desk.now.campaign.waiting,
        _("Not classified: facts are missing"),
        _("Missing: %(facts)s") % {"facts": words} if words else _("Ask for the facts listed"),
        desk.verb("registry.edit", pgettext("verb of a task", "Fill in")),
        desk.links.unmanaged(decision="INCOMPLETE"),
    )


def _near_threshold(desk: Desk) -> Iterator[Task]:
    # Thresholds are no business of those who keep the money.
    if desk.nearest and not desk.user.scope.keeps_money:
        fact = FACTS.get(desk.nearest.nearest_fact)
        yield Task(
            desk.nearest.near_count,
            _("Within %(percent)s%% of a threshold: look twice")
            % {"percent": settings.NEAR_THRESHOLD_PERCENT},
            _("Nearest: %(name)s, %(fact)s")
            % {"name": desk.nearest.compound.name, "fact": fact.label if fact else ""},
            pgettext("verb of a task", "Look"),
            desk.links.near(),
        )


def nearest(user, now: Situation) -> Decision | None:
    """The present decision closest to a threshold of its policy; `near_count` is how many are near.

    Unmanaged compounds of the place only: one query.
    """
    return (
        Decision.objects.visible_to(user)
        .filter(
            **{COLUMNS[now.area.level]: now.area.pk},
            compound__is_unmanaged=True,
            compound__status=Status.ACTIVE,
        )
        .near(settings.NEAR_THRESHOLD_PERCENT)
        .annotate(near_count=Window(Count("pk")))
        .select_related("compound")
        .defer("record")
        .first()
    )


def _proposals(desk: Desk) -> Iterator[Task]:
    """Proposals of organisations that wait for somebody other than who prepared them."""
    if not desk.is_home or not desk.can("party.apply"):
        return
    waiting = desk.mine(Proposal).waiting().exclude(prepared_by=desk.user)
    row = waiting.aggregate(count=Count("pk"), oldest=Min("created_at"))
    if row["count"]:
        days = (dates.today() - timezone.localdate(row["oldest"])).days
        yield Task(
            row["count"],
            _("Proposals of organisations to apply"),
            _oldest(days),
            pgettext("verb of a task", "Decide"),
            desk.links.list_of("party_grid:proposal_list", state="waiting"),
            is_late=days > ANSWER_DAYS,
        )


def _vacant_heads(desk: Desk) -> Iterator[Task]:
    """Buildings and entrances nobody heads, for those who seat people in a street or community."""
    area = desk.now.area
    if area.level < Level.STREET or not desk.can("party.edit"):
        return
    inside = Q(**{COLUMNS[area.level]: area.pk}) & desk.user.scope.seen()
    for kind, title in (
        (BUILDING_HEAD, _("Buildings without a head")),
        (ENTRANCE_HEAD, _("Entrances without a head")),
    ):
        yield Task(
            vacancies(kind, False, Norms()).filter(inside).count(),
            title,
            _("in unmanaged compounds"),
            pgettext("verb of a task", "Seat"),
            desk.links.list_of("party_grid:vacancy_list", kind=kind),
        )


def _overrides(desk: Desk) -> Iterator[Task]:
    may_approve = desk.can("override.approve")
    if not desk.is_home or not (may_approve or desk.can("override.propose")):
        return
    today = dates.today()
    proposed = Q(state=Override.State.PROPOSED)
    ending = Q(
        state=Override.State.APPROVED,
        expires_on__range=(today, today + dt.timedelta(days=settings.OVERRIDE_WARNING_DAYS)),
    )
    row = desk.mine(Override).aggregate(
        proposed=Count("pk", filter=proposed),
        oldest=Min("prepared_at", filter=proposed),
        ending=Count("pk", filter=ending),
        first=Min("expires_on", filter=ending),
    )
    if row["proposed"] and may_approve:
        days = (today - timezone.localdate(row["oldest"])).days
        yield Task(
            row["proposed"],
            _("Overrides waiting for approval"),
            _oldest(days),
            pgettext("verb of a task", "Decide"),
            desk.links.list_of("classification:override_list", state="PROPOSED"),
            is_late=days > ANSWER_DAYS,
        )
    if row["ending"]:
        days = (row["first"] - today).days
        yield Task(
            row["ending"],
            _("Overrides that are about to end"),
            ngettext("First in %(days)s day", "First in %(days)s days", days) % {"days": days},
            pgettext("verb of a task", "Renew or end"),
            desk.links.list_of("classification:override_list", state="EXPIRING"),
        )


def _oldest(days: int) -> str:
    return ngettext("Oldest %(days)s day", "Oldest %(days)s days", days) % {"days": days}


def _drafts(desk: Desk) -> Iterator[Task]:
    if not desk.is_home or not desk.can("policy.publish"):
        return
    drafts = Policy.objects.visible_to(desk.user).filter(
        district=desk.now.area.district_id, state=Policy.State.DRAFT
    )
    titles = list(drafts.order_by("pk").values_list("title", flat=True))
    if titles:
        yield Task(
            len(titles),
            _("Policies waiting for publication"),
            titles[0],
            pgettext("verb of a task", "Publish"),
            desk.links.list_of("classification:policy_list", state="DRAFT"),
        )


def _to_classify(desk: Desk) -> Iterator[Task]:
    count = desk.now.campaign.unclassified
    if count:
        yield Task(
            count,
            _("Unmanaged compounds never classified"),
            desk.first(""),
            desk.verb("classification.run", pgettext("verb of a task", "Classify")),
            desk.links.unmanaged(decision="NEVER"),
        )


def _without_rule(desk: Desk) -> Iterator[Task]:
    count = desk.now.campaign.unmatched
    if count:
        yield Task(
            count,
            _("No rule of the policy fits"),
            desk.first("UNMATCHED"),
            desk.verb("override.propose", pgettext("verb of a task", "Decide")),
            desk.links.unmanaged(decision="UNMATCHED"),
        )


def _imports(desk: Desk) -> Iterator[Task]:
    if not desk.is_home or not desk.can("registry.import"):
        return
    counted = (
        desk.mine(Import)
        .filter(state=Import.State.CHECKED)
        .aggregate(count=Count("pk"), oldest=Min("uploaded_at"))
    )
    if counted["count"]:
        since = dates.today() - timezone.localdate(counted["oldest"])
        yield Task(
            counted["count"],
            _("Imports waiting for confirmation"),
            _oldest(since.days),
            pgettext("verb of a task", "Confirm"),
            desk.links.list_of("registry:import_list", state="CHECKED"),
            is_late=since.days > 1,
        )


def _invitations(desk: Desk) -> Iterator[Task]:
    if not desk.is_home or not desk.can("provider.invite"):
        return
    counted = (
        desk.mine(Invitation)
        .filter(answer=Invitation.Answer.WAITING)
        .aggregate(count=Count("pk"), oldest=Min("invited_on"))
    )
    if counted["count"]:
        days = (dates.today() - counted["oldest"]).days
        yield Task(
            counted["count"],
            _("Invitations without an answer"),
            _oldest(days),
            pgettext("verb of a task", "Chase"),
            desk.links.list_of("providers:invitation_list", answer="WAITING"),
            is_late=days > ANSWER_DAYS,
        )


def _unknown_mode(desk: Desk) -> Iterator[Task]:
    count = desk.now.all.unknown
    if count:
        yield Task(
            count,
            _("Not known whether anybody manages them"),
            _("The management mode is blank in the register"),
            desk.verb("registry.edit", pgettext("verb of a task", "Find out")),
            desk.links.compounds(is_unmanaged="unknown"),
        )
