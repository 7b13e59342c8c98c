"""Forms of payee accounts: typing one, confirming, refusing, seeing the number."""

from django import forms
from django.utils.translation import gettext_lazy as _

from compounds.providers.models import Provider
from governance.foundation.forms import DocumentNumber, Text

from .models import EDIT, PayeeAccount

LONGEST_TYPED = 60


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def number_field(label, **kwargs):
    """An account number as it is typed; the browser keeps no copy of it."""
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return Text(label=label, max_length=LONGEST_TYPED, widget=widget, **kwargs)


def _label(name):
    return PayeeAccount._meta.get_field(name).verbose_name


class AccountForm(forms.Form):
    """The account of a firm, its number typed twice."""

    provider = forms.ModelChoiceField(Provider.objects.none(), label=_label("provider"))
    holder = Text(label=_label("holder"), max_length=100)
    bank = Text(label=_label("bank"), max_length=100)
    number = number_field(_label("number_masked"))
    number_again = number_field(
        _("account number, typed again"), help_text=_("Type it from the proof; do not copy it.")
    )
    document = DocumentNumber(label=_label("document"), max_length=150, required=False)
    reason = Text(
        label=_label("reason"),
        max_length=200,
        required=False,
        is_conditional=True,
        help_text=_("Needed where the holder is not the firm itself."),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = Provider.objects.filter(
            district_id__in=user.scope.in_districts(EDIT)
        ).order_by("name")


class ConfirmForm(forms.Form):
    """Comparing with the proof: the number may be typed once more."""

    version = version_field()
    number = number_field(
        _("account number by the proof"),
        required=False,
        help_text=_("Type it from the proof: it is compared with what was typed first."),
    )


class RefuseForm(forms.Form):
    version = version_field()
    reason = Text(label=_("reason"), max_length=200)


class RevealForm(forms.Form):
    reason = Text(label=_("what it is needed for"), max_length=200)
