"""The viability sheet of a compound or a lot: inputs, result, sensitivity; kept and printed."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from compounds.providers.models import Provider
from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.charts import StackedBars
from governance.foundation.drawing import Bar, Mark
from governance.foundation.errors import DomainError

from .. import gathering, services
from ..forms import NoteForm, ViabilityForm
from ..gathering import LABELS, Gathered
from ..models import Lot, ViabilitySheet
from ..rules.viability import Reckoning, Verdict
from ..services import EDIT, LOT
from ..wording import LINES, VERDICTS
from .common import FOLDER, compound_of, lot_of, show_refusal

KEPT = 20


@login_required
def viability(request, code):
    """The sheet of one compound."""
    compound = compound_of(request, code)
    return _page(request, compound, EDIT)


@login_required
def lot_viability(request, pk):
    """The sheet of a lot: does the large one carry the small ones?"""
    return _page(request, lot_of(request, pk), LOT)


def _page(request, subject: Compound | Lot, right: str):
    user, today = request.user, dates.today()
    sent = request.POST if request.method == "POST" else request.GET
    firms = Provider.objects.visible_to(user).filter(district_id=subject.district_id)
    gathered = _gathered(subject, today, _chosen(sent, firms))
    is_typed = "reckon" in sent or request.method == "POST"
    form = ViabilityForm(
        sent if is_typed else None,
        gathered=gathered,
        firms=firms.order_by("name", "pk"),
        initial={"provider": sent.get("provider") or _provider_of(subject)},
    )
    note = NoteForm(sent if request.method == "POST" else None)
    if is_typed and form.is_valid():
        gathered = gathered.with_typed(form.typed, str(user))
    if request.method == "POST":
        user.scope.require(right, subject)
        if form.is_valid() and note.is_valid():
            try:
                sheet = services.keep_sheet(
                    by=user, subject=subject, gathered=gathered, note=note.cleaned_data["note"]
                )
            except (DomainError, ValidationError) as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The sheet was kept."))
                return redirect("contracts:viability_sheet", sheet.pk)
    kept = subject.viability_sheets.select_related("made_by")[:KEPT]
    context = {
        **sheet_context(gathered),
        **_of(subject),
        "form": form,
        "note": note,
        "rows": _rows(form, gathered),
        "kept": kept,
        "may_keep": user.scope.can(right, subject),
        "today": today,
    }
    return render(request, f"{FOLDER}/viability.html", context)


def _chosen(sent, firms) -> int | None:
    """The provider whose norms are asked for."""
    text = sent.get("provider", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return firms.filter(pk=int(text)).values_list("pk", flat=True).first()


def _gathered(subject, today, provider) -> Gathered:
    gather = gathering.of_lot if isinstance(subject, Lot) else gathering.of_compound
    return gather(subject, as_of=today, provider_id=provider)


def _provider_of(subject) -> int | None:
    return subject.provider_id if isinstance(subject, Lot) else None


def _of(subject) -> dict:
    """How the page names and finds its subject."""
    if isinstance(subject, Lot):
        return {
            "lot": subject,
            "subject": subject,
            "subject_url": reverse("contracts:lot_detail", args=[subject.pk]),
        }
    return {
        "compound": subject,
        "subject": subject,
        "subject_url": reverse("dashboards:compound_dossier", args=[subject.code]),
    }


def _rows(form: ViabilityForm, gathered: Gathered) -> list[dict]:
    """Each input with its field and the source of what stands there now."""
    now = {one.key: one for one in gathered.inputs}
    return [
        {"field": field, "input": now[one.key], "is_asked": now[one.key].value is None}
        for field, one in form.rows
    ]


def sheet_context(gathered: Gathered) -> dict:
    """The result of a sheet, ready to be shown."""
    found = gathered.reckon()
    css, words = VERDICTS[found.verdict]
    return {
        "gathered": gathered,
        "found": found,
        "income_lines": [(LINES[line.key], line, _named(line)) for line in found.income.lines],
        "cost_lines": [
            (line.name, line, _named(line), norm)
            for line, norm in zip(found.cost.lines, _in_order(gathered), strict=True)
        ],
        "verdict": words,
        "verdict_class": css,
        "asked": [LABELS[key] for key in found.missing],
        "sensitivity": [(at, *VERDICTS[at.verdict]) for at in found.sensitivity],
        "chart": _chart(found),
    }


def _in_order(gathered: Gathered) -> list:
    """Norms in the order of their lines: sizes first, then percentages."""
    sized = [norm for norm in gathered.norms if norm.kind != "PERCENT"]
    return [*sized, *(norm for norm in gathered.norms if norm.kind == "PERCENT")]


def _named(line) -> list:
    return [LABELS[key] for key in line.missing]


def _chart(found: Reckoning) -> StackedBars:
    """Income at each collection rate beside cost, on one scale."""
    tones = {Verdict.VIABLE: "done", Verdict.NOT_VIABLE: "bad", Verdict.UNKNOWN: "st2"}
    bars = [
        Bar(
            _("collection %(rate)s %%") % {"rate": f"{at.rate.normalize():f}"},
            [_mark(_("income"), at.income, tones[at.verdict])],
            text=f"{at.income:,.2f}",
        )
        for at in found.sensitivity
        if at.income is not None
    ]
    if bars and found.cost.amount is not None:
        mark = _mark(_("cost"), found.cost.amount, "st3")
        bars.append(Bar(_("cost"), [mark], text=f"{found.cost.amount:,.2f}"))
    return StackedBars(
        title=_("Income at each collection rate, and cost (yuan a year)"),
        empty=_("The bars appear when income is known."),
        bars=bars,
        row_title=_("collection rate (%)"),
        has_key=False,
    )


def _mark(label: str, amount: Decimal, tone: str) -> Mark:
    """A bar that keeps its number to its end."""
    return Mark(label, amount, tone, text=f"{amount:,.2f}", is_quiet=True)


@login_required
@require_safe
def viability_sheet(request, pk):
    """A kept sheet, as it was reckoned."""
    rows = ViabilitySheet.objects.visible_to(request.user).select_related(
        "compound", "compound__community", "lot", "made_by"
    )
    sheet = get_object_or_404(rows, pk=pk)
    gathered = gathering.from_record(sheet.record)
    context = {
        **sheet_context(gathered),
        **_of(sheet.lot or sheet.compound),
        "sheet": sheet,
        "as_of": sheet.record["as_of"],
        "margin": sheet.income - sheet.cost if sheet.cost else Decimal(0),
    }
    return render(request, f"{FOLDER}/viability_sheet.html", context)
