"""What the pages of the campaign share: a case in the reader's scope, files, the log of exports."""

from __future__ import annotations

from compounds.classification.views.common import seen_or_404
from governance.audit import services as audit

from ..models import Case

FOLDER = "compounds/clearing"
EXPORT = "registry.export"
CASE = (
    "compound",
    "compound__community",
    "compound__street",
    "compound__district",
    "provider",
    "confirmed_by",
)


def case_of(request, code: str) -> Case:
    """The case of a compound in the reader's scope; 404 where there is none."""
    rows = Case.objects.visible_to(request.user).select_related(*CASE)
    return seen_or_404(rows, compound__code=code)


def record_export(request, label: str, rows: int, words: str) -> None:
    """Note that rows of the campaign left as a file."""
    audit.record_export(by=request.user, kind=Case, label=label, count=rows, words=words)
