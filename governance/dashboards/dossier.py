"""What every room knows of one compound, gathered read-only for its dossier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compounds.classification import rules, wording
from compounds.classification.explaining import Reasons, SubsidySum
from compounds.classification.models import Decision, Override
from compounds.planning.models import PlanPlace
from compounds.planning.questions import latest_place
from compounds.providers.models import Invitation
from compounds.registry.models import (
    Adjacency,
    Attachment,
    Building,
    Compound,
    Status,
)
from compounds.registry.sources import label_of
from governance.audit.models import AuditEntry
from governance.audit.words import verb_of
from governance.foundation import dates
from subsidies.reports.compounds import CompoundMoney

from .changes import changes_of, difference, in_words, roles_in_words, value_name
from .party import CompoundParty
from .service import CompoundService

# Columns of the register that a classification or the campaign writes.
DECIDED = ("strategy", "decision", "stage", "first_cleared_on")
GROUPS = (
    (
        gettext_lazy("Size and age"),
        (
            "built_year",
            "building_count",
            "entrance_count",
            "household_count",
            "resident_count",
            "floor_area_m2",
            "chargeable_area_m2",
            "lift_count",
            "parking_spaces",
        ),
    ),
    (
        gettext_lazy("Ownership and work unit"),
        ("kind", "ownership", "unit_name", "unit_state", "unit_distance_m"),
    ),
    (
        gettext_lazy("Renovation and foundation checks"),
        (
            "renovation",
            "renovation_year",
            "check_pipes",
            "check_power",
            "check_road",
            "check_gate",
            "foundation_score",
        ),
    ),
    (
        gettext_lazy("Surroundings"),
        ("is_enclosed", "is_contiguous", "contiguity_group", "longitude", "latitude"),
    ),
    (
        gettext_lazy("Management"),
        (
            "management_mode",
            "has_committee",
            "property_rooms_m2",
            "is_three_none",
            "lacks_unit",
            "lacks_service",
            "lacks_defence",
            "problem_tags",
            "problems",
        ),
    ),
    (gettext_lazy("Survey"), ("surveyor", "surveyed_on", "verified_on")),
)
# Asked only where something else is so.
ONLY_IF = {
    "unit_name": "has_affiliated_unit",
    "unit_state": "has_affiliated_unit",
    "unit_distance_m": "has_affiliated_unit",
}
NEIGHBOURS = 30
WILLING = ("AGREED", "AGREED_WITH_SUBSIDY")


@dataclass(frozen=True)
class FactLine:
    """A fact in words, with its source and date; unknown ones carry the link to fill them."""

    name: str
    label: str
    value: str
    is_known: bool
    source: str
    source_on: str
    is_asked: bool


class Dossier:
    """One compound for one reader: its head, what may be done, and the parts of its tabs."""

    def __init__(self, user, compound: Compound):
        self.user = user
        self.compound = compound
        self.is_active = compound.status == Status.ACTIVE

    def may(self, right: str) -> bool:
        return self.is_active and self.user.scope.can(right, self.compound)

    @property
    def can_edit(self) -> bool:
        return self.may("registry.edit")

    @property
    def can_verify(self) -> bool:
        row = self.compound
        return self.may("registry.verify") and bool(row.surveyed_on) and not row.verified_on

    @property
    def can_merge(self) -> bool:
        return self.may("registry.merge")

    @property
    def can_invite(self) -> bool:
        return self.may("provider.invite")

    @cached_property
    def counts(self) -> dict[str, int]:
        """How much there is behind the tabs: one query."""
        mine = {"compound": OuterRef("pk")}
        willing = Invitation.objects.filter(**mine, answer__in=WILLING)
        return (
            Compound.objects.filter(pk=self.compound.pk)
            .values(
                n_buildings=_count(Building.objects.filter(**mine)),
                n_invitations=_count(Invitation.objects.filter(**mine)),
                n_agreed=_count(willing, "provider"),
                n_attachments=_count(Attachment.objects.filter(**mine, removed_at=None)),
            )
            .get()
        )

    @property
    def tabs(self) -> list[tuple[str, str, str, int | None]]:
        """(key, label, address, number) of every tab."""
        code = self.compound.code
        tabs = [
            ("overview", _("Overview"), None),
            ("classification", _("Why this strategy"), None),
            ("service", _("Clearing and service"), None),
            ("money", _("Subsidies"), None),
            ("buildings", _("Buildings and entrances"), self.counts["n_buildings"]),
            ("party", _("Party organisations"), None),
            ("providers", _("Providers and invitations"), self.counts["n_invitations"]),
            ("attachments", _("Attachments"), self.counts["n_attachments"]),
            ("history", _("History"), None),
        ]
        return [
            (
                key,
                label,
                reverse("dashboards:compound_dossier", args=[code])
                if key == "overview"
                else reverse(f"dashboards:dossier_{key}", args=[code]),
                number,
            )
            for key, label, number in tabs
        ]

    # -- the campaign --------------------------------------------------------------------------
    @cached_property
    def service(self) -> CompoundService:
        return CompoundService(self.user, self.compound)

    # -- subsidies -----------------------------------------------------------------------------
    @cached_property
    def money(self) -> CompoundMoney:
        return CompoundMoney(self.user, self.compound)

    # -- party grid ----------------------------------------------------------------------------
    @cached_property
    def party(self) -> CompoundParty:
        return CompoundParty(self.user, self.compound)

    # -- overview ------------------------------------------------------------------------------
    @cached_property
    def planned(self) -> PlanPlace | None:
        """Its place in the plan that was approved last, or put to approval."""
        return latest_place(self.user, self.compound)

    @cached_property
    def missing(self) -> list[str]:
        return self.compound.missing

    @property
    def groups(self) -> list[tuple[Any, list[FactLine]]]:
        return [(title, list(self._facts(names))) for title, names in GROUPS]

    def _facts(self, names) -> Iterator[FactLine]:
        row = self.compound
        for name in names:
            condition = ONLY_IF.get(name)
            value = getattr(row, name)
            if condition and getattr(row, condition) is False and value in (None, ""):
                continue
            field = row._meta.get_field(name)
            words = in_words(field, value)
            # The survey's own source is said once, above; only others are said beside the fact.
            source, day = row.provenance.get(name, ("", ""))[:2]
            yield FactLine(
                name=name,
                label=capfirst(field.verbose_name),
                value=words,
                is_known=bool(words),
                source=str(label_of(source)) if words and source else "",
                source_on=day if words else "",
                is_asked=name in self.missing,
            )

    @cached_property
    def neighbours(self) -> list[tuple[Compound, str]]:
        """Compounds of the same contiguity group and corrected pairs, in the reader's scope."""
        row = self.compound
        pairs = Adjacency.objects.filter(Q(compound=row) | Q(other=row)).values_list(
            "compound_id", "other_id", "is_adjacent", "reason"
        )
        corrected = {
            (other if one == row.pk else one): (is_adjacent, reason)
            for one, other, is_adjacent, reason in pairs
        }
        together = Q(pk__in=corrected)
        if row.contiguity_group:
            together |= Q(contiguity_group=row.contiguity_group, district_id=row.district_id)
        found = (
            Compound.objects.visible_to(self.user)
            .active()
            .filter(together)
            .exclude(pk=row.pk)
            .order_by("code")
            .only("code", "name", "strategy", "decision", "household_count", "floor_area_m2")
        )
        lines = []
        for other in found[:NEIGHBOURS]:
            if other.pk not in corrected:
                words = ""
            else:
                is_adjacent, reason = corrected[other.pk]
                words = (_("adjacent: %s") if is_adjacent else _("not adjacent: %s")) % reason
            lines.append((other, words))
        return lines

    # -- classification ------------------------------------------------------------------------
    @cached_property
    def decision(self) -> Decision | None:
        return (
            Decision.objects.current()
            .filter(compound=self.compound)
            .select_related("policy", "rule", "override", "run")
            .first()
        )

    @cached_property
    def past_decisions(self) -> list[Decision]:
        return list(
            Decision.objects.filter(compound=self.compound, is_current=False)
            .select_related("policy")
            .defer("record")
            .order_by("-decided_at", "-pk")[:20]
        )

    @cached_property
    def overrides(self) -> list[Override]:
        return list(
            Override.objects.filter(compound=self.compound)
            .select_related("prepared_by", "approved_by")
            .order_by("-prepared_at", "-pk")[:20]
        )

    @cached_property
    def replayed(self) -> rules.Decision:
        return rules.replay(self.decision.record)

    @cached_property
    def replay_holds(self) -> bool:
        return rules.replays(self.decision.record)

    @cached_property
    def evidence(self):
        return wording.evidence(self.replayed.trace())

    @cached_property
    def explanation(self):
        return wording.explain(self.replayed, self.decision.counterfactual())

    @property
    def replayed_name(self) -> str:
        """What the rules alone say, where a person has decided otherwise."""
        return wording.result_name(self.replayed.outcome, self.replayed.strategy)

    @property
    def subsidy(self) -> SubsidySum | None:
        """How the transition subsidy was worked out, where the strategy is paid for."""
        return Reasons(self.decision).subsidy if self.decision else None

    @property
    def classification_links(self) -> dict[str, str]:
        found = {"override": "", "trial": "", "policy": "", "run": ""}
        if self.decision is None and self.compound.is_unmanaged and self.may("classification.run"):
            found["run"] = reverse("classification:overview")
        if self.may("override.propose"):
            found["override"] = reverse(
                "classification:override_propose", args=[self.compound.code]
            )
        if self.decision is not None:
            found["policy"] = reverse(
                "classification:policy_detail", args=[self.decision.policy_id]
            )
            if self.user.scope.has("classification.try"):
                found["trial"] = reverse("classification:trial_new")
        return found

    # -- buildings, providers ------------------------------------------------------------------
    @cached_property
    def buildings(self) -> list:
        return list(self.compound.buildings.prefetch_related("entrances").order_by("number", "pk"))

    @cached_property
    def invitation_rounds(self) -> list[tuple[int, list[tuple[Invitation, list]]]]:
        """Invitations by round, the newest first, each with why its firm is not eligible."""
        today = dates.today()
        rounds: dict[int, list] = {}
        for one in self.compound.invitations.select_related("provider").order_by(
            "-round", "invited_on", "pk"
        ):
            rounds.setdefault(one.round, []).append((one, one.provider.lacks(today)))
        return list(rounds.items())

    @cached_property
    def attachments(self) -> list:
        return list(self.compound.attachments.filter(removed_at=None).select_related("uploaded_by"))

    # -- history -------------------------------------------------------------------------------
    def entries(self, limit: int = 60) -> list[dict[str, Any]]:
        """The audit log of this compound in words, newest first."""
        row = self.compound
        found = AuditEntry.objects.history_for(self.user, row._meta.label_lower, row.pk)[:limit]
        return [
            {
                "at": entry.at,
                "actor": entry.actor_name if entry.actor_id else _("the system"),
                "post": roles_in_words(entry.post),
                "verb": verb_of(entry.verb),
                "changes": list(changes_of(entry)),
                "reason": entry.reason,
            }
            for entry in found
        ]

    def versions(self, limit: int = 30) -> list[dict[str, Any]]:
        """Versions of the row, newest first, each with the fields in which it differs.

        A classification is no edit: it leaves the version as it is, and its line has no number.
        """
        past = Compound.history.model
        names = [
            field.name
            for field in past._meta.concrete_fields
            if not field.name.startswith("history_") and field.name not in ("version", "id")
        ]
        rows = list(
            past.objects.filter(id=self.compound.pk)
            .order_by("-history_date", "-history_id")
            .values(
                "history_date",
                "history_type",
                "history_change_reason",
                "history_user__display_name",
                "history_user__username",
                "version",
                *(value_name(past, name) for name in names),
            )[: limit + 1]
        )
        lines = []
        for newer, older in zip(rows[:limit], [*rows[1:], None][:limit], strict=False):
            changes = []
            if older is not None:
                changes = [
                    line
                    for name in names
                    for line in difference(
                        name, older[value_name(past, name)], newer[value_name(past, name)]
                    )
                ]
            lines.append(
                {
                    "at": newer["history_date"],
                    "version": newer["version"],
                    "is_new": older is None or newer["version"] != older["version"],
                    "is_decision": older is not None
                    and any(newer[name] != older[name] for name in DECIDED),
                    "reason": newer["history_change_reason"] or "",
                    "user": newer["history_user__display_name"]
                    or newer["history_user__username"]
                    or "",
                    "is_first": newer["history_type"] == "+",
                    "changes": changes,
                }
            )
        return lines


def _count(queryset, path: str = "pk") -> Subquery:
    """How many (different) values there are, as a column of the row outside."""
    counted = queryset.order_by().annotate(group=Value(1)).values("group")
    number = counted.annotate(number=Count(path, distinct=True)).values("number")
    return Coalesce(Subquery(number), 0)
