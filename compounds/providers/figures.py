"""Party work among the firms of a district in constant queries: S4-2, each figure with its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .models import FirmOrganisation, Provider
from .rules import NO_PARTY

OWN, JOINT = Provider.PartyForm.OWN, Provider.PartyForm.JOINT


@dataclass(frozen=True, slots=True)
class Figure:
    """A count and the list of just these."""

    key: str
    label: Any
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class PartyWork:
    """The firms of a district by how the Party's work reaches them (S4-2)."""

    firms: Figure
    covered: Figure
    uncovered: Figure
    inside: Figure
    alone: Figure
    joint: Figure
    outside: Figure
    instructed: Figure
    both: Figure
    unknown: Figure
    unnamed: Figure
    organisations: Figure
    own_organisations: Figure
    joint_organisations: Figure
    red: Figure


def party_work(user, district: int) -> PartyWork:
    """Figures of the firms a person sees in a district: two queries.

    Covered is who is in an organisation or has an instructor.
    """
    firms = Provider.objects.visible_to(user).filter(district=district)
    inside = ~Q(party_form__in=NO_PARTY)
    told = Q(has_instructor=True)
    n = firms.order_by().aggregate(
        firms=Count("pk"),
        covered=Count("pk", filter=inside | told),
        inside=Count("pk", filter=inside),
        alone=Count("pk", filter=Q(party_form=OWN)),
        joint=Count("pk", filter=Q(party_form=JOINT)),
        outside=Count("pk", filter=Q(party_form=Provider.PartyForm.NONE)),
        unknown=Count("pk", filter=Q(party_form="")),
        instructed=Count("pk", filter=told),
        both=Count("pk", filter=inside & told),
        unnamed=Count("pk", filter=inside & Q(party_organisation=None)),
        red=Count("pk", filter=Q(is_red=True)),
    )
    rows = FirmOrganisation.objects.visible_to(user).filter(district=district).order_by()
    m = rows.aggregate(
        organisations=Count("pk"),
        own_organisations=Count("pk", filter=Q(form=OWN.value)),
        joint_organisations=Count("pk", filter=Q(form=JOINT.value)),
    )

    def firm(key: str, label, **query) -> Figure:
        return Figure(key, label, n[key], _to("provider_list", query))

    def organisation(key: str, label, **query) -> Figure:
        return Figure(key, label, m[key], _to("organisation_list", query))

    return PartyWork(
        firms=firm("firms", _("firms")),
        covered=firm("covered", _("reached by party work"), covered="true"),
        uncovered=Figure(
            "uncovered",
            _("not reached"),
            n["firms"] - n["covered"],
            _to("provider_list", {"covered": "false"}),
        ),
        inside=firm("inside", _("firms in a party organisation"), in_organisation="true"),
        alone=firm("alone", _("with an organisation of their own"), party_form="OWN"),
        joint=firm("joint", _("in a joint organisation"), party_form="JOINT"),
        outside=firm("outside", _("without an organisation"), party_form="NONE"),
        instructed=firm("instructed", _("with a party-building instructor"), has_instructor="true"),
        both=firm(
            "both",
            _("in an organisation and with an instructor"),
            in_organisation="true",
            has_instructor="true",
        ),
        unknown=firm("unknown", _("form not known"), party_form="unknown"),
        unnamed=firm("unnamed", _("organisation not named"), organisation="0"),
        organisations=organisation("organisations", _("party organisations of firms")),
        own_organisations=organisation("own_organisations", _("of one firm alone"), form="OWN"),
        joint_organisations=organisation(
            "joint_organisations", _("joint, of several firms"), form="JOINT"
        ),
        red=firm("red", _("red property"), is_red="true"),
    )


def _to(name: str, query: dict[str, str]) -> str:
    base = reverse(f"providers:{name}")
    return f"{base}?{urlencode(query)}" if query else base
