"""What a reader can do today in a place: each task a counted list, opened by its verb.

Those who may act get the verb of the act; those who only watch get the same line with "Look".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from compounds.classification.models import Decision, Override, Policy
from compounds.classification.rules import FACTS
from compounds.classification.services import work_lists
from compounds.providers.models import Invitation
from compounds.registry.models import Compound, Status
from compounds.registry.models.imports import Import
from governance.foundation import dates

from .figures import COLUMNS, Situation
from .links import Links, address

# An invitation without an answer for longer than this is late.
ANSWER_DAYS = 14


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
    near_count: int
    undecided: Sequence[Compound]

    def can(self, right: str) -> bool:
        return self.user.scope.can(right, self.now.area)

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
    """The day's work of this reader, late things first."""
    found = [
        task
        for source in (
            _to_survey,
            _to_verify,
            _waiting_for_facts,
            _overrides,
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
    return sorted(found, key=lambda task: not task.is_late)


def _names(queryset, order: str = "code") -> str:
    """The first names of a list, for "such as"."""
    return _(", ").join(queryset.order_by(order).values_list("name", flat=True)[:2])


def _to_survey(desk: Desk) -> Iterator[Task]:
    count = desk.now.campaign.compounds - desk.now.campaign.surveyed
    if count:
        first = _names(desk.here(Compound).unmanaged().filter(surveyed_on=None))
        yield Task(
            count,
            _("Unmanaged compounds not surveyed yet"),
            _("First: %(names)s") % {"names": first},
            desk.verb("registry.edit", pgettext("verb of a task", "Survey")),
            desk.links.unmanaged(surveyed="false"),
        )


def _to_verify(desk: Desk) -> Iterator[Task]:
    campaign = desk.now.campaign
    if campaign.surveyed <= campaign.verified:
        return
    row = (
        desk.here(Compound)
        .unmanaged()
        .filter(surveyed_on__isnull=False, verified_on=None)
        .order_by("surveyed_on", "pk")
        .values_list("name", "surveyed_on")
        .first()
    )
    if row:
        name, day = row
        days = (dates.today() - day).days
        yield Task(
            campaign.surveyed - campaign.verified,
            _("Surveys waiting for verification"),
            ngettext(
                "Oldest %(days)s day: %(name)s", "Oldest %(days)s days: %(name)s", max(days, 0)
            )
            % {"days": max(days, 0), "name": name},
            desk.verb("registry.verify", pgettext("verb of a task", "Verify")),
            desk.links.unmanaged(surveyed="true", verified="false"),
        )


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
    if desk.near_count:
        nearest = near(desk.user, desk.now).select_related("compound").first()
        fact = FACTS.get(nearest.nearest_fact)
        yield Task(
            desk.near_count,
            _("Within %(percent)s%% of a threshold: look twice")
            % {"percent": settings.NEAR_THRESHOLD_PERCENT},
            _("Nearest: %(name)s, %(fact)s")
            % {"name": nearest.compound.name, "fact": fact.label if fact else ""},
            pgettext("verb of a task", "Look"),
            desk.links.near(),
        )


def near(user, now: Situation):
    """Present decisions of unmanaged compounds of the place close to a threshold, nearest first."""
    return (
        Decision.objects.visible_to(user)
        .filter(
            **{COLUMNS[now.area.level]: now.area.pk},
            compound__is_unmanaged=True,
            compound__status=Status.ACTIVE,
        )
        .near(settings.NEAR_THRESHOLD_PERCENT)
    )


def _overrides(desk: Desk) -> Iterator[Task]:
    page = address("classification:override_list")
    if not page:
        return
    today = dates.today()
    overrides = desk.here(Override)
    if desk.can("override.approve"):
        waiting = overrides.filter(state=Override.State.PROPOSED).exclude(prepared_by=desk.user.pk)
        row = waiting.aggregate(count=Count("pk"), oldest=Min("prepared_at"))
        if row["count"]:
            days = (today - timezone.localdate(row["oldest"])).days
            yield Task(
                row["count"],
                _("Overrides waiting for approval"),
                ngettext("Oldest %(days)s day", "Oldest %(days)s days", days) % {"days": days},
                pgettext("verb of a task", "Decide"),
                desk.links.list_of("classification:override_list", state="PROPOSED"),
                is_late=days > ANSWER_DAYS,
            )
    if desk.can("override.propose") or desk.can("override.approve"):
        ending = overrides.expiring(today, settings.OVERRIDE_WARNING_DAYS)
        row = ending.order_by().aggregate(count=Count("pk"), first=Min("expires_on"))
        if row["count"]:
            days = (row["first"] - today).days
            yield Task(
                row["count"],
                _("Overrides that are about to end"),
                ngettext("First in %(days)s day", "First in %(days)s days", days) % {"days": days},
                pgettext("verb of a task", "Renew or end"),
                desk.links.list_of("classification:override_list", state="EXPIRING"),
            )


def _drafts(desk: Desk) -> Iterator[Task]:
    page = address("classification:policy_list")
    if not page or not desk.can("policy.publish"):
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
            f"{page}?state=DRAFT",
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
    page = address("registry:import_list")
    if not page or not desk.can("registry.import"):
        return
    counted = (
        desk.here(Import)
        .filter(state=Import.State.CHECKED)
        .aggregate(count=Count("pk"), oldest=Min("uploaded_at"))
    )
    if counted["count"]:
        since = dates.today() - timezone.localdate(counted["oldest"])
        yield Task(
            counted["count"],
            _("Imports waiting for confirmation"),
            ngettext("Oldest %(days)s day", "Oldest %(days)s days", since.days)
            % {"days": since.days},
            pgettext("verb of a task", "Confirm"),
            desk.links.list_of("registry:import_list", state="CHECKED"),
            is_late=since.days > 1,
        )


def _invitations(desk: Desk) -> Iterator[Task]:
    page = address("providers:invitation_list")
    if not page or not desk.can("provider.invite"):
        return
    counted = (
        desk.here(Invitation)
        .filter(answer=Invitation.Answer.WAITING)
        .aggregate(count=Count("pk"), oldest=Min("invited_on"))
    )
    if counted["count"]:
        days = (dates.today() - counted["oldest"]).days
        yield Task(
            counted["count"],
            _("Invitations without an answer"),
            ngettext("Oldest %(days)s day", "Oldest %(days)s days", days) % {"days": days},
            pgettext("verb of a task", "Chase"),
            desk.links.list_of("providers:invitation_list", answer="WAITING"),
            is_late=days > ANSWER_DAYS,
        )


def _unknown_mode(desk: Desk) -> Iterator[Task]:
    count = desk.now.all.unknown
    if count:
        first = _names(desk.here(Compound).active().filter(is_unmanaged=None))
        yield Task(
            count,
            _("Not known whether anybody manages them"),
            _("First: %(names)s") % {"names": first},
            desk.verb("registry.edit", pgettext("verb of a task", "Find out")),
            desk.links.compounds(is_unmanaged="unknown"),
        )
