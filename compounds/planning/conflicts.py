"""Why no plan keeps all locks and limits, in words with the pages where each is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation.drawing import grouped
from governance.organisation.models import Area

from .models import PlanRun
from .telling import CONFLICTS

SHOWN = 12  # things of one kind that are named one by one

# Headings of the kinds, in the order of the page; the causes of locks follow as sentences.
KINDS: dict[str, Any] = {
    "lock": pgettext_lazy("in a conflict", "Locks"),
    "capacity": pgettext_lazy("in a conflict", "What a firm can take"),
    "size": pgettext_lazy("in a conflict", "Compounds in a bundle"),
    "must_serve": pgettext_lazy("in a conflict", "No fallback for large compounds"),
    "street_fallback": pgettext_lazy("in a conflict", "Fallback of a street"),
    "provider_share": pgettext_lazy("in a conflict", "Share of one provider"),
    "budget": pgettext_lazy("in a conflict", "Budget of subsidy"),
    "years": pgettext_lazy("in a conflict", "Budget by calendar year"),
    "cap": pgettext_lazy("in a conflict", "Subsidy at most"),
    "reach": pgettext_lazy("in a conflict", "Contiguity"),
}
# The field of the form a dial stands in.
FIELDS = {"years": "paid_from"}


@dataclass(frozen=True)
class Link:
    words: str
    href: str = ""


@dataclass(frozen=True)
class Group:
    """Things of one kind, the first of them by name."""

    title: str
    rows: list[list[Link]]
    more: int


class ConflictPage:
    """What stands against each other in a run that found no plan; a constant number of queries.

    Compounds outside the reader's places have no name.
    """

    def __init__(self, run: PlanRun, user) -> None:
        self.run, self.user = run, user
        self.kept: Mapping[str, Any] = run.figures["conflict"]

    @property
    def is_minimal(self) -> bool:
        return self.kept["is_minimal"]

    @property
    def is_proven(self) -> bool:
        return self.kept["is_proven"]

    @cached_property
    def unserved(self) -> list[Link]:
        """Large compounds nobody may serve."""
        return [self._compound(pk) for pk in self.kept["unserved"][:SHOWN]]

    @property
    def unserved_more(self) -> int:
        return max(0, len(self.kept["unserved"]) - SHOWN)

    @cached_property
    def groups(self) -> list[Group]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for item in self.kept["items"]:
            found.setdefault(item["kind"], []).append(item)
        order = [*KINDS, *(kind for kind in found if kind not in KINDS)]
        return [
            Group(
                str(KINDS.get(kind) or CONFLICTS.get(kind, kind)),
                [self._row(item) for item in found[kind][:SHOWN]],
                max(0, len(found[kind]) - SHOWN),
            )
            for kind in order
            if kind in found
        ]

    def _row(self, item: Mapping[str, Any]) -> list[Link]:
        kind = item["kind"]
        if "compound" in item:
            return [self._compound(item["compound"]), self._locked_to(item)]
        if "provider" in item or "street" in item:
            return [self._who(item), Link(self._limit(kind, item))]
        return [Link(self._limit(kind, item), self._form(kind) if kind in KINDS else "")]

    def _locked_to(self, item: Mapping[str, Any]) -> Link:
        if "provider" not in item and "street" not in item:
            return Link(_("kept in fallback"))
        who = self._who(item)
        return Link(_("only %(name)s") % {"name": who.words}, who.href)

    def _limit(self, kind: str, item: Mapping[str, Any]) -> str:
        """A limit as it stands, with its unit."""
        dials, said = self.run.dials, item.get("said")
        words = {
            "capacity": lambda: _("at most %(n)s m²") % {"n": grouped(round(said))},
            "size": lambda: _("at most %(n)s compounds in a bundle") % {"n": said},
            "must_serve": lambda: (
                _("every compound of %(n)s households or more is served")
                % {"n": dials["must_serve"]}
            ),
            "street_fallback": lambda: (
                _("at most %(n)s%% of the compounds of each street")
                % {"n": f"{dials['street_fallback'] * 100:g}"}
            ),
            "provider_share": lambda: (
                _("at most %(n)s%% of the area") % {"n": f"{dials['provider_share'] * 100:g}"}
            ),
            "budget": lambda: _("at most %(n)s yuan") % {"n": grouped(round(dials["budget"]))},
            "years": lambda: "; ".join(
                _("%(year)s: %(n)s yuan") % {"year": year, "n": grouped(round(float(yuan)))}
                for year, yuan in dials["paying"]["budgets"].items()
            ),
            "cap": lambda: _("at most %(n)s yuan/m²") % {"n": f"{dials['cap']:g}"},
            "reach": lambda: (
                _("%(reach)s m from compound to compound, %(near)s m from a base")
                % {"reach": f"{dials['reach']:g}", "near": f"{dials['near']:g}"}
            ),
        }
        return str(words[kind]()) if kind in words else ""

    def _form(self, kind: str) -> str:
        asked = urlencode({"like": self.run.pk, "area": self.run.area.code})
        return f"{reverse('planning:plan_new')}?{asked}#id_{FIELDS.get(kind, kind)}"

    # names

    def _keys(self, name: str) -> set[int]:
        return {item[name] for item in self.kept["items"] if name in item}

    @cached_property
    def _compounds(self) -> dict[int, Compound]:
        wanted = self._keys("compound") | set(self.kept["unserved"][:SHOWN])
        rows = Compound.objects.visible_to(self.user).only("name", "code")
        return {row.pk: row for row in rows.filter(pk__in=wanted)}

    @cached_property
    def _providers(self) -> dict[int, Provider]:
        return Provider.objects.only("name").in_bulk(self._keys("provider"))

    @cached_property
    def _streets(self) -> dict[int, Area]:
        return Area.objects.defer("boundary").in_bulk(self._keys("street"))

    def _compound(self, pk: int) -> Link:
        row = self._compounds.get(pk)
        if row is None:
            return Link(_("a compound outside your places"))
        return Link(row.name, reverse("dashboards:compound_dossier", args=[row.code]))

    def _who(self, item: Mapping[str, Any]) -> Link:
        if "provider" in item:
            row = self._providers.get(item["provider"])
            name = row.name if row else ""
            return Link(name, reverse("providers:provider_detail", args=[item["provider"]]))
        street = self._streets[item["street"]]
        return Link(
            _("centre of %(street)s") % {"street": street.name}, reverse("planning:norms_list")
        )
