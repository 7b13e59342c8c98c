"""Forms of this room: a month to be accrued, days of a line, approvals and reasons."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation import dates
from governance.foundation.forms import Day, DocumentNumber, Text, WholeNumber

from . import figures


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def _reason(label=None):
    return Text(
        label=label or _("reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class MonthForm(forms.Form):
    """The month up to which is accrued: months missed before come along."""

    month = forms.ChoiceField(label=_("month"))

    def __init__(self, *args, district_id, **kwargs):
        super().__init__(*args, **kwargs)
        last = figures.next_month(district_id, dates.today())
        months = [figures.months_after(last, -back) for back in range(24)]
        self.fields["month"].choices = [(f"{one:%Y-%m-%d}", f"{one:%Y-%m}") for one in months]

    def clean_month(self) -> dt.date:
        return dt.date.fromisoformat(self.cleaned_data["month"])


class DaysForm(forms.Form):
    version = version_field()
    days = WholeNumber(label=_("days served"), min_value=0, max_value=31)
    reason = Text(
        label=_("why other days than computed"),
        max_length=200,
        required=False,
        is_conditional=True,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class VersionForm(forms.Form):
    version = version_field()


class ReasonForm(forms.Form):
    version = version_field()
    reason = _reason()


class ApproveForm(forms.Form):
    version = version_field()
    document = DocumentNumber(label=_("document of the approval"), max_length=150)
    on = Day(label=pgettext_lazy("ledger", "posted on"), initial=lambda: dates.today())


class ReverseForm(forms.Form):
    version = version_field()
    document = DocumentNumber(label=_("document of the reversal"), max_length=150)
    reason = _reason()
    on = Day(label=pgettext_lazy("ledger", "posted on"), initial=lambda: dates.today())


class DecideForm(forms.Form):
    version = version_field()
    reason = _reason(_("why it is paid all the same"))
