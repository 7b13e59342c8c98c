"""Pages of imports: the list, upload, preview, confirmation, result, undoing."""

import os
import tempfile
from collections.abc import Sequence

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from governance.audit import services as audit
from governance.foundation.errors import DomainError, NotAllowed
from governance.foundation.workbooks import current_limits

from ..import_forms import ConfirmForm, UploadForm
from ..importing import progress, returning
from ..importing.columns import Column
from ..importing.sheets import sheet_of, sheets
from ..models import Compound, Import, ImportRow
from ..services import import_files, import_runs, import_undoing, imports

PAGE_SIZE = 50
RIGHT = imports.RIGHT
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RowState = ImportRow.State
# Sheets that hold what compounds are classified by, and what organisations are called for by.
FACTS = ("compounds", "buildings", "providers", "invitations")
LAYOUT = ("grids", "members", "organisations")


def _batch(request, pk: int) -> Import:
    """An import in the reader's scope; outside it there is none."""
    found = Import.objects.visible_to(request.user).select_related(
        "area", "uploaded_by", "confirmed_by", "undone_by"
    )
    return get_object_or_404(found, pk=pk)


@login_required
@require_safe
def import_list(request):
    """All imports of the reader's area, newest first."""
    request.user.scope.require(RIGHT)
    imports.fail_stale()
    found = Import.objects.visible_to(request.user).select_related("area", "uploaded_by")
    state = request.GET.get("state", "")
    if state in Import.State.values:
        found = found.filter(state=state)
    page = Paginator(found.defer("notes"), 30).get_page(request.GET.get("page"))
    states = [(value, label) for value, label in Import.State.choices]
    return render(
        request,
        "compounds/registry/import_list.html",
        {"page": page, "state": state, "states": states},
    )


@login_required
def import_add(request):
    """Upload a workbook."""
    request.user.scope.require(RIGHT)
    areas = imports.areas_of(request.user)
    is_sent = request.method == "POST"
    form = UploadForm(
        request.POST if is_sent else None, request.FILES if is_sent else None, areas=areas
    )
    if is_sent and form.is_valid():
        upload = form.cleaned_data["file"]
        area = form.cleaned_data.get("area") or areas[0]
        try:
            batch = imports.upload_import(by=request.user, file=upload, name=upload.name, area=area)
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return redirect("registry:import_detail", pk=batch.pk)
    limits = current_limits()
    return render(
        request,
        "compounds/registry/import_add.html",
        {
            "form": form,
            "areas": areas,
            "sheets": [
                s
                for s in sheets()
                if areas and areas[0].level in s.levels and request.user.scope.has(s.right)
            ],
            "limits": {"megabytes": limits.file_bytes // 2**20, "rows": limits.rows},
        },
    )


@login_required
@require_GET
def import_template(request, key):
    """An empty sheet to fill in, with sample rows for the reader's area."""
    request.user.scope.require(RIGHT)
    sheet = sheet_of(key)
    areas = imports.areas_of(request.user)
    if sheet is None:
        raise Http404
    request.user.scope.require(sheet.right)
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    returning.write_template(sheet, areas[0], target)
    target.seek(0)
    name = f"{sheet.titles[0]}.xlsx"
    return FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)


@login_required
@require_safe
def import_detail(request, pk):
    """The page of an import for ever: at work, preview, result, failure."""
    batch = _batch(request, pk)
    if batch.is_at_work and imports.fail_stale([batch]):
        batch = _batch(request, pk)
    if batch.is_at_work or batch.state == Import.State.UPLOADED:
        done, total = progress.read(batch)
        return render(
            request,
            "compounds/registry/import_work.html",
            {
                "batch": batch,
                "done": done,
                "total": total,
                "percent": min(100 * done // total, 100) if total else 0,
                "is_cancel_asked": progress.is_cancel_asked(batch),
                "may_write": request.user.scope.can(RIGHT, batch.area),
            },
        )
    if request.htmx:
        # The work has ended while somebody watched: show the whole page.
        response = render(request, "compounds/registry/import_ended.html")
        response["HX-Refresh"] = "true"
        return response
    return render(request, "compounds/registry/import_detail.html", _detail(request, batch))


def _detail(request, batch: Import) -> dict:
    choice = _chosen(request, batch)
    closed = _closed(request, batch)
    rows = batch.rows.exclude(sheet__in=closed).order_by("pk")
    if choice["sheet"]:
        rows = rows.filter(sheet=choice["sheet"])
    if choice["rows"] == "WARNED":
        rows = rows.filter(has_warnings=True)
    elif choice["rows"]:
        rows = rows.filter(state=choice["rows"])
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = {state: batch.count(state) for state in (*RowState.values, "WARNED")}
    writable = counts[RowState.NEW] + counts[RowState.CHANGED]
    is_kept = not import_files.is_secret(batch)
    return {
        "batch": batch,
        "page": page,
        "lines": _lines(page.object_list, is_written=batch.state == Import.State.DONE),
        "choice": choice,
        "counts": counts,
        "total": sum(counts[state] for state in RowState.values),
        "writable": writable,
        "written": batch.rows.filter(was_written=True).count(),
        "notes": [note for note in batch.note_lines if note["level"] == "error"]
        + [note for note in batch.note_lines if note["level"] != "error"],
        "sheets": [
            {"key": sheet.key, "title": sheet.titles[0], "counts": batch.counts[sheet.key]}
            for sheet in sheets()
            if sheet.key in batch.counts and sheet.key not in closed
        ],
        "same": imports.same_file(batch)[:3] if batch.state == Import.State.CHECKED else (),
        "modes": _modes(counts),
        "may_write": request.user.scope.can(RIGHT, batch.area),
        "may_file": bool(batch.file) and (is_kept or batch.uploaded_by_id == request.user.pk),
        "is_kept": is_kept,
        "secret_days": settings.SECRET_IMPORT_DAYS,
        "may_run": _is_next(request, batch, "classification.run", FACTS),
        "may_propose": _is_next(request, batch, "party.propose", LAYOUT),
        "list_links": _list_links(batch),
    }


def _is_next(request, batch: Import, right: str, keys: tuple[str, ...]) -> bool:
    """Whether one of these sheets was imported, and the reader may do what follows from it."""
    return request.user.scope.has(right) and any(batch.counts.get(key) for key in keys)


def _closed(request, batch: Import) -> list[str]:
    """Sheets whose rows the reader may not read, such as those of people; only their counts."""
    scope = request.user.scope
    return [sheet.key for sheet in sheets() if not scope.can(sheet.view_right, batch.area)]


def _chosen(request, batch: Import) -> dict:
    """Which rows are shown: what the address asks for, else what needs a look first."""
    wanted = request.GET.get("rows", "")
    if wanted not in (*RowState.values, "WARNED", "ALL"):
        order = [RowState.REFUSED, RowState.CHANGED, RowState.NEW, RowState.UNCHANGED]
        if batch.state != Import.State.CHECKED:  # what it did, before what it left out
            order = [*order[1:3], order[0], order[3]]
        wanted = next((state for state in order if batch.count(state)), "ALL")
    sheet = request.GET.get("sheet", "")
    return {
        "rows": "" if wanted == "ALL" else wanted,
        "tab": wanted,
        "sheet": sheet if sheet in batch.counts else "",
    }


def _modes(counts: dict) -> list[dict]:
    """The modes that differ for this file, with how many rows each writes."""
    new, changed = counts[RowState.NEW], counts[RowState.CHANGED]
    rows = {"BOTH": new + changed, "CREATE": new, "UPDATE": changed}
    return [
        {"value": value, "label": label, "rows": rows[value]}
        for value, label in Import.Mode.choices
        if rows[value] and (value == "BOTH" or (new and changed))
    ]


def _lines(rows: Sequence[ImportRow], *, is_written: bool) -> list[dict]:
    """Rows with their changes as cells that a clerk recognises."""
    links: dict[tuple, str] = {}
    for sheet in sheets():
        own = [row for row in rows if row.sheet == sheet.key and row.object_id]
        if own:
            links.update(((sheet.key, pk), url) for pk, url in sheet.links(own).items())
    bare = [row.object_id for row in rows if row.object_id and not row.key]
    codes = dict(Compound.objects.filter(pk__in=bare).values_list("pk", "code")) if bare else {}
    lines = []
    for row in rows:
        sheet = sheet_of(row.sheet)
        is_compound = sheet is not None and sheet.model is Compound
        facts = []
        for name, (before, after) in row.changes.items():
            column = sheet.by_field.get(name) if sheet else None
            if column and (name != "name" or row.state != RowState.NEW):
                facts.append(
                    {
                        "header": column.header,
                        "before": _cell(column, before),
                        "after": _cell(column, after),
                    }
                )
        lines.append(
            {
                "row": row,
                "key": row.key or (codes.get(row.object_id, "") if is_compound else ""),
                "sheet": sheet.titles[0] if sheet else row.sheet,
                "facts": facts,
                "problems": row.problem_lines,
                "link": links.get((row.sheet, row.object_id), ""),
                "is_skipped": is_written
                and not row.was_written
                and row.state in (RowState.NEW, RowState.CHANGED),
            }
        )
    return lines


def _cell(column: Column, value) -> str:
    shown = column.shown(column.from_plain(value))
    if shown is None:
        return ""
    return f"{shown:,}" if column.is_numeric else str(shown)


def _list_links(batch: Import) -> list[tuple[str, str]]:
    links = []
    for sheet in sheets():
        if batch.counts.get(sheet.key) and sheet.list_url:
            try:
                links.append((sheet.name, reverse(sheet.list_url)))
            except NoReverseMatch:
                continue
    return links


@login_required
@require_POST
def import_confirm(request, pk):
    """Write what was previewed."""
    batch = _batch(request, pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        raise DomainError(_("Choose what is to be imported."))
    imports.confirm_import(
        by=request.user,
        batch=batch,
        mode=form.cleaned_data["mode"],
        leave_out_refused=form.cleaned_data["leave_out"],
    )
    return redirect("registry:import_detail", pk=batch.pk)


@login_required
@require_POST
def import_cancel(request, pk):
    """Drop an import, or stop it at work."""
    batch = imports.cancel_import(by=request.user, batch=_batch(request, pk))
    if batch.state == Import.State.CANCELLED:
        messages.success(request, _("The import was cancelled; the register is as it was."))
    return redirect("registry:import_detail", pk=batch.pk)


@login_required
@require_POST
def import_retry(request, pk):
    """Check a failed import again."""
    imports.retry_import(by=request.user, batch=_batch(request, pk))
    return redirect("registry:import_detail", pk=pk)


@login_required
def import_undo(request, pk):
    """Say what undoing would do, and undo."""
    batch = _batch(request, pk)
    request.user.scope.require(RIGHT, batch.area)
    if batch.state != Import.State.DONE:
        return redirect("registry:import_detail", pk=pk)
    written = dict.fromkeys((RowState.NEW, RowState.CHANGED), 0)
    for row_state in written:
        written[row_state] = batch.rows.filter(state=row_state, was_written=True).count()
    obstacles = import_undoing.obstacles_to(batch)
    in_changed = [one for one in obstacles if one.row.state == RowState.CHANGED]
    may_put_back = bool(obstacles and written[RowState.CHANGED] and not in_changed)
    changed_only = may_put_back and request.POST.get("part") == "changed"
    if request.method == "POST" and (changed_only or not obstacles):
        reason = request.POST.get("reason", "").strip()[:200]
        import_undoing.start_undoing(
            by=request.user, batch=batch, reason=reason, changed_only=changed_only
        )
        return redirect("registry:import_detail", pk=pk)
    shown, evidence = obstacles[:PAGE_SIZE], sum(one.is_evidence for one in obstacles)
    lines = _lines([one.row for one in shown], is_written=True)
    return render(
        request,
        "compounds/registry/import_undo.html",
        {
            "batch": batch,
            "written": written,
            "obstacles": len(obstacles),
            "evidence": evidence,
            "others": len(obstacles) - evidence,
            "may_put_back": may_put_back,
            "lines": [line | {"cause": one.cause} for line, one in zip(lines, shown, strict=True)],
        },
        status=409 if request.method == "POST" else 200,
    )


def _note_download(request, batch: Import) -> None:
    """A file that leaves the house is recorded like any export.

    Raises NotAllowed where one of its sheets holds rows that the reader may not see.
    """
    for key in _closed(request, batch):
        if key in batch.counts:
            raise NotAllowed
    if not batch.file:
        raise Http404
    # Numbers that nobody may read in a file are handed back to whoever brought them alone.
    if import_files.is_secret(batch) and batch.uploaded_by_id != request.user.pk:
        raise NotAllowed
    with transaction.atomic():
        audit.record("download", batch, by=request.user, batch=batch.batch)


@login_required
@require_GET
def import_file(request, pk):
    """The workbook as it was uploaded."""
    batch = _batch(request, pk)
    request.user.scope.require(RIGHT, batch.area)
    _note_download(request, batch)
    return FileResponse(
        batch.file.open("rb"),
        as_attachment=True,
        filename=batch.file_name,
        content_type="application/octet-stream",
    )


@login_required
@require_GET
def import_refused(request, pk):
    """The refused rows as the clerk's own workbook with a column of reasons."""
    batch = _batch(request, pk)
    request.user.scope.require(RIGHT, batch.area)
    if not batch.count(RowState.REFUSED):
        raise Http404
    _note_download(request, batch)
    handle, name = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        with import_runs.local_copy(batch) as source:
            returning.write_refused(batch, source, name)
        target = open(name, "rb")  # noqa: SIM115 - the response closes it
    finally:
        os.unlink(name)
    name = " ".join([batch.file_name.rpartition(".")[0] or batch.file_name, _("refused rows")])
    return FileResponse(target, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
