"""Changes of a subsidy by document: the list, the proposal with what it costs, the decision."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from compounds.assignment.views.common import act_page
from compounds.clearing.watch_tables import Chips, Linked
from compounds.registry.filters import PlacedFilterSet
from compounds.registry.places import places_of
from compounds.registry.tables import Place
from governance.foundation import dates, tables
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.filters import ChoiceFilter
from governance.foundation.forms import (
    Day,
    DocumentNumber,
    ExactNumber,
    Text,
    WholeNumber,
    add_refusal,
)
from governance.foundation.views import ListPage
from governance.organisation.scope import REGISTER_VIEW
from subsidies.ledger import questions as ledger
from subsidies.ledger.models import BudgetIndicator

from ..models import APPROVE, ASSESS, Entitlement, TermChange
from ..services import changes as services
from ..services.changes import CHANGEABLE, Kind, State

FOLDER = "subsidies/entitlements"
KINDS = {"extension": Kind.EXTENSION, "basis": Kind.BASIS, "funding": Kind.FUNDING}
CLASSES = {State.PREPARED: "warn", State.APPROVED: "ok", State.REFUSED: ""}
NOTES = {
    Kind.EXTENSION: gettext_lazy(
        "The months follow the present term at the last rate of the programme. What they cost is"
        " committed when the extension is approved."
    ),
    Kind.BASIS: gettext_lazy(
        "Months that are accrued stay as they are. The difference is committed or released when"
        " the change is approved."
    ),
    Kind.FUNDING: gettext_lazy(
        "From that month on the other indicator pays the share. What is committed for it moves"
        " over when the change is approved."
    ),
}


def _label(name: str):
    return TermChange._meta.get_field(name).verbose_name


class ChangeForm(forms.Form):
    """What changes from when, by which document and why; only the fields of its kind."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    months = WholeNumber(label=_label("months"), min_value=1, max_value=services.LONGEST)
    from_month = Day(
        label=_label("from_month"), help_text=gettext_lazy("Any day of the month will do.")
    )
    area_m2 = ExactNumber(
        label=_label("area_m2"),
        required=False,
        min_value=0,
        max_value=10**9,
        decimal_places=2,
    )
    household_count = WholeNumber(
        label=_label("household_count"), required=False, min_value=0, max_value=10**6
    )
    payer = forms.ChoiceField(
        label=_label("payer"), choices=TermChange._meta.get_field("payer").choices
    )
    indicator = forms.ModelChoiceField(BudgetIndicator.objects.none(), label=_label("indicator"))
    document = DocumentNumber(label=_label("document"), max_length=150)
    reason = Text(
        label=_label("reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300}),
    )

    OWN = {
        Kind.EXTENSION: ("months",),
        Kind.BASIS: ("from_month", "area_m2", "household_count"),
        Kind.FUNDING: ("from_month", "payer", "indicator"),
    }

    def __init__(self, *args, kind: str, row: Entitlement, **kwargs):
        super().__init__(*args, **kwargs)
        kept = {"version", "document", "reason", *self.OWN[kind]}
        for name in list(self.fields):
            if name not in kept:
                del self.fields[name]
        if kind == Kind.FUNDING:
            rows = BudgetIndicator.objects.filter(district=row.district_id)
            field = self.fields["indicator"]
            field.queryset = rows.select_related("line").order_by("-line__year", "number")
            field.label_from_instance = _indicator


def _indicator(one: BudgetIndicator) -> str:
    return f"{one.line.year} {one.number} {one.name} · {one.get_payer_display()}"


class DecisionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    on = Day(label=_label("approved_on"))


class RefusalForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Text(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
    )


# -- the list --------------------------------------------------------------------------------------
class Money(tables.Column):
    """Yuan more (+) or less (−)."""

    css = "num"

    def writer(self, page):
        return lambda value: f"{value:+,.2f}" if value else "0.00"


class ChangeTable(tables.ListTable):
    name = Linked(
        gettext_lazy("compound"),
        "entitlements:change_detail",
        reads=("entitlement__compound__name", "pk"),
        sorts=("entitlement__compound__name",),
        is_fixed=True,
    )
    street = Place(gettext_lazy("street"), reads=("street_id",), sorts=(), css="nowrap aside")
    kind = tables.Choice(_label("kind"), choices=Kind.choices, sorts=())
    from_month = tables.Day(_label("from_month"))
    amount = Money(_label("amount"))
    document = tables.Column(_label("document"), sorts=())
    state = Chips(_label("state"), choices=State.choices, classes=CLASSES, sorts=())

    class Meta:
        order_by = ()


class ChangeFilterSet(PlacedFilterSet):
    state = ChoiceFilter(choices=State.choices, label=pgettext_lazy("change", "state"))
    kind = ChoiceFilter(choices=Kind.choices, label=_label("kind"))
    line = ("state", "kind", "street")
    groups = ((gettext_lazy("Place"), ("community",)),)


class ChangeList(ListPage):
    """Changes by document of the reader's places, the latest month first."""

    table = ChangeTable
    filterset = ChangeFilterSet
    template_name = f"{FOLDER}/change_list.html"
    default_sort = "-from_month"
    right = REGISTER_VIEW

    def visible(self):
        return TermChange.objects.visible_to(self.request.user)

    def page_context(self):
        return {"places": places_of(self.request.user)}

    def extra_context(self, listing):
        return {"today": dates.today(), "here": "change_list"}


change_list = ChangeList.as_view()


# -- one change ------------------------------------------------------------------------------------
def _entitlement(request, pk: int) -> Entitlement:
    rows = Entitlement.objects.visible_to(request.user).filter(
        state__in=[*CHANGEABLE, "EXITED", "CLOSED"]
    )
    rows = rows.select_related("compound", "provider", "programme", "contract")
    row = get_object_or_404(rows, pk=pk)
    request.user.scope.require(ASSESS, row)
    return row


def _change(request, pk: int, right: str = REGISTER_VIEW) -> TermChange:
    rows = TermChange.objects.visible_to(request.user).select_related(
        "entitlement",
        "entitlement__compound",
        "entitlement__provider",
        "entitlement__programme",
        "entitlement__contract",
        "indicator",
        "prepared_by",
        "approved_by",
    )
    change = get_object_or_404(rows, pk=pk)
    request.user.scope.require(right, change)
    return change


@login_required
def change_add(request, pk, kind):
    """Propose a change of one kind."""
    if kind not in KINDS:
        raise Http404
    row, kind = _entitlement(request, pk), KINDS[kind]
    form = ChangeForm(request.POST or None, kind=kind, row=row, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            change = services.propose_change(
                by=request.user, entitlement=row, kind=kind, **form.cleaned_data
            )
        except StaleRecord as error:
            messages.warning(request, str(error))
            return redirect("entitlements:entitlement_detail", row.pk)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The change is proposed. Somebody else approves it."))
            return redirect("entitlements:change_detail", change.pk)
    area, households = services.basis_at([row], dates.today().replace(day=1))[row.pk]
    context = {
        "row": row,
        "form": form,
        "kind": kind.label,
        "note": NOTES[kind],
        "area": area,
        "households": households,
        "beyond": max(0, row.months - row.programme.months),
        "kinds": [(slug, one.label, one == kind) for slug, one in KINDS.items()],
        "back": reverse("entitlements:entitlement_detail", args=[row.pk]),
    }
    return render(request, f"{FOLDER}/change_add.html", context)


@login_required
@require_safe
def change_detail(request, pk):
    """A change with what it does to each indicator, and its decision."""
    change = _change(request, pk)
    row, user = change.entitlement, request.user
    is_open = change.state == State.PREPARED
    may_decide = is_open and user.scope.can(APPROVE, change)
    context = {
        "change": change,
        "row": row,
        "state_class": CLASSES[change.state],
        "indicators": _indicators(row, change) if is_open else [],
        "beyond": max(0, row.months + (change.months or 0) * is_open - row.programme.months)
        if change.kind == Kind.EXTENSION
        else 0,
        "may_decide": may_decide and change.prepared_by_id != user.pk,
        "is_own": may_decide and change.prepared_by_id == user.pk,
    }
    return render(request, f"{FOLDER}/change_detail.html", context)


def _indicators(row: Entitlement, change: TermChange) -> list[dict]:
    """By indicator: what the change asks of it now, and what is available there."""
    try:
        found = services.effect_of(row, change).by_indicator
    except DomainError as error:
        return [{"problem": str(error)}]
    names = BudgetIndicator.objects.in_bulk(found)
    left = ledger.left(list(found))
    return [
        {
            "indicator": names[pk],
            "amount": amount,
            "available": left[pk].available if pk in left else 0,
            "is_short": amount > (left[pk].available if pk in left else 0),
        }
        for pk, amount in found.items()
    ]


@login_required
def change_approve(request, pk):
    change = _change(request, pk, APPROVE)
    initial = {"version": change.version, "on": dates.today()}
    form = DecisionForm(request.POST or None, initial=initial)
    return act_page(
        request,
        form,
        write=lambda: services.approve_change(by=request.user, change=change, **form.cleaned_data),
        title=_("Approve the change"),
        button=_("Approve"),
        done=_("The change is approved; the ledger follows it."),
        back=reverse("entitlements:change_detail", args=[change.pk]),
        template=f"{FOLDER}/change_act.html",
        change=change,
        row=change.entitlement,
    )


@login_required
def change_refuse(request, pk):
    change = _change(request, pk, APPROVE)
    form = RefusalForm(request.POST or None, initial={"version": change.version})
    return act_page(
        request,
        form,
        write=lambda: services.refuse_change(by=request.user, change=change, **form.cleaned_data),
        title=_("Refuse the change"),
        button=_("Refuse"),
        done=_("The change is refused; everything stays."),
        back=reverse("entitlements:change_detail", args=[change.pk]),
        template=f"{FOLDER}/change_act.html",
        change=change,
        row=change.entitlement,
    )
