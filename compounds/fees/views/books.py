"""Books of compounds: what is left in them, one book, a line, its reversal, the publication."""

from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Max, Min, OuterRef, Q, Subquery, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from compounds.registry.models import Compound
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.forms import add_refusal
from governance.foundation.tables import day_of
from governance.foundation.views import ListPage
from governance.organisation.access import right_required
from governance.organisation.scope import REGISTER_VIEW

from .. import questions
from ..filters import BookFilterSet
from ..forms import EntryForm, PublishForm, ReverseForm
from ..importing import BOOKS
from ..models import BookBalance, BookEntry
from ..services import add_entry, publish_entries, reverse_entry
from ..services.books import sums_of
from ..tables import BookTable
from .common import (
    EDIT,
    EXPORT,
    FOLDER,
    IMPORT,
    Annotated,
    compound_of,
    export,
    place_of,
    record_export,
)
from .reports import without_street

PAGE = 50
Kind = BookEntry.Kind


def _sum(kind: str) -> Subquery:
    rows = BookEntry.objects.filter(compound=OuterRef("pk"), kind=kind).order_by()
    return Subquery(rows.values("compound").annotate(n=Sum("amount")).values("n"))


def _day(found, **where) -> Subquery:
    rows = BookEntry.objects.filter(compound=OuterRef("pk"), **where).order_by()
    return Subquery(rows.values("compound").annotate(n=found).values("n"))


class BookList(ListPage):
    """Compounds that keep a book, and what is left in it."""

    table = BookTable
    filterset = BookFilterSet
    template_name = f"{FOLDER}/book_list.html"
    right = REGISTER_VIEW

    def visible(self):
        rows = Compound.objects.filter(self.request.user.scope.seen())
        return questions.with_balance(rows).annotate(
            income=_sum(Kind.INCOME),
            cost=_sum(Kind.COST),
            spent=_sum(Kind.SPENT),
            published=_day(Max("published_on")),
            waiting=_day(Min("on"), published_on=None),
        )

    def page_context(self):
        return {"places": places_of(self.request.user)}

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
        scope = self.request.user.scope
        held = BookBalance.objects.filter(compound__in=listing.queryset.values("pk"))
        _inside, query = place_of(listing)
        return {
            "waiting": listing.queryset.filter(waiting__isnull=False).count(),
            "total": held.aggregate(n=Sum("amount"))["n"] or Decimal(0),
            "query": query,
            "may_edit": scope.has(EDIT),
            "may_export": scope.has(EXPORT),
            "may_import": scope.has(IMPORT),
        }


book_list = BookList.as_view()


@right_required(REGISTER_VIEW)
@require_safe
def book_export(request):
    """The sheet 公共收益收支表: the lines of all books that the list shows."""
    page = BookList()
    page.setup(request)
    listing = page.listing()
    rows = BookEntry.objects.filter(compound__in=listing.queryset.values("pk"))
    return export(request, BOOKS, rows, listing, _("all books"))


@login_required
@require_safe
def book(request, code):
    """The book of a compound, newest line first, each with what was left after it."""
    compound = compound_of(request, code)
    rows = BookEntry.objects.filter(compound=compound)
    lines = with_running(list(rows.select_related("reversed_by", "reverses").order_by("on", "pk")))
    pages = Paginator(lines[::-1], PAGE)
    page = pages.get_page(request.GET.get("page"))
    scope = request.user.scope
    return render(
        request,
        f"{FOLDER}/book.html",
        {
            "compound": compound,
            "page": page,
            "sums": sums_of(line["entry"] for line in lines),
            "waiting": sum(line["entry"].published_on is None for line in lines),
            "last": max(
                (x["entry"].published_on for x in lines if x["entry"].published_on), default=None
            ),
            "may_edit": scope.can(EDIT, compound) and compound.status == "ACTIVE",
            "may_export": scope.can(EXPORT, compound),
        },
    )


def with_running(entries: list[BookEntry]) -> list[dict]:
    """Lines in the order of their days, each with the balance after it.

    By the day that stands in the line: one entered late can make an earlier balance look short,
    the book as it was written never was.
    """
    left, found = Decimal(0), []
    for entry in entries:
        left += entry.signed
        found.append({"entry": entry, "left": left})
    return found


@login_required
def entry_add(request, code):
    compound = compound_of(request, code, EDIT)
    kind = request.GET.get("kind", "")
    first = {
        "on": dates.today(),
        "kind": kind if kind in Kind.values else Kind.INCOME,
        "source": BookEntry.Source.PARKING,
    }
    form = EntryForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            add_entry(by=request.user, compound=compound, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The line was entered into the book."))
            return redirect("fees:book", compound.code)
    held = BookBalance.objects.filter(compound=compound).values_list("amount", flat=True).first()
    return render(
        request,
        f"{FOLDER}/entry_add.html",
        {"form": form, "compound": compound, "balance": held or Decimal(0)},
    )


@login_required
def entry_reverse(request, pk):
    rows = BookEntry.objects.visible_to(request.user).select_related("compound", "reversed_by")
    entry = get_object_or_404(rows, pk=pk)
    request.user.scope.require(EDIT, entry)
    form = ReverseForm(request.POST or None, initial={"on": dates.today()})
    if request.method == "POST" and form.is_valid():
        try:
            reverse_entry(by=request.user, entry=entry, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            messages.success(request, _("The line was reversed; both stay in the book."))
            return redirect("fees:book", entry.compound.code)
    return render(
        request,
        f"{FOLDER}/entry_reverse.html",
        {"form": form, "entry": entry, "compound": entry.compound},
    )


@login_required
def book_publish(request, code):
    """Mark the lines that were posted, so that the next sheet begins after them."""
    compound = compound_of(request, code, EDIT)
    today = dates.today()
    form = PublishForm(request.POST or None, initial={"until": today, "published_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            rows = publish_entries(by=request.user, compound=compound, **form.cleaned_data)
        except (DomainError, ValidationError) as error:
            add_refusal(form, error)
        else:
            words = ngettext(
                "%(count)s line was marked as published.",
                "%(count)s lines were marked as published.",
                len(rows),
            )
            messages.success(request, words % {"count": len(rows)})
            return redirect("fees:book", compound.code)
    waiting = BookEntry.objects.filter(compound=compound, published_on=None).order_by("on", "pk")
    return render(
        request,
        f"{FOLDER}/book_publish.html",
        {"form": form, "compound": compound, "waiting": waiting[:PAGE], "count": waiting.count()},
    )


@login_required
@require_safe
def book_print(request, code):
    """The sheet for the board: income, reasonable cost, net, what it was spent on, what is left.

    Of the lines that wait, or of those between two days. Recorded like every sheet that leaves.
    """
    compound = compound_of(request, code)
    request.user.scope.require(EXPORT, compound)
    since, until = (day_of(request.GET.get(name, "")) for name in ("since", "until"))
    rows = BookEntry.objects.filter(compound=compound)
    if since or until:
        chosen = Q()
        if since:
            chosen &= Q(on__gte=since)
        if until:
            chosen &= Q(on__lte=until)
        shown = rows.filter(chosen)
    else:
        shown = rows.filter(published_on=None)
    entries = list(shown.order_by("on", "pk"))
    first = since or min((one.on for one in entries), default=None)
    title = " ".join((_("Publication of public revenue"), compound.name))
    record_export(request, BookEntry, title, len(entries))
    sums = sums_of(entries)
    total = sums_of(rows)["balance"] if not until else rows.filter(on__lte=until).net()
    return render(
        request,
        f"{FOLDER}/book_print.html",
        {
            "compound": compound,
            "items": by_source(entries),
            "spent": [one for one in entries if one.kind == Kind.SPENT],
            "sums": sums,
            "carried": total - sums["balance"],
            "total": total,
            "since": first,
            "until": until or max((one.on for one in entries), default=None),
            "today": dates.today(),
            "is_of_waiting": not (since or until),
        },
    )


def by_source(entries: list[BookEntry]) -> list[dict]:
    """Income and cost of each item, and what is left of it (sheet N)."""
    found: dict[str, dict] = {}
    for entry in entries:
        if entry.kind == Kind.SPENT:
            continue
        item = found.setdefault(
            entry.source,
            {"label": entry.get_source_display(), "income": Decimal(0), "cost": Decimal(0)},
        )
        item["income" if entry.kind == Kind.INCOME else "cost"] += entry.amount
    for item in found.values():
        item["net"] = item["income"] - item["cost"]
    return [found[source] for source in BookEntry.Source.values if source in found]
