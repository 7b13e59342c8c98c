"""Forms of disbursements: what a batch takes, its acts, the bank's file, one order's result."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.foundation.forms import Day, DocumentNumber, ExactNumber, Text
from subsidies.ledger.models import BudgetIndicator

from .models import PREPARE, Disbursement
from .rules import Outcome

LARGEST_FILE = 20 * 2**20


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def _label(name):
    return Disbursement._meta.get_field(name).verbose_name


class IndicatorForm(forms.Form):
    """Which indicator pays."""

    indicator = forms.ModelChoiceField(BudgetIndicator.objects.none(), label=_label("indicator"))

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["indicator"].queryset = BudgetIndicator.objects.filter(
            district_id__in=user.scope.in_districts(PREPARE)
        ).order_by("number")


class NewForm(forms.Form):
    """What of the payable rows a batch takes; the choices are those of the rows."""

    firms = forms.TypedMultipleChoiceField(coerce=int, widget=forms.CheckboxSelectMultiple)
    title = Text(label=_label("title"), max_length=150, required=False)
    document = DocumentNumber(label=_label("document"), max_length=150, required=False)

    def __init__(self, *args, firms, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["firms"].choices = firms
        self.fields["firms"].label = _("firms")


class SubmitForm(forms.Form):
    version = version_field()
    document = DocumentNumber(
        label=_label("document"),
        max_length=150,
        required=False,
        help_text=_("Number of the payment request; it goes on every voucher."),
    )


class ReleaseForm(forms.Form):
    version = version_field()
    on = Day(label=_label("released_on"))
    document = DocumentNumber(label=_label("document"), max_length=150, required=False)


class ReasonForm(forms.Form):
    version = version_field()
    reason = Text(label=_("reason"), max_length=300)


class ResultForm(forms.Form):
    """The bank's file."""

    file = forms.FileField(
        label=_("result file of the bank (xlsx or csv)"), widget=forms.FileInput(), max_length=150
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        return file


class OrderForm(forms.Form):
    """What became of one order."""

    version = version_field()
    outcome = forms.ChoiceField(
        label=_("result"),
        choices=((Outcome.PAID.value, _("paid")), (Outcome.FAILED.value, _("failed"))),
        widget=forms.RadioSelect,
    )
    voucher = DocumentNumber(label=_("voucher number"), max_length=60, required=False)
    on = Day(label=_("day of the bank"), required=False)
    amount = ExactNumber(
        label=_("amount by the voucher (yuan)"), required=False, max_digits=16, decimal_places=4
    )
    reason = Text(label=_("why it failed"), max_length=200, required=False, is_conditional=True)


class BackForm(forms.Form):
    """That a paid order came back."""

    version = version_field()
    on = Day(label=_("day on which it came back"))
    voucher = DocumentNumber(
        label=_("voucher of the return"),
        max_length=60,
        required=False,
        help_text=_("Number of the bank's note of the return, if it has one."),
    )
    reason = Text(
        label=_("why it came back"),
        max_length=200,
        help_text=_("As the bank says it: wrong name, wrong number, account closed."),
    )
