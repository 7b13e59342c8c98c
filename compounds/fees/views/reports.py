"""Monthly reports: the list, what is missing, one report, and a month of a street in one table."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, Q, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from compounds.assignment.models import Assignment
from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, StaleRecord
from governance.foundation.forms import add_refusal
from governance.foundation.views import Listing, ListPage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import figures, questions, rules
from ..filters import MissingFilterSet, ReportFilterSet, month_named
from ..forms import ReportForm
from ..gridding import Sheet
from ..importing import REPORTS
from ..models import CollectionReport
from ..services import enter_month, save_report
from ..services.collecting import FIGURES, MonthRefused
from ..tables import MissingTable, ReportTable
from .common import EDIT, EXPORT, FOLDER, IMPORT, Annotated, compound_of, export, place_of

PAGE = 100


def without_street(listing, request):
    """A scope of one street needs no column of it."""
    if len(listing.context["places"].streets) == 1 and "columns" not in request.GET:
        listing.names = [name for name in listing.names if name != "street"]
    return listing


class ReportList(ListPage):
    """Reports of the reader's places: at first those of last month."""

    table = ReportTable
    filterset = ReportFilterSet
    template_name = f"{FOLDER}/report_list.html"
    default_sort = "compound"
    right = REGISTER_VIEW

    def visible(self):
        return CollectionReport.objects.visible_to(self.request.user)

    def page_context(self):
        user = self.request.user
        return {"places": places_of(user), "may_edit": user.scope.has(EDIT)}

    def extra_context(self, listing):
        user = self.request.user
        chosen = listing.filterset.value("month")
        month = month_named(chosen or "")
        _inside, query = place_of(listing)
        return {
            "month": month,
            "query": query,
            # The mean of compounds speaks of one month: of several it would count some twice.
            "rates": figures.rates(month, listing.queryset, with_mean=month is not None),
            "may_edit": user.scope.has(EDIT),
            "may_export": user.scope.has(EXPORT),
            "may_import": user.scope.has(IMPORT),
        }


report_list = ReportList.as_view()


@right_required(REGISTER_VIEW)
@require_safe
def report_export(request):
    """The sheet 收费月报 of what the list shows."""
    context = {"places": places_of(request.user), "may_edit": False}
    rows = CollectionReport.objects.visible_to(request.user)
    listing = Listing(
        table=ReportTable,
        filterset=ReportFilterSet(request.GET, rows, page=context),
        query=request.GET,
        default_sort="compound",
        context=context,
    )
    return export(request, REPORTS, listing.queryset, listing, _("all reports"))


class MissingList(ListPage):
    """Compounds that charged all through a month and have not reported it: the work list."""

    table = MissingTable
    filterset = MissingFilterSet
    template_name = f"{FOLDER}/missing_list.html"
    right = REGISTER_VIEW

    @property
    def month(self):
        last = figures.last_month()
        return min(month_named(self.request.GET.get("month", "")) or last, last)

    def visible(self):
        present = Assignment.objects.active().filter(compound=OuterRef("pk"))
        return (
            questions.missing_reports(self.month)
            .filter(self.request.user.scope.seen())
            .annotate(
                provider_name=Subquery(present.values("provider__name")[:1]),
                charges_from=questions.charging_since(),
                last_month=questions.last_reported(),
            )
        )

    def page_context(self):
        user = self.request.user
        return {
            "places": places_of(user),
            "may_edit": user.scope.has(EDIT),
            "month": self.month,
        }

    def listing(self):
        context = self.page_context()
        listing = Annotated(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )
        return without_street(listing, self.request)

    def extra_context(self, listing):
        _inside, query = place_of(listing)
        return {
            "month": self.month,
            "query": query,
            "may_edit": self.request.user.scope.has(EDIT),
            "may_import": self.request.user.scope.has(IMPORT),
        }


missing_list = MissingList.as_view()


# -- one report ------------------------------------------------------------------------------------
@login_required
def report_add(request, code):
    compound = compound_of(request, code, EDIT)
    month = month_named(request.GET.get("month", "")) or figures.last_month()
    report = CollectionReport.objects.filter(compound=compound, month=month).first()
    if report and request.method == "GET":
        return redirect("fees:report_edit", report.pk)
    return _report(request, compound, None, {"month": month, "version": 0})


@login_required
def report_edit(request, pk):
    rows = CollectionReport.objects.visible_to(request.user).select_related("compound")
    report = get_object_or_404(rows, pk=pk)
    request.user.scope.require(EDIT, report)
    count = report.compound.complaint_counts.filter(month=report.month).first()
    names = ("month", "note", "version", *FIGURES)
    first = {name: getattr(report, name) for name in names}
    return _report(
        request, report.compound, report, {**first, "complaints": count.count if count else None}
    )


def _report(request, compound: Compound, report, first: dict):
    form = ReportForm(request.POST or None, initial=first)
    if report:
        form.fields["month"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            save_report(by=request.user, compound=compound, **form.cleaned_data)
        except StaleRecord as error:
            messages.warning(request, str(error))
            held = error.current
            return redirect(
                *(("fees:report_edit", held.pk) if held else ("fees:report_add", compound.code))
            )
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The report was saved."))
            return redirect("fees:compound_fees", compound.code)
    before = (
        CollectionReport.objects.filter(compound=compound, month__lt=first["month"])
        .order_by("-month")
        .first()
    )
    return render(
        request,
        f"{FOLDER}/report_form.html",
        {"form": form, "compound": compound, "report": report, "before": before},
    )


# -- a month of a street ---------------------------------------------------------------------------
@right_required(EDIT)
def month_grid(request):
    """All served compounds of a street (or community) of one month, to be typed in at once."""
    user = request.user
    places = places_of(user)
    month = month_named(request.GET.get("month", "")) or figures.last_month()
    if month > rules.month_of(dates.today()):
        raise Http404
    rows = questions.served(month).filter(user.scope.granted(EDIT))
    place, where, query = _grid_place(request, places)
    if place is None:
        return _choose_street(request, places, rows, month)
    number = request.GET.get("page", "1")
    page = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 1
    found = rows.filter(where).order_by("community__code", "code")
    first = (max(page, 1) - 1) * PAGE
    compounds = list(found.select_related("community")[first : first + PAGE + 1])
    sheet = Sheet(month, compounds[:PAGE])
    if request.method == "POST":
        lines = sheet.read(request.POST)
        if not sheet.has_errors:
            try:
                written = enter_month(by=user, month=month, lines=lines)
            except MonthRefused as error:
                sheet.refuse(error.refused)
            else:
                _said(request, written, sheet)
                return redirect(request.get_full_path())
    return render(
        request,
        f"{FOLDER}/month_grid.html",
        {
            "place": place,
            "query": query,
            "month": month,
            "earlier": rules.months_later(month, -1),
            "later": rules.months_later(month, 1)
            if month < rules.month_of(dates.today())
            else None,
            "sheet": sheet,
            "page": page,
            "has_next": len(compounds) > PAGE,
            "is_only": len(places.streets) == 1,
        },
    )


def _said(request, written, sheet) -> None:
    if written or sheet.has_counts:
        words = ngettext(
            "%(count)s report was saved.", "%(count)s reports were saved.", len(written)
        )
        messages.success(request, words % {"count": len(written)})
    else:
        messages.info(request, _("Nothing was changed."))


def _grid_place(request, places):
    for name in ("community", "street"):
        if code := request.GET.get(name, ""):
            place = places.by_code.get(code)
            if place is None:
                raise Http404
            return place, Q(**{f"{name}_id": place.id}), {name: code}
    streets = [one for one in places.streets if one.id in places.inside]
    if len(places.streets) == 1 and streets:
        return streets[0], Q(street_id=streets[0].id), {"street": streets[0].code}
    if len(places.communities) == 1:
        one = places.communities[0]
        return one, Q(community_id=one.id), {"community": one.code}
    return None, Q(), {}


def _choose_street(request, places, rows, month):
    """The streets with how far each has come."""
    every = dict(rows.order_by().values_list("street_id").annotate(n=Count("pk")))
    done = CollectionReport.objects.filter(month=month, compound__in=rows.values("pk"))
    reported = dict(done.order_by().values_list("street_id").annotate(n=Count("pk")))
    return render(
        request,
        f"{FOLDER}/grid_streets.html",
        {
            "month": month,
            "earlier": rules.months_later(month, -1),
            "later": rules.months_later(month, 1)
            if month < rules.month_of(dates.today())
            else None,
            "streets": [
                (one, every[one.id], reported.get(one.id, 0))
                for one in places.streets
                if one.id in every
            ],
        },
    )
