"""What of a plan can be proposed to the assignment room now, and what stands in the way.

The judgement is that room's own: the proposals of an approved plan are made from what is judged
here, so that what is foretold and what comes of it cannot differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.assignment import origins
from compounds.assignment import services as assignments
from compounds.assignment.errors import NotOpen
from compounds.assignment.models import Assignment
from compounds.assignment.rules import Reason
from compounds.assignment.services import Judgement, Proposal
from compounds.providers.models import Provider
from compounds.registry.models import Status, Strategy

from .models import Adoption, PlanPlace, PlanRun

Outcome = PlanPlace.Outcome
BATCH = 32  # characters of an adoption's batch with which those of its proposals begin
# What changes for a compound: these become proposals.
PROPOSABLE = (Outcome.MOVED, Outcome.TAKEN)

READY, MADE = "READY", "MADE"
INVITE, INVITE_CLASSIFY, ANSWER, CLASSIFY = "INVITE", "INVITE_CLASSIFY", "ANSWER", "CLASSIFY"
REFUSED, LACKS, BARRED, PREPARED = "REFUSED", "LACKS", "BARRED", "PREPARED"
CHANGED, CENTRE, GIVEN_UP, OTHER = "CHANGED", "CENTRE", "GIVEN_UP", "OTHER"
TO_INVITE = (INVITE, INVITE_CLASSIFY)

# What a compound's strategy asks of a firm; a new classification may ask something else.
OF_STRATEGY = frozenset(
    {"IS_RED", "IS_IN_DISTRICT", "IS_WELL_FOUNDED", "IS_ABLE", "IS_WILLING", "NO_PARTY"}
    | {"NOT_OF_THE_UNIT", "UNIT_COMPANY", "FALLBACK_ONLY", "ENTERPRISE", "ROUNDS"}
    | {"ONLY_WITH_SUBSIDY"}
)
OF_ANSWER = frozenset({"NOT_ASKED", "NOT_ANSWERED"})

# Where what stands in the way is mended: (URL name, query).
MENDED = {
    ANSWER: ("providers:round_list", ""),
    CLASSIFY: ("classification:work_list", ""),
    BARRED: ("assignment:lock_list", ""),
    PREPARED: ("assignment:assignment_list", "?state=PREPARED"),
}

# (what holds, what is to be done) in the order of the page.
WORDS: dict[str, tuple[Any, Any]] = {
    MADE: (gettext_lazy("proposed from this plan already"), ""),
    READY: (pgettext_lazy("of a change", "can be proposed now"), ""),
    INVITE: (
        gettext_lazy("the firm has not been invited yet"),
        gettext_lazy("Invite it; once it has agreed the compound can be proposed."),
    ),
    INVITE_CLASSIFY: (
        gettext_lazy(
            "the firm has not been invited yet, and the strategy provides for none of its kind"
        ),
        gettext_lazy("Invite it; once it has agreed, classify the compound anew."),
    ),
    ANSWER: (
        gettext_lazy("the firm was invited and has not agreed"),
        gettext_lazy("Record its answer, or invite it in another round."),
    ),
    CLASSIFY: (
        gettext_lazy("the compound's strategy has no place for this firm"),
        gettext_lazy("Classify it anew, or override its strategy."),
    ),
    REFUSED: (
        gettext_lazy("the firm refused, or was refused"),
        gettext_lazy("Make another plan: it leaves refused pairs out."),
    ),
    LACKS: (
        gettext_lazy("the firm lacks room, rating or reach by now"),
        gettext_lazy("Look at the compound's candidates, or make another plan."),
    ),
    BARRED: (
        gettext_lazy("a lock or the blacklist forbids it"),
        gettext_lazy("Release the lock, or make another plan."),
    ),
    PREPARED: (
        gettext_lazy("another assignment is on its way"),
        gettext_lazy("Let it come to its end, or withdraw it."),
    ),
    CHANGED: (
        gettext_lazy("no longer as the plan found it"),
        gettext_lazy("Make another plan."),
    ),
    OTHER: (
        gettext_lazy("something else stands in the way"),
        gettext_lazy("Look at the compound's candidates."),
    ),
    CENTRE: (
        gettext_lazy("to a street centre that is still to be opened"),
        gettext_lazy("Open the centre and file it as a firm."),
    ),
    GIVEN_UP: (
        gettext_lazy("served today, left to fallback: never proposed"),
        gettext_lazy("Decide on each by itself."),
    ),
}


class Judged(NamedTuple):
    """A change of a plan: what holds of it now, why in words, and its proposal."""

    place: PlanPlace
    kind: str
    why: str
    proposal: Proposal | None = None

    @property
    def name(self) -> str:
        return f"{self.place.compound.code} {self.place.compound.name}"


class Group(NamedTuple):
    """Changes of one kind."""

    kind: str
    words: Any
    advice: Any
    count: int
    names: Sequence[str] = ()
    href: str = ""


def differences(run: PlanRun):
    """Places of a plan whose provider is another than today's, and is a firm that exists."""
    return (
        PlanPlace.objects.filter(run=run, outcome__in=PROPOSABLE, bundle__provider__isnull=False)
        .select_related("compound__community", "bundle__provider")
        .order_by("compound__code")
    )


def judged(run: PlanRun, adoption: Adoption | None = None) -> list[Judged]:
    """Every change of a plan to another firm, as it stands now. A constant number of queries.

    What was proposed from this adoption before is never proposed again, whatever came of it.
    """
    places = list(
        differences(run).defer("account", "bundle__account", "compound__community__boundary")
    )
    made = _made(adoption)
    serving = {
        one.compound_id: one
        for one in Assignment.objects.active()
        .filter(compound_id__among=[place.compound_id for place in places])
        .select_related("provider")
    }
    found, open_ = [], []
    for place in places:
        one = serving.get(place.compound_id)
        if place.compound_id in made:
            found.append(Judged(place, MADE, ""))
        elif why := _overtaken(place, one):
            found.append(Judged(place, CHANGED, why))
        else:
            open_.append((place, _proposal(run, place, adoption, one)))
    place_of = {place.compound_id: place for place, _proposal_ in open_}
    found += [
        Judged(place_of[one.proposal.compound.pk], kind_of(one), _why(one), one.proposal)
        for one in assignments.judge_many(proposal for _place, proposal in open_)
    ]
    return sorted(found, key=lambda one: one.place.compound.code)


def _made(adoption: Adoption | None) -> set[int]:
    """Compounds that were proposed from an adoption."""
    if adoption is None or not adoption.batch:
        return set()
    steps = origins.proposed_from(adoption.batch[:BATCH])
    return set(steps.values_list("assignment__compound", flat=True))


def _overtaken(place: PlanPlace, serving: Assignment | None) -> str:
    """Why a compound is no longer as the plan found it; empty where it is."""
    now = serving.provider_id if serving else None
    was_nobody = place.today_id is None and serving is not None
    if was_nobody and serving.provider.kind == Provider.Kind.FALLBACK_TEAM:
        now = None  # plans of before did not name the team of fallback service
    if now != place.today_id:
        return _("Its provider has changed since the plan was made.")
    return "" if place.compound.is_unmanaged else _("It is no longer unmanaged.")


def _proposal(
    run: PlanRun, place: PlanPlace, adoption: Adoption | None, serving: Assignment | None
) -> Proposal:
    """The proposal of a change; without an approval it is only judged and needs no reason."""
    document = adoption.document if adoption else ""
    reason = _("plan of %(day)s, approved by %(document)s")
    return Proposal(
        compound=place.compound,
        provider=place.bundle.provider,
        reason=reason % {"day": run.as_of, "document": document} if document else "",
        document=document,
        replaces=serving,
    )


def kind_of(one: Judgement) -> str:
    """What stands in the way of a proposal first; READY where nothing does."""
    if one.refusal is None:
        return READY
    codes = {reason.code for reason in one.reasons}
    if not codes:
        return _kind_of_compound(one)
    if any(reason.is_bar for reason in one.reasons):
        return BARRED
    if "SAID_NO" in codes or any(code.startswith("REFUSED_BY_") for code in codes):
        return REFUSED
    if codes - OF_STRATEGY - OF_ANSWER:
        return LACKS
    if one.answer is None:
        return INVITE_CLASSIFY if codes & OF_STRATEGY else INVITE
    return ANSWER if codes & OF_ANSWER else CLASSIFY


def _kind_of_compound(one: Judgement) -> str:
    """What of the compound itself stands in the way, whoever is to serve it."""
    compound = one.proposal.compound
    if compound.status != Status.ACTIVE:
        return CHANGED
    if not compound.strategy:
        return CLASSIFY if one.answer else INVITE_CLASSIFY
    return PREPARED if isinstance(one.refusal, NotOpen) else OTHER


def _why(one: Judgement) -> str:
    """Why it would be refused, without asking for what the plan has no field for."""
    if one.refusal is None:
        return ""
    if not one.reasons:
        return str(one.refusal.message)
    return one.proposal.provider.name + _(": ") + in_words(one.reasons)


def in_words(reasons: Iterable[Reason]) -> str:
    return _(", ").join(reason.words for reason in reasons if not reason.is_warning)


def _mended(kind: str) -> str:
    name, query = MENDED.get(kind, ("", ""))
    return f"{reverse(name)}{query}" if name else ""


@dataclass(frozen=True)
class Forecast:
    """What would come of the changes of a plan now, for its pages.

    All changes are judged, for firms fill up with all of them; those inside the reader's posts
    are told.
    """

    run: PlanRun
    user: Any
    adoption: Adoption | None = None

    @property
    def _seen(self):
        return PlanPlace.objects.visible_to(self.user).filter(run=self.run)

    @cached_property
    def _judged(self) -> list[Judged]:
        seen = set(self._seen.values_list("pk", flat=True))
        return [one for one in judged(self.run, self.adoption) if one.place.pk in seen]

    @cached_property
    def _count(self) -> Counter:
        return Counter(one.kind for one in self._judged)

    @property
    def ready(self) -> int:
        return self._count[READY]

    @property
    def made(self) -> int:
        return self._count[MADE]

    @property
    def to_invite(self) -> int:
        return sum(self._count[kind] for kind in TO_INVITE)

    @property
    def ready_as_fallback(self) -> int:
        """Of those that can be proposed: the firm would serve them as fallback, by the strategy."""
        return sum(
            one.kind == READY and one.place.compound.strategy == Strategy.FALLBACK
            for one in self._judged
        )

    @cached_property
    def groups(self) -> list[Group]:
        """Every change once, by what holds of it; they sum to all that differs from today."""
        lost = self._seen.filter(outcome=Outcome.LOST).count()
        centres = self._seen.filter(outcome__in=PROPOSABLE, bundle__centre_of__isnull=False).count()
        counts = self._count | Counter({CENTRE: centres, GIVEN_UP: lost})
        names: dict[str, list[str]] = {}
        for one in self._judged:
            names.setdefault(one.kind, []).append(one.name)
        return [
            Group(kind, *WORDS[kind], counts[kind], names.get(kind, ()), _mended(kind))
            for kind in WORDS
            if counts[kind]
        ]
