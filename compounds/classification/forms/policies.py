"""Forms around a policy: its head, and publishing it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Policy
from .cleaning import DayField, ExactField, WholeField


class PolicyForm(forms.ModelForm):
    """Title, document, term and subsidy; the rules are edited beside it."""

    subsidy_rate = ExactField(
        label=_("Subsidy rate"), unit=_("yuan/m²·month"), min_value=0, max_value=1000
    )
    subsidy_months = WholeField(
        label=_("Months of subsidy"), unit=_("months"), min_value=0, max_value=120
    )
    effective_from = DayField(label=_("Effective from"))
    effective_until = DayField(
        label=_("Effective until"), required=False, help_text=_("Empty: until further notice.")
    )

    class Meta:
        model = Policy
        fields = (
            "title",
            "document_number",
            "effective_from",
            "effective_until",
            "subsidy_rate",
            "subsidy_months",
            "area_basis",
        )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document_number"].help_text = _("Needed before it is published.")

    def clean(self):
        cleaned = super().clean()
        begins, ends = cleaned.get("effective_from"), cleaned.get("effective_until")
        if begins and ends and ends < begins:
            self.add_error(
                "effective_until", _("A policy cannot end before it begins. Choose a later day.")
            )
        return cleaned


class PublishForm(forms.Form):
    """Why a policy begins before the day of its publication."""

    retroactive_reason = forms.CharField(
        label=_("Why it begins before today"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 300}),
        help_text=_("Such as: issued on paper on that day. It stays on the policy's page."),
    )
