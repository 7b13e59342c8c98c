"""Read-only questions about programmes: their terms as pure values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from governance.foundation.fields import TagsField

from . import rules
from .models import (
    AssessmentBand,
    ClawbackTerm,
    Deduction,
    EligibilityCondition,
    FundingShare,
    Programme,
    RateStep,
)

PARTS = ("steps", "conditions", "bands", "deductions", "shares", "clawbacks")
# Fields of Terms that a programme's own row holds as they are.
PLAIN = tuple(
    field.name for field in fields(rules.Terms) if field.name not in {*PARTS, "documents"}
)
ROWS = {
    "steps": (RateStep, rules.Step, ("from_month", "to_month", "basis", "rate", "per")),
    "conditions": (
        EligibilityCondition,
        rules.Condition,
        ("fact", "operator", "value", "alternative"),
    ),
    "bands": (AssessmentBand, rules.Band, ("from_score", "effect", "percent")),
    "deductions": (Deduction, rules.Deduction, ("trigger", "percent", "amount")),
    "shares": (FundingShare, rules.Share, ("payer", "percent")),
    "clawbacks": (ClawbackTerm, rules.Clawback, ("trigger", "takes", "months", "percent")),
}


def terms_of(programme_ids: Iterable[int]) -> dict[int, rules.Terms]:
    """The terms of programmes by id: seven queries however many there are."""
    ids = sorted(set(programme_ids))
    parts: dict[str, dict[int, list]] = {name: {} for name in PARTS}
    for name, (model, part, columns) in ROWS.items():
        rows = model.objects.filter(programme_id__in=ids).order_by("programme_id", "position")
        for programme_id, *values in rows.values_list("programme_id", *columns):
            if part is rules.Condition:
                values[2] = rules.value_of(values[0], values[2])
            parts[name].setdefault(programme_id, []).append(part(*values))
    found = {}
    for row in Programme.objects.filter(pk__in=ids).values("pk", "documents", *PLAIN):
        pk = row.pop("pk")
        documents = tuple(TagsField.split(row.pop("documents")))
        tables = {name: tuple(parts[name].get(pk, ())) for name in PARTS}
        found[pk] = rules.Terms(documents=documents, **row, **tables)
    return found
