"""Runs: the list, the month of a run as a table, its sheet and print, and the acts on it."""

from functools import cached_property
from itertools import islice
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from compounds.fees.views.common import record_export
from compounds.registry.places import places_of
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.views import Listing, ListPage
from governance.organisation.access import right_required
from governance.organisation.models import Area
from governance.organisation.scope import REGISTER_VIEW
from governance.pairings.views.lists import place_of, workbook

from .. import differences, figures, services, wording
from ..filters import LACKS_DAYS, AccrualFilterSet
from ..forms import ApproveForm, MonthForm, ReasonForm, VersionForm
from ..models import APPROVE, CONFIRM, PREPARE, Accrual, AccrualRun
from ..sheet import MONTHLY, rows_of
from ..tables import AccrualTable
from .common import EXPORT, FOLDER, act_page, run_of

State = AccrualRun.State
RUN_CLASS = {"DRAFT": "warn", "SUBMITTED": "warn", "POSTED": "ok", "CANCELLED": "fallback"}
PRINTED = 3000
LONGEST = 19  # digits of an id


# -- the list of runs ------------------------------------------------------------------------------
@right_required(REGISTER_VIEW)
@require_safe
def run_list(request):
    """All runs of the reader's districts, the last month first."""
    rows = figures.runs_for(request.user).select_related("district", "prepared_by", "approved_by")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    district = _own_district(request)
    form = MonthForm(district_id=district.pk) if district else None
    month = figures.next_month(district.pk, dates.today()) if district else None
    return render(
        request,
        f"{FOLDER}/run_list.html",
        {
            "page": page,
            "classes": RUN_CLASS,
            "form": form,
            "open": figures.open_run(district.pk) if district else None,
            "due_on": figures.due_on(month) if month else None,
            "sees_all": _is_wide(request),
        },
    )


def _is_wide(request) -> bool:
    """Whether the reader sees all lines of a district: totals of runs are then his to see."""
    return any(grant.level == 1 for grant in request.user.scope.areas(REGISTER_VIEW))


def _own_district(request) -> Area | None:
    """The district in which the reader prepares accruals."""
    grants = [one for one in request.user.scope.areas(PREPARE) if one.level == 1]
    return Area.objects.defer("boundary").get(pk=grants[0].area) if grants else None


@right_required(PREPARE)
@require_POST
def run_start(request):
    """Open the accrual of a month."""
    district = _own_district(request)
    if district is None:
        raise NotAllowed
    form = MonthForm(request.POST, district_id=district.pk)
    if not form.is_valid():
        messages.error(request, _("Choose a month that is over."))
        return redirect("accruals:run_list")
    try:
        run = services.compute_run(
            by=request.user, district=district, month=form.cleaned_data["month"]
        )
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("accruals:run_list")
    return redirect("accruals:run_detail", run.pk)


# -- one run ---------------------------------------------------------------------------------------
class Lines(Listing):
    """Lines with what stood in the month before; one more statement for the whole page."""

    @cached_property
    def rows(self) -> list[tuple]:
        pairs = Accrual.objects.filter(pk__in=self.ids).values_list("entitlement_id", "month")
        self.context["before"] = differences.before(pairs)
        return super().rows


class RunPage(ListPage):
    """The month of a run: its lines in the reader's places, problems, totals, acts."""

    table = AccrualTable
    filterset = AccrualFilterSet
    template_name = f"{FOLDER}/run_detail.html"
    default_sort = "compound"
    right = REGISTER_VIEW

    def get(self, request, pk):
        request.user.scope.require(self.right)
        self.run = run_of(request, pk)
        if self.run.computed_at is None and self.run.state == State.DRAFT:
            return self.progress(request)
        return super().get(request)

    def progress(self, request):
        """How far the computing has come; the page asks again by itself."""
        context = {"run": self.run, "may_prepare": request.user.scope.can(PREPARE, self.run)}
        return render(request, f"{FOLDER}/run_progress.html", context)

    def visible(self):
        return figures.lines_of(self.run, self.request.user)

    def page_context(self):
        user = self.request.user
        is_open = self.run.state == State.DRAFT
        return {
            "places": places_of(user),
            "may_confirm": is_open and user.scope.has(CONFIRM),
            "before": {},
        }

    def can_pick(self):
        return self.run.state == State.DRAFT and self.request.user.scope.has(CONFIRM)

    def listing(self):
        context = self.page_context()
        listing = Lines(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
            can_pick=self.can_pick(),
        )
        if len(context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        user, run = self.request.user, self.run
        scope, lines = user.scope, self.visible()
        inside, _query = place_of(listing)
        there = lines.filter(inside)
        counts = figures.problem_counts(there)
        return {
            "run": run,
            "state_class": RUN_CLASS[run.state],
            "totals": figures.totals(there),
            "streets": figures.by_street(there),
            "firms": figures.by_firm(there),
            "standing": figures.standing(there),
            "problem_counts": [
                (code, wording.SHORT.get(code, code), count) for code, count in counts.most_common()
            ],
            "ended": differences.ended(run, user.scope.seen()),
            "due_on": figures.due_on(run.month),
            "is_late": run.state in (State.DRAFT, State.SUBMITTED)
            and figures.due_on(run.month) < dates.today(),
            "acts": acts_on(user, run),
            "may_confirm": listing.context["may_confirm"],
            "waiting": lines.filter(scope.granted(CONFIRM), LACKS_DAYS).count()
            if listing.context["may_confirm"]
            else 0,
            "may_export": scope.has(EXPORT),
            "today": dates.today(),
        }


run_detail = RunPage.as_view()


def acts_on(user, run: AccrualRun) -> list[dict]:
    """What the reader may do with the run now."""
    found = []

    def offer(name, label, is_first=False):
        url = reverse(f"accruals:{name}", args=[run.pk])
        found.append({"url": url, "label": label, "is_first": is_first})

    if run.state == State.DRAFT and user.scope.can(PREPARE, run):
        offer("run_submit", _("Hand it to finance"), is_first=True)
        offer("run_recompute", _("Compute it again"))
    if run.state == State.SUBMITTED and user.scope.can(APPROVE, run):
        if user.pk not in (run.prepared_by_id, run.submitted_by_id):
            offer("run_approve", _("Approve and post"), is_first=True)
        offer("run_return", _("Return it"))
    if run.state in (State.DRAFT, State.SUBMITTED) and user.scope.can(PREPARE, run):
        offer("run_cancel", _("Cancel the accrual"))
    return found


@right_required(CONFIRM)
@require_POST
def run_confirm(request, pk):
    """Confirm days as they were computed: the lines picked, or all of the clerk's places."""
    run = run_of(request, pk)
    given = request.POST.getlist("ids")
    ids = [int(one) for one in given if one.isascii() and one.isdigit() and len(one) < LONGEST]
    shown = QueryDict(request.POST.get("list", "")[:1000]).urlencode()
    back = f"{reverse('accruals:run_detail', args=[run.pk])}?{shown}"
    if not ids and "all" not in request.POST:
        messages.warning(request, _("Pick rows of the list first."))
        return redirect(back)
    try:
        if "all" in request.POST:
            count = services.confirm_all(by=request.user, run=run)
        else:
            count = services.confirm_all(by=request.user, run=run, only=Q(pk__among=ids))
    except NotAllowed:
        raise
    except DomainError as error:
        messages.error(request, str(error))
    else:
        words = ngettext(
            "The days of %(count)s line were confirmed.",
            "The days of %(count)s lines were confirmed.",
            count,
        )
        messages.success(request, words % {"count": count})
    return redirect(back)


def _page(request, run, form_class, service, **words):
    form = form_class(request.POST or None, initial={"version": run.version})

    def write():
        return service(by=request.user, run=run, **form.cleaned_data)

    back = reverse("accruals:run_detail", args=[run.pk])
    return act_page(request, form, write=write, back=back, run=run, **words)


@login_required
def run_submit(request, pk):
    run = run_of(request, pk, PREPARE)
    standing = figures.standing(run.lines)
    note = ""
    if standing.problems:
        note = ngettext(
            "%(count)s line has a problem and stays out; a later accrual catches it up.",
            "%(count)s lines have problems and stay out; a later accrual catches them up.",
            standing.problems,
        ) % {"count": standing.problems}
    return _page(
        request,
        run,
        VersionForm,
        services.submit_run,
        title=_("Hand the accrual to finance"),
        button=_("Hand it to finance"),
        done=_("The accrual waits for approval now."),
        note=note,
        totals=figures.totals(run.lines),
    )


@login_required
def run_approve(request, pk):
    run = run_of(request, pk, APPROVE)
    return _page(
        request,
        run,
        ApproveForm,
        services.approve_run,
        title=_("Approve the accrual and post it"),
        button=_("Approve and post"),
        done=_("The accrual was posted: its amounts are payable."),
        totals=figures.totals(run.lines),
    )


@login_required
def run_return(request, pk):
    return _page(
        request,
        run_of(request, pk, APPROVE),
        ReasonForm,
        services.return_run,
        title=_("Return the accrual"),
        button=_("Return it"),
        done=_("The accrual was returned."),
    )


@login_required
def run_cancel(request, pk):
    return _page(
        request,
        run_of(request, pk, PREPARE),
        ReasonForm,
        services.cancel_run,
        title=_("Cancel the accrual"),
        button=_("Cancel the accrual"),
        done=_("The accrual was cancelled; its months can be accrued again."),
        note=_("Nothing was posted yet. Days that were confirmed are asked for again."),
    )


@login_required
def run_recompute(request, pk):
    return _page(
        request,
        run_of(request, pk, PREPARE),
        VersionForm,
        services.recompute,
        title=_("Compute the accrual again"),
        button=_("Compute it again"),
        done=_("The accrual was computed again."),
        note=_(
            "Register, contracts, assessments and findings are read anew. Days confirmed by the "
            "streets stay where the days computed are the same."
        ),
    )


@right_required(PREPARE)
@require_POST
def run_continue(request, pk):
    """Start the computing again after the worker stopped."""
    run = run_of(request, pk, PREPARE)
    try:
        services.continue_run(by=request.user, run=run)
    except NotAllowed:
        raise
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect("accruals:run_detail", run.pk)


# -- on paper --------------------------------------------------------------------------------------
def _shown(request, run) -> Listing:
    context = {"places": places_of(request.user), "may_confirm": False, "before": {}}
    return Listing(
        table=AccrualTable,
        filterset=AccrualFilterSet(request.GET, figures.lines_of(run, request.user), page=context),
        query=request.GET,
        default_sort="compound",
        context=context,
    )


@right_required(EXPORT)
@require_safe
def run_export(request, pk):
    """The sheet 月度计提与拨付表 (L) of what the table shows."""
    run = run_of(request, pk)
    listing = _shown(request, run)
    rows = listing.queryset.filter(request.user.scope.granted(EXPORT)).exclude(state="DROPPED")
    words = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    record_export(request, Accrual, f"{MONTHLY.titles[0]} {run} xlsx", rows.count(), words)
    return workbook(request, MONTHLY, rows_of(rows), words or f"{run}")


@right_required(REGISTER_VIEW)
@require_safe
def run_print(request, pk):
    """The sheet on A4, as the table shows it."""
    run = run_of(request, pk)
    listing = _shown(request, run)
    rows = listing.queryset.exclude(state__in=["DROPPED", "PROBLEM"])
    return render(
        request,
        f"{FOLDER}/run_print.html",
        {
            "run": run,
            "columns": [one.header for one in MONTHLY.export_columns()],
            "numbers": MONTHLY.numbers,
            "rows": list(islice(rows_of(rows, as_text=True), PRINTED)),
            "totals": figures.totals(rows),
            "is_cut": rows.count() > PRINTED,
            "back": f"{reverse('accruals:run_detail', args=[run.pk])}?"
            f"{urlencode(listing.filters_and_order)}",
            "today": dates.today(),
            "applied": listing.applied,
        },
    )
