"""Programmes as workbooks: the list of editions, and one edition article by article."""

from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.audit.services import record_export
from governance.foundation.downloads import dated, signed, workbook
from governance.foundation.spreadsheets import DATE, INTEGER, OutColumn
from governance.organisation.access import right_required

from .. import wording
from ..models import Programme
from ..questions import terms_of
from .common import programme_of, visible

EXPORT = "registry.export"


def _label(name: str) -> str:
    return str(capfirst(Programme._meta.get_field(name).verbose_name))


def _saved(request, sheet, title: str, count: int):
    with transaction.atomic():
        record_export(by=request.user, kind=Programme, label=title, count=count)
    return workbook([sheet], dated(title))


@require_safe
@right_required(EXPORT)
def programme_list_export(request):
    """All editions of the reader's districts, one a row."""
    rows = list(visible(request).order_by("district__code", "name", "-edition"))
    terms = terms_of(row.pk for row in rows)
    columns = [
        OutColumn(_label("name"), width=28),
        OutColumn(_label("edition"), INTEGER, 8),
        OutColumn(_label("document_number"), width=24),
        OutColumn(_label("effective_from"), DATE, 14),
        OutColumn(_label("effective_until"), DATE, 14),
        OutColumn(_("Rate"), width=40),
        OutColumn(_("Who pays"), width=24),
        OutColumn(_label("prepared_by"), width=18),
        OutColumn(_label("published_by"), width=18),
        OutColumn(_label("state"), width=12),
    ]
    found = [
        [
            row.name,
            row.edition,
            row.document_number or None,
            row.effective_from,
            row.effective_until,
            str(wording.summary(terms[row.pk])),
            str(wording.shares_in_words(terms[row.pk])) or None,
            str(row.prepared_by),
            str(row.published_by) if row.published_by else None,
            str(row.get_state_display()),
        ]
        for row in rows
    ]
    title = _("Subsidy programmes")
    return _saved(request, signed(request.user, title, columns, found, words=""), title, len(rows))


@require_safe
@right_required(EXPORT)
def programme_export(request, pk):
    """One edition: every article with what it says, a sentence a row."""
    programme = programme_of(request, pk)
    terms = terms_of([pk])[pk]
    head = [
        (_label("document_number"), programme.document_number or "—"),
        (_label("effective_from"), str(programme.effective_from)),
        (_label("effective_until"), str(programme.effective_until or "—")),
        (_label("prepared_by"), str(programme.prepared_by)),
        (_label("published_by"), str(programme.published_by or "—")),
        (_label("state"), str(programme.get_state_display())),
    ]
    rows = [list(one) for one in head]
    for article in wording.articles(terms):
        rows += [[str(article.title), str(line)] for line in article.lines]
    title = str(programme)
    columns = [OutColumn(_("Article"), width=26), OutColumn(_("What it says"), width=90)]
    words = programme.document_number
    return _saved(
        request, signed(request.user, title, columns, rows, words=words), title, len(rows)
    )
