"""The log's pages: list, one object's history, export, proof; and the page of a refusal."""

import datetime as dt
import tempfile

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from governance.foundation import dates
from governance.foundation.errors import DomainError
from governance.foundation.spreadsheets import OutColumn, OutSheet, write_xlsx
from governance.organisation.access import right_required

from . import services, words
from .forms import EntryFilter, entries_for
from .models import AUDIT_EXPORT, AUDIT_VIEW, AuditEntry, ChainCheck, ChainHead
from .verify import verify

PAGE_SIZE = 50
# Pages beyond are reached by narrowing the period, so that no page counts a whole log.
MOST_ROWS = 10_000
MOST_EXPORTED = 50_000
# A longer chain is verified by the command, not while somebody waits for a page.
MOST_VERIFIED = 50_000


@require_safe
@right_required(AUDIT_VIEW)
def entry_list(request):
    form = EntryFilter(request.GET)
    found = entries_for(request.user, form)
    page = Paginator(found[:MOST_ROWS], PAGE_SIZE).get_page(request.GET.get("page"))
    head = ChainHead.objects.filter(pk=1).first()
    context = {
        "form": form,
        "page": page,
        "lines": words.lines(page.object_list, request.user),
        "is_cut": page.paginator.count == MOST_ROWS,
        "most_rows": MOST_ROWS,
        "check": ChainCheck.objects.first(),
        "length": head.length if head else 0,
        "can_export": request.user.scope.has(AUDIT_EXPORT),
    }
    return render(request, "governance/audit/entry_list.html", context)


@require_safe
@login_required
def object_history(request, kind, pk):
    """What happened to one object, for whoever may see it; 404 for others."""
    found = AuditEntry.objects.history_for(request.user, kind, pk)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    if not page.object_list:
        raise Http404
    lines = words.lines(page.object_list, request.user)
    context = {"page": page, "lines": lines, "first": lines[0]}
    return render(request, "governance/audit/object_history.html", context)


@require_safe
@right_required(AUDIT_EXPORT)
def entry_export(request):
    """The filtered entries as a workbook; the export is itself an entry."""
    form = EntryFilter(request.GET)
    found = entries_for(request.user, form)
    count = found[: MOST_EXPORTED + 1].count()
    if count > MOST_EXPORTED:
        messages.error(
            request,
            _("More than %(limit)s entries; narrow the period and export again.")
            % {"limit": f"{MOST_EXPORTED:,}"},
        )
        return redirect(f"{request.path.removesuffix('export/')}?{request.GET.urlencode()}")
    # Written before the export itself becomes an entry, so that count and file agree.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_xlsx(file, [_sheet(found, request.user)])
    file.seek(0)
    with transaction.atomic():
        services.record(
            "export",
            by=request.user,
            changes={"rows": [None, count], "filter": [None, form.in_words]},
        )
    name = _("audit-log")
    return FileResponse(file, as_attachment=True, filename=f"{name}-{dates.today():%Y%m%d}.xlsx")


@require_POST
@right_required(AUDIT_VIEW)
def chain_verify(request):
    """Verify the chain now, where it is short enough to wait for."""
    head = ChainHead.objects.filter(pk=1).first()
    if head and head.length > MOST_VERIFIED:
        raise DomainError(
            _("The log is too long to verify while you wait; run the command verify_audit.")
        )
    check = verify()
    if check.breach:
        messages.error(request, _("The log does not hold: %(breach)s") % {"breach": check.breach})
    else:
        messages.success(
            request, _("The log holds: %(count)s entries.") % {"count": f"{check.length:,}"}
        )
    with transaction.atomic():
        services.record("verify_chain", by=request.user, changes={"rows": [None, check.length]})
    return redirect("audit:entry_list")


def refused(request, exception=None):
    """A refusal is told to the person and recorded for the auditor."""
    if request.user.is_authenticated:
        with transaction.atomic():
            changes = {"path": [None, request.path[:200]], **services.origin(request)}
            services.record("refused", by=request.user, changes=changes)
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


def _sheet(entries, user) -> OutSheet:
    columns = [
        OutColumn(_("time"), width=20),
        OutColumn(_("actor"), width=14),
        OutColumn(_("post"), width=30),
        OutColumn(_("act"), width=16),
        OutColumn(_("kind of object"), width=14),
        OutColumn(_("name of the object"), width=28),
        OutColumn(_("changes"), width=60),
        OutColumn(_("reason"), width=30),
        OutColumn(_("request"), width=34),
    ]
    now = timezone.localtime()
    return OutSheet(
        name=_("audit log"),
        title=_("audit log"),
        columns=columns,
        rows=(_row(entry) for entry in entries.iterator(chunk_size=2000)),
        above=[(_("exported at"), f"{now:%Y-%m-%d %H:%M}"), (_("by"), str(user))],
    )


def _row(entry: AuditEntry) -> list:
    at: dt.datetime = timezone.localtime(entry.at)
    changes = "；".join(
        f"{one.name}：{one.before} → {one.after}" for one in words.changes_of(entry)
    )
    return [
        f"{at:%Y-%m-%d %H:%M:%S}",
        actor_of(entry),
        entry.post,
        words.verb_of(entry.verb),
        words.kind_of(entry.object_type) if entry.object_type else "",
        entry.object_label,
        changes,
        entry.reason,
        entry.request_id,
    ]


def actor_of(entry: AuditEntry) -> str:
    return entry.actor_name if entry.actor_id else _("the system")
