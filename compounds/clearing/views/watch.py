"""The watch: compounds by points, one compound with its reasons and history, the sheet."""

from __future__ import annotations

from functools import cached_property

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_safe

from compounds.classification.views.common import seen_or_404
from compounds.contracts.models import Contract, ContractCompound
from compounds.registry.models import Stage
from compounds.registry.places import places_of
from governance.audit import services as audit
from governance.foundation import dates, downloads, spreadsheets
from governance.foundation.charts import Trend
from governance.foundation.drawing import Mark
from governance.foundation.spreadsheets import OutColumn
from governance.foundation.views import Listing, ListPage
from governance.organisation.access import right_required
from governance.organisation.calendar import calendar
from governance.organisation.scope import REGISTER_VIEW

from ..models import Case, WatchPolicy, WatchRun, WatchScore, WatchTask
from ..models.watch import Band
from ..services.watch_losses import REPORT
from ..services.watch_policies import EDIT, PUBLISH
from ..services.watch_runs import RIGHT as RUN
from ..services.watch_tasks import WORK
from ..watch_figures import watching
from ..watch_filters import WatchFilterSet
from ..watch_tables import WatchTable
from ..watch_wording import Explained, names_of

EXPORT = "registry.export"
FOLDER = "compounds/clearing"
SHEET = "反弹预警表"
COLUMNS = (
    ("序号", spreadsheets.INTEGER, 6),
    ("街道", spreadsheets.TEXT, 14),
    ("社区", spreadsheets.TEXT, 16),
    ("小区", spreadsheets.TEXT, 24),
    ("清零日期", spreadsheets.DATE, 12),
    ("预警级别", spreadsheets.TEXT, 10),
    ("触发指标", spreadsheets.TEXT, 44),
    ("处置人", spreadsheets.TEXT, 12),
    ("处置时限", spreadsheets.DATE, 12),
    ("结果", spreadsheets.TEXT, 30),
)
LAST_SCORES = 24
TONES = {Band.GREEN: "done", Band.YELLOW: "warn", Band.RED: "bad"}
# Notice before a contract ends: owners 60 days (Civil Code 946), firms 90 days (domain.md §5.6).
NOTICE_DAYS = (90, 60)


class Watchlist(Listing):
    """Current scores with the open task of each compound."""

    @cached_property
    def rows(self) -> list[tuple]:
        tasks = WatchTask.objects.open().filter(case__scores__in=self.ids)
        self.context["tasks"] = {
            case: (pk, kind, due_on)
            for case, pk, kind, due_on in tasks.values_list("case_id", "pk", "kind", "due_on")
        }
        return super().rows


class WatchList(ListPage):
    """Compounds under watch, those with most points first; yellow and red unless asked."""

    template_name = f"{FOLDER}/watch_list.html"
    right = REGISTER_VIEW
    table = WatchTable
    filterset = WatchFilterSet
    default_sort = "-score"

    def visible(self):
        return WatchScore.objects.visible_to(self.request.user).filter(is_current=True)

    def listing(self):
        user = self.request.user
        context = {"places": places_of(user)}
        listing = Watchlist(
            table=self.table,
            filterset=self.filterset(self.request.GET, self.visible(), page=context),
            query=self.request.GET,
            default_sort=self.default_sort,
            context=context,
        )
        if len(context["places"].streets) == 1 and "columns" not in self.request.GET:
            listing.names = [name for name in listing.names if name != "street"]
        return listing

    def extra_context(self, listing):
        user, today = self.request.user, dates.today()
        scope = user.scope
        runs = WatchRun.objects.visible_to(user).filter(state=WatchRun.State.DONE)
        return {
            "figures": watching(user),
            "today": today,
            "last_run": runs.select_related("area", "by").first(),
            "policy": WatchPolicy.objects.visible_to(user).in_force(today).first(),
            "may_run": scope.has(RUN),
            "may_export": scope.has(EXPORT),
            "may_draft": scope.has(EDIT),
        }


watch_list = WatchList.as_view()


@login_required
@require_safe
def watch_export(request):
    """The district's own sheet of what the list shows, in its own words."""
    scope = request.user.scope
    scope.require(EXPORT)
    page = WatchList()
    page.setup(request)
    listing = page.listing()
    found = listing.queryset.filter(scope.granted(EXPORT))
    applied = "，".join(f"{label} {value}" for label, value, _url in listing.applied)
    with translation.override("zh-hans"):
        rows = list(_sheet_rows(found, listing))
        columns = [OutColumn(header, kind, width) for header, kind, width in COLUMNS]
        sheet = downloads.signed(request.user, SHEET, columns, rows, words=applied)
        answer = downloads.workbook([sheet], downloads.dated(SHEET))
    audit.record_export(
        by=request.user, kind=WatchScore, label=SHEET, count=len(rows), words=applied
    )
    return answer


def _sheet_rows(found, listing):
    """Rows of the sheet: the compound, its band and reasons, and what became of it."""
    bands = dict(Band.choices)
    scores = list(
        found.order_by(*listing.order).values_list(
            "case_id",
            "street__name",
            "community__name",
            "case__compound__name",
            "case__cleared_on",
            "band",
            "hits",
        )
    )
    tasks = {}
    newest = WatchTask.objects.filter(case__among=[row[0] for row in scores]).order_by("pk")
    for case, *rest in newest.values_list("case_id", "assigned_to", "due_on", "done_on", "result"):
        tasks[case] = rest
    for number, (case, street, community, name, cleared_on, band, hits) in enumerate(scores, 1):
        who, due_on, done_on, result = tasks.get(case, ("", None, None, ""))
        if due_on and not done_on:
            result = pgettext("task of the watch", "in hand")
        reasons = names_of(hits.split())
        yield (
            number, street, community, name, cleared_on, str(bands[band]), reasons,
            who, due_on, result,
        )  # fmt: skip


@require_GET
@right_required(REGISTER_VIEW)
def watch_detail(request, pk):
    """One compound: every signal with value and source, what would change, and its history."""
    cases = Case.objects.visible_to(request.user).select_related(
        "compound", "street", "community", "provider"
    )
    case = seen_or_404(cases, pk=pk)
    user = request.user
    scores = list(
        WatchScore.objects.filter(case=case)
        .select_related("policy", "run")
        .order_by("-as_of", "-pk")[:LAST_SCORES]
    )
    current = next((score for score in scores if score.is_current), None)
    losses = list(case.losses.select_related("reported_by", "decided_by"))
    scope = user.scope
    return render(
        request,
        f"{FOLDER}/watch_detail.html",
        {
            "case": case,
            "score": current,
            "why": Explained(current) if current else None,
            "chart": _chart(scores),
            "scores": scores,
            "tasks": list(case.watch_tasks.select_related("done_by").order_by("-pk")),
            "losses": losses,
            "contract": _contract(case),
            "today": dates.today(),
            "is_watched": case.state == Stage.CLEARED,
            "case_url": _case_url(case),
            "may_work": scope.can(WORK, case),
            "may_report": scope.can(REPORT, case)
            and case.state == Stage.CLEARED
            and not any(loss.state == loss.State.REPORTED for loss in losses),
            "may_publish": scope.has(PUBLISH),
        },
    )


def _chart(scores) -> Trend:
    """Points of the last scores, oldest first; each column in the tone of its band."""
    return Trend(
        title=_("Points over time"),
        empty=_("No points at any time so far.") if scores else _("Nothing was judged yet."),
        column_title=_("Points"),
        marks=[
            Mark(
                label=f"{score.as_of:%m-%d}",
                value=score.score,
                tone=TONES[Band(score.band)],
            )
            for score in reversed(scores)
        ],
    ).for_half()


def _contract(case) -> dict | None:
    """The clock of the main contract: its last day, the days for notice, what was decided."""
    today = dates.today()
    row = (
        ContractCompound.objects.filter(
            compound=case.compound_id,
            is_main=True,
            contract__state__in=[Contract.State.SIGNED, Contract.State.FILED],
            contract__starts_on__lte=today,
        )
        .select_related("contract")
        .order_by("-contract__starts_on", "-pk")
        .first()
    )
    if row is None:
        return None
    contract = row.contract
    ends_on = contract.ends_on
    days = calendar()
    return {
        "row": contract,
        "left": dates.days_left(ends_on, today) if ends_on else None,
        "notices": [(n, days.latest_notice(ends_on, n)) for n in NOTICE_DAYS] if ends_on else [],
    }


def _case_url(case) -> str:
    return reverse("clearing:case_detail", args=[case.compound.code])
