"""Forms of this room: exit review, decision, claim, notice, appeal, instalments, receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.contracts.gathering import LABELS, Gathered
from compounds.contracts.rules.viability import Key
from governance.foundation import dates
from governance.foundation.forms import Day, DocumentNumber, ExactNumber, Text
from governance.foundation.money import split
from subsidies.entitlements.models import Entitlement
from subsidies.programmes.models import ClawbackTerm

from . import rules
from .models import Clawback, ExitReview
from .rules import Part

LARGEST = 10**9
ROWS = 12


def _area(rows: int, most: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": most})


def _label(model, name: str):
    return model._meta.get_field(name).verbose_name


def _money(label, **kwargs) -> ExactNumber:
    facts = {"min_value": 0, "max_value": LARGEST, "decimal_places": 2, "max_digits": 15}
    return ExactNumber(label=label, **{**facts, **kwargs})


class Versioned(forms.Form):
    """The row as it was when the form was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(Versioned):
    reason = Text(label=gettext_lazy("Reason"), max_length=300, widget=_area(2, 300))


class ExitForm(Versioned):
    """What ends when and why, what was found, and what nobody knew of the account."""

    exit_reason = forms.ChoiceField(
        label=_label(ExitReview, "exit_reason"), choices=Entitlement.ExitReason.choices
    )
    exit_on = Day(label=_label(ExitReview, "exit_on"))
    outcome = forms.ChoiceField(
        label=_label(ExitReview, "outcome"), choices=ExitReview.Outcome.choices
    )
    findings = Text(
        label=_label(ExitReview, "findings"),
        max_length=500,
        widget=_area(4, 500),
        help_text=gettext_lazy(
            "How service goes on without the subsidy, and what the residents were told."
        ),
    )
    document = DocumentNumber(label=_label(ExitReview, "document"), max_length=150, required=False)
    gives_up = forms.BooleanField(
        label=_label(ExitReview, "gives_up"),
        required=False,
        help_text=gettext_lazy(
            "Only where service ended, the terms were broken or the compound is gone."
        ),
    )

    def __init__(self, *args, gathered: Gathered, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = [one for one in gathered.inputs if one.value is None]
        for one in self.asked:
            self.fields[one.key] = ExactNumber(
                label=LABELS[one.key],
                required=False,
                min_value=0,
                max_value=100 if one.key in (Key.COLLECTION, Key.PUBLIC_SHARE) else LARGEST,
                decimal_places=one.places,
            )

    @property
    def typed(self) -> dict[str, Decimal | None]:
        """Inputs that nobody knew and somebody typed."""
        return {one.key: self.cleaned_data.get(one.key) for one in self.asked}

    @property
    def said(self) -> dict[str, Any]:
        """What the service takes."""
        names = ("exit_reason", "exit_on", "outcome", "findings", "document", "gives_up")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def asked_fields(self) -> list:
        return [self[one.key] for one in self.asked]


class ExitApproveForm(Versioned):
    document = DocumentNumber(label=_label(ExitReview, "document"), max_length=150, required=False)
    on = Day(label=_label(ExitReview, "approved_on"))


class ClawbackForm(forms.Form):
    """The reason, the day and what was found; the amount follows."""

    trigger = forms.ChoiceField(label=_label(Clawback, "trigger"))
    happened_on = Day(
        label=_label(Clawback, "happened_on"),
        help_text=gettext_lazy("The last day that counts as served."),
    )
    facts = Text(label=_label(Clawback, "facts"), max_length=500, widget=_area(3, 500))

    def __init__(self, *args, triggers: Iterable[str], **kwargs):
        super().__init__(*args, **kwargs)
        named = set(triggers)
        self.fields["trigger"].choices = [
            (code, label) for code, label in ClawbackTerm.Trigger.choices if code in named
        ]


class NotifyForm(Versioned):
    document = DocumentNumber(label=_label(Clawback, "document"), max_length=150)
    fine = _money(_label(Clawback, "fine"), required=False, initial=Decimal(0))
    on = Day(label=_label(Clawback, "notified_on"))

    def clean_fine(self):
        return self.cleaned_data["fine"] or Decimal("0.00")


class AppealForm(Versioned):
    appealed_on = Day(label=_label(Clawback, "appealed_on"))
    grounds = Text(label=_label(Clawback, "appeal"), max_length=500, widget=_area(3, 500))


class DecideForm(Versioned):
    """What is claimed still: all of it, a part, or nothing."""

    amount = _money(
        gettext_lazy("claimed still (yuan)"),
        help_text=gettext_lazy("All of it: the appeal is dismissed. Nought: it is upheld."),
    )
    fine = _money(_label(Clawback, "fine"), required=False)
    decision = Text(label=_label(Clawback, "decision"), max_length=500, widget=_area(3, 500))
    on = Day(label=_label(Clawback, "appeal_decided_on"))


class PlanForm(Versioned):
    """Rows of days and amounts; empty ones are left out."""

    def __init__(self, *args, left: Decimal, due_on: dt.date, count: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        given = _equal(left, due_on, count) if count else []
        for at in range(ROWS):
            self.fields[f"due_on_{at}"] = Day(
                label=pgettext_lazy("clawback", "due on"), required=False
            )
            self.fields[f"amount_{at}"] = _money(
                pgettext_lazy("money", "amount (yuan)"), required=False
            )
            if not self.is_bound and at < len(given):
                self.initial[f"due_on_{at}"] = given[at].due_on
                self.initial[f"amount_{at}"] = given[at].amount

    @property
    def rows(self) -> list[tuple]:
        return [(self[f"due_on_{at}"], self[f"amount_{at}"]) for at in range(ROWS)]

    def clean(self):
        found = super().clean()
        for at in range(ROWS):
            day, amount = found.get(f"due_on_{at}"), found.get(f"amount_{at}")
            if (day is None) != (amount is None) and not self.errors:
                self.add_error(
                    f"amount_{at}" if amount is None else f"due_on_{at}",
                    _("Give both the day and the amount."),
                )
        return found

    @property
    def parts(self) -> list[Part]:
        values = self.cleaned_data
        return [
            Part(values[f"due_on_{at}"], values[f"amount_{at}"])
            for at in range(ROWS)
            if values.get(f"due_on_{at}") is not None
        ]


def _equal(left: Decimal, due_on: dt.date, count: int) -> list[Part]:
    """Equal monthly parts that make up the sum to the fen."""
    first = max(due_on, dates.today())
    return [
        Part(rules.months_later(first, at), amount)
        for at, amount in enumerate(split(left, [1] * count))
    ]


class ReceiveForm(Versioned):
    received_on = Day(label=gettext_lazy("received on"))
    amount = _money(
        pgettext_lazy("money", "amount (yuan)"),
        help_text=gettext_lazy("Less than the instalment leaves a rest that is due the same day."),
    )
    voucher = Text(label=gettext_lazy("voucher number"), max_length=60)
