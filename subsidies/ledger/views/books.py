"""The book: vouchers, postings, statements with their running balance."""

from decimal import Decimal

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery, Sum
from django.http import Http404
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from governance.foundation import spreadsheets
from governance.foundation.tables import value_writers
from governance.foundation.views import OWN, ListPage
from governance.organisation.access import right_required
from governance.pairings.views.lists import Annotated

from .. import questions
from ..filters import PostingFilterSet, TransactionFilterSet
from ..models import VIEW, Account, Flow, Posting, Stage, Transaction
from ..tables import PostingTable, TransactionTable
from .common import (
    FOLDER,
    by_name,
    choices_of,
    districts_of,
    indicators_of,
    money_column,
    seen_or_404,
    workbook,
)

PAGE = 50


class _Book(ListPage):
    right = VIEW

    def page_context(self):
        return choices_of(self.request)

    def listing(self):
        context = self.page_context()
        return Annotated(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )


class TransactionList(_Book):
    """Vouchers of the reader's districts, newest first."""

    table = TransactionTable
    filterset = TransactionFilterSet
    template_name = f"{FOLDER}/transaction_list.html"
    default_sort = "-number"

    def visible(self):
        own = Posting.objects.filter(transaction=OuterRef("pk")).order_by().values("transaction")
        return Transaction.objects.visible_to(self.request.user).annotate(
            amount=Subquery(own.annotate(n=Sum("amount")).values("n")),
            lines=Subquery(own.annotate(n=Count("pk")).values("n")),
        )


class PostingList(_Book):
    """Postings: what every figure of this room opens."""

    table = PostingTable
    filterset = PostingFilterSet
    template_name = f"{FOLDER}/posting_list.html"
    default_sort = "-number"

    def visible(self):
        districts = districts_of(self.request)
        return Posting.objects.filter(transaction__district__in=districts)

    def listing(self):
        """All postings are counted by the flows that the database keeps."""
        found = super().listing()
        if not set(self.request.GET) - set(OWN):
            found.known_count = self._flows["count"] or 0
        return found

    @cached_property
    def _flows(self) -> dict:
        flows = Flow.objects.filter(indicator__district__in=districts_of(self.request))
        return flows.aggregate(count=Sum("count"), amount=Sum("amount"))

    def extra_context(self, listing):
        """The sum of what is listed; for accounts asked for, what it leaves in them."""
        if listing.known_count is not None:
            return {"amount": self._flows["amount"] or 0}
        accounts = listing.filterset.accounts
        if accounts is None:
            found = listing.queryset.aggregate(amount=Sum("amount"))
            return {"amount": found["amount"] or 0}
        rows = listing.queryset.annotate(moved=questions.signed(accounts))
        found = rows.aggregate(amount=Sum("amount"), net=Sum("moved"))
        return {
            "amount": found["amount"] or 0,
            "net": found["net"] or 0,
            "stage": listing.filterset.value("stage"),
        }


transaction_list = TransactionList.as_view()
posting_list = PostingList.as_view()


def _export(request, page_class, title: str):
    page = page_class()
    page.setup(request)
    listing = page.listing()
    columns = listing.table.base_columns
    cells = value_writers(listing.table, listing.names, listing.context)
    out = [
        money_column(capfirst(columns[name].verbose_name))
        if name == "amount"
        else spreadsheets.OutColumn(capfirst(str(columns[name].verbose_name)), width=18)
        for name in listing.names
    ]
    words = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    rows = ([_plain(cell) for cell in cells(row)] for row in listing.all_rows())
    count = listing.queryset.count()
    return workbook(request, title, out, rows, words=words, count=count)


def _plain(value):
    return value.isoformat() if hasattr(value, "isoformat") else value


@right_required(VIEW)
@require_safe
def transaction_export(request):
    return _export(request, TransactionList, _("Vouchers"))


@right_required(VIEW)
@require_safe
def posting_export(request):
    return _export(request, PostingList, pgettext("ledger", "Postings"))


@right_required(VIEW)
@require_safe
def transaction_detail(request, pk):
    """A voucher: its postings, what it reverses or was reversed by, and its link in the chain."""
    rows = Transaction.objects.select_related("district", "by")
    voucher = seen_or_404(rows, request, pk)
    postings = voucher.postings.select_related(
        "source__indicator",
        "target__indicator",
        "source__compound",
        "target__compound",
        "target__provider",
        "reverses__transaction",
        "reversed_by__transaction",
    ).order_by("pk")
    page = Paginator(postings, 100).get_page(request.GET.get("page"))
    return render(
        request,
        f"{FOLDER}/transaction_detail.html",
        {
            "voucher": voucher,
            "page": page,
            "amount": voucher.postings.aggregate(n=Sum("amount"))["n"],
        },
    )


# -- statements ------------------------------------------------------------------------------------
def _statement(request, accounts, context: dict, title: str):
    """The statement of some accounts as a page, for print, or as a workbook."""
    if request.GET.get("as") == "xlsx":
        rows = questions.statement(accounts).select_related(
            "transaction", "source__indicator", "target__indicator"
        )
        return _statement_sheet(request, rows, accounts, title)
    is_whole = request.GET.get("all") == "1"
    lines = questions.touching(accounts).order_by("pk")
    pages = Paginator(lines, 2000 if is_whole else PAGE)
    page = pages.get_page(request.GET.get("page") or pages.num_pages)
    balance = accounts.aggregate(n=Sum("balance"))["n"] or Decimal(0)
    page.object_list = _with_running(page.object_list, lines, accounts, balance)
    return render(
        request,
        f"{FOLDER}/statement.html",
        {"page": page, "balance": balance, "title": title, "is_whole": is_whole, **context},
    )


def _with_running(shown, lines, accounts, balance: Decimal) -> list[Posting]:
    """The lines of a page with what was left after each: the balance less what came later.

    One sum of the later postings instead of one over all; the last page sums nothing at all.
    """
    rows = list(shown.select_related("transaction", "source__indicator", "target__indicator"))
    if not rows:
        return rows
    own = set(accounts.values_list("pk", flat=True))
    later = lines.filter(pk__gt=rows[-1].pk)
    left = balance - (later.aggregate(n=Sum(questions.signed(accounts)))["n"] or 0)
    for row in reversed(rows):
        row.left = left
        row.is_in = row.target_id in own
        row.other = row.source if row.is_in else row.target
        moved = (row.target_id in own) - (row.source_id in own)
        left -= moved * row.amount
    return rows


def _statement_sheet(request, rows, accounts, title: str):
    own = set(accounts.values_list("pk", flat=True))
    stages = dict(Stage.choices)

    def cells():
        for row in rows.iterator(chunk_size=2000):
            is_in = row.target_id in own
            other = row.source if is_in else row.target
            yield [
                row.transaction.on,
                row.transaction.number,
                row.transaction.get_kind_display(),
                row.transaction.document,
                f"{other.indicator.number} {stages[other.stage]} {other.holder}".strip(),
                row.month.strftime("%Y-%m") if row.month else "",
                row.amount if is_in else None,
                None if is_in else row.amount,
                row.left,
            ]

    columns = [
        spreadsheets.OutColumn(capfirst(_("day")), spreadsheets.DATE, 12),
        spreadsheets.OutColumn(capfirst(_("voucher number")), spreadsheets.INTEGER, 10),
        spreadsheets.OutColumn(capfirst(_("kind of transaction")), width=14),
        spreadsheets.OutColumn(capfirst(_("document")), width=26),
        spreadsheets.OutColumn(capfirst(_("the other account")), width=36),
        spreadsheets.OutColumn(capfirst(_("month of service")), width=12),
        money_column(_("In (yuan)")),
        money_column(_("Out (yuan)")),
        money_column(_("Left (yuan)")),
    ]
    return workbook(request, _("Statement"), columns, cells(), words=title, count=rows.count())


@right_required(VIEW)
@require_safe
def indicator_statement(request, pk):
    """What came to and went from a stage of an indicator, with what was left each time."""
    row = seen_or_404(indicators_of(request), request, pk)
    stage = request.GET.get("stage", "")
    stage = stage if stage in Stage.values else Stage.AVAILABLE
    accounts = Account.objects.filter(indicator=row, stage=stage)
    title = f"{row.number} {Stage(stage).label}"
    context = {"indicator": row, "line": row.line, "stage": stage, "stages": Stage.choices}
    return _statement(request, accounts, context, title)


@right_required(VIEW)
@require_safe
def account_detail(request, pk):
    """The statement of one account."""
    rows = Account.objects.select_related("district", "indicator__line", "compound", "provider")
    account = seen_or_404(rows, request, pk)
    title = f"{account.indicator.number} {account.get_stage_display()} {account.holder}".strip()
    context = {"account": account, "indicator": account.indicator, "line": account.indicator.line}
    return _statement(request, Account.objects.filter(pk=account.pk), context, title)


@right_required(VIEW)
@require_safe
def holder_detail(request, number):
    """How far the money of one entitlement has come, account by account."""
    accounts = Account.objects.filter(
        holder=number, district__in=districts_of(request)
    ).select_related("indicator__line", "compound", "provider", "programme")
    found = list(accounts.order_by("indicator", "stage"))
    if not number or not found:
        raise Http404
    standing = questions.standing_of_holders([number], found[0].district_id)[number]
    return render(
        request,
        f"{FOLDER}/holder_detail.html",
        {
            "number": number,
            "first": found[0],
            "accounts": found,
            "figures": by_name(standing, holder=number),
        },
    )
