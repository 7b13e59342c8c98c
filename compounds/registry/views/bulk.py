"""Acts on many compounds of the list: those ticked, or all that its filters show.

Correcting: choose fields, see what changes and in which rows, save once. The filters are asked
again through the writer's posts at each step.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal

from ..filters import CompoundFilterSet
from ..forms import BULK, BulkForm
from ..models import Compound
from ..places import places_of
from ..services import bulk
from .compounds import to_dossier

MOST_PICKED = 1000
MOST_FILTERED = 20_000
LONGEST_LIST = 4000
SHOWN_FIRST = 10
EDIT, VERIFY = "registry.edit", "registry.verify"


class UnusableList(DomainError):  # noqa: N818 - names of refusals read as sentences
    """A filtered list that cannot be corrected as a whole."""


@dataclass(frozen=True)
class Selection:
    """The compounds an act is meant for, and the list they were chosen in."""

    rows: QuerySet
    ids: tuple[int, ...]
    listed: str
    filterset: CompoundFilterSet | None = None  # of the whole list; none where rows were ticked

    @property
    def is_all(self) -> bool:
        return self.filterset is not None

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def seen(self) -> str:
        return bulk.fingerprint(self.ids)

    @property
    def back(self) -> str:
        return back_to(self.listed)

    @cached_property
    def first(self) -> list[Compound]:
        """The first rows, for the page that asks to confirm."""
        return list(self.rows.select_related("community").order_by("code")[:SHOWN_FIRST])

    @property
    def applied(self) -> list[tuple[str, str]]:
        """The filters of a whole list, in words."""
        if self.filterset is None:
            return []
        found = [(one.label, one.value) for one in self.filterset.applied]
        words = self.filterset.value("q")
        return [(_("Search"), words), *found] if words else found


def listed_in(parameters) -> str:
    """The query of the list that an act was begun in, as the list itself would write it."""
    return QueryDict(parameters.get("list", "")[:LONGEST_LIST]).urlencode()


def back_to(listed: str) -> str:
    """The list as it was left: with its filters, order and page."""
    return f"{reverse('registry:compound_list')}{'?' if listed else ''}{listed}"


def picked_ids(parameters) -> list[int]:
    """Ids picked in a list, each once; words that are no id are left out.

    At most one more than may be picked, which tells that there were too many.
    """
    found = {
        int(text)
        for text in parameters.getlist("ids")
        if text.isascii() and text.isdigit() and len(text) < 16
    }
    return sorted(found)[: MOST_PICKED + 1]


def picked_compounds(request, right: str) -> list[Compound]:
    """Picked active compounds; 404 where one is out of sight, 403 where the right is missing."""
    request.user.scope.require(right)
    ids = picked_ids(request.POST if request.method == "POST" else request.GET)
    if len(ids) > MOST_PICKED:
        ids = ids[:MOST_PICKED]
        messages.warning(
            request,
            _("Only the first %(most)s of the picked rows were taken. Do the others afterwards.")
            % {"most": MOST_PICKED},
        )
    rows = list(
        Compound.objects.visible_to(request.user).active().filter(pk__in=ids).order_by("code")
    )
    if len(rows) != len(ids):
        raise Http404
    for row in rows:
        request.user.scope.require(right, row)
    return rows


def selected(request, parameters) -> Selection:
    """What is to be corrected: the ticked rows, or all rows of the filtered list.

    Raises Http404, NotAllowed; UnusableList where a filter means nothing or shows too much.
    """
    listed = listed_in(parameters)
    if parameters.get("all") != "1":
        ids = tuple(row.pk for row in picked_compounds(request, EDIT))
        return Selection(Compound.objects.filter(pk__in=ids), ids, listed)
    request.user.scope.require(EDIT)
    query = QueryDict(listed)
    filterset = CompoundFilterSet(
        query,
        Compound.objects.editable_by(request.user, EDIT).active(),
        page={"places": places_of(request.user)},
    )
    if filterset.problems or query.get("as_of"):
        # A filter left out would make the list longer than what was seen.
        raise UnusableList(_("These filters cannot be used to correct a whole list; mend them."))
    rows = filterset.qs.order_by()
    ids = tuple(rows.order_by("pk").values_list("pk", flat=True)[: MOST_FILTERED + 1])
    if len(ids) > MOST_FILTERED:
        raise UnusableList(
            _("At most %(most)s rows are corrected together. Narrow the list by a filter first.")
            % {"most": f"{MOST_FILTERED:,}"}
        )
    return Selection(rows, ids, listed, filterset)


@login_required
def bulk_edit(request):
    """First the fields, then their values with a preview, then the change itself."""
    parameters = request.POST if request.method == "POST" else request.GET
    try:
        chosen_rows = selected(request, parameters)
    except UnusableList as error:
        messages.error(request, str(error))
        return redirect(back_to(listed_in(parameters)))
    chosen = [name for name in BULK if name in parameters.getlist("fields")]
    page = {"selection": chosen_rows, "chosen": chosen}
    if not chosen_rows.count or not chosen:
        page["choices"] = [
            (name, capfirst(Compound._meta.get_field(name).verbose_name)) for name in BULK
        ]
        return render(request, "compounds/registry/bulk_fields.html", page)
    form = BulkForm(request.POST if request.method == "POST" else None, only=chosen)
    page["form"], status = form, 200
    if request.method == "POST" and form.is_valid():
        if request.POST.get("act") == "save":
            try:
                count = _save(request, chosen_rows, form)
            except bulk.SelectionChanged as error:
                page["changed"], status = error, 409
            except (DomainError, ValidationError) as error:
                add_refusal(form, error)
            else:
                messages.success(
                    request,
                    ngettext(
                        "%(n)s compound was corrected.", "%(n)s compounds were corrected.", count
                    )
                    % {"n": f"{count:,}"},
                )
                return redirect(chosen_rows.back)
        page["changing"] = _changing(chosen_rows, form.changes)
    return render(request, "compounds/registry/bulk_edit.html", page, status=status)


def _save(request, selection: Selection, form: BulkForm) -> int:
    facts = {
        "by": request.user,
        "changes": form.changes,
        "source": form.cleaned_data["source"],
        "reason": form.cleaned_data["reason"],
    }
    if not selection.is_all:
        return bulk.change_many(ids=selection.ids, **facts)
    seen = request.POST.get("seen", "")
    return bulk.change_filtered(rows=selection.rows, seen=seen, **facts)


def _changing(selection: Selection, changes: dict[str, Any]) -> dict:
    """How many rows change, and by field from which values."""
    names, wanted = tuple(changes), tuple(changes.values())
    held = Counter(selection.rows.order_by().values_list(*names))
    fields = []
    for at, (name, value) in enumerate(changes.items()):
        before: Counter[str] = Counter()
        for values, count in held.items():
            if values[at] != value:
                before[_words(name, values[at])] += count
        fields.append(
            {
                "label": capfirst(Compound._meta.get_field(name).verbose_name),
                "after": _words(name, value),
                "count": before.total(),
                "before": before.most_common(6),
            }
        )
    count = sum(count for values, count in held.items() if values != wanted)
    return {"count": count, "fields": fields}


def _words(name: str, value) -> str:
    if value is None or value == "":
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(dict(Compound._meta.get_field(name).flatchoices).get(value, value))


@login_required
def verify(request):
    """Verify the surveys of picked compounds."""
    rows = picked_compounds(request, VERIFY)
    listed = listed_in(request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        count = bulk.verify_survey(by=request.user, ids=[row.pk for row in rows])
        messages.success(
            request,
            ngettext("%(n)s survey was verified.", "%(n)s surveys were verified.", count)
            % {"n": count},
        )
        if len(rows) == 1 and not listed:
            return to_dossier(rows[0])
        return redirect(back_to(listed))
    ready = [row for row in rows if row.surveyed_on and not row.verified_on]
    return render(
        request,
        "compounds/registry/verify.html",
        {
            "ready": ready,
            "unsurveyed": [row for row in rows if not row.surveyed_on],
            "done": [row for row in rows if row.verified_on],
            "listed": listed,
            "back": back_to(listed),
        },
    )
