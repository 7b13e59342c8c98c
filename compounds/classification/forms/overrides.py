"""Forms of overrides: propose, approve or reject, withdraw."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Strategy
from governance.foundation import dates

from ..models import Override
from .cleaning import DayField


class OverrideForm(forms.ModelForm):
    """What a proposal must say: strategy, reason, document and its last day."""

    strategy = forms.ChoiceField(
        label=_("Strategy by override"), choices=Strategy.choices, widget=forms.RadioSelect
    )
    expires_on = DayField(
        label=_("Last day"),
        help_text=_("After this day the rules decide again."),
    )

    class Meta:
        model = Override
        fields = ("strategy", "reason", "document", "expires_on")
        widgets = {"reason": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, present: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.present = present
        self.fields["reason"].help_text = _(
            "What the rules cannot see, in one or two sentences; the approver reads this."
        )
        self.fields["document"].help_text = _("Number of the minutes, letter or approval.")

    def clean_strategy(self):
        strategy = self.cleaned_data["strategy"]
        if strategy == self.present:
            raise forms.ValidationError(
                _("The rules already give this strategy; an override would change nothing.")
            )
        return strategy

    def clean_expires_on(self):
        day = self.cleaned_data["expires_on"]
        if day <= dates.today():
            raise forms.ValidationError(_("The last day must lie in the future."))
        return day


class ReasonForm(forms.Form):
    """Why something is rejected, withdrawn or retired."""

    reason = forms.CharField(
        label=pgettext_lazy("override", "Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
