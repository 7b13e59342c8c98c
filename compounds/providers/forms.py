"""Forms of the providers' room."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates
from governance.foundation.forms import Day, Text, WholeNumber

from .models import Invitation, Provider


class InvitationForm(forms.Form):
    """One letter to several firms of the compound's district."""

    round = WholeNumber(label=_("round"), min_value=1, max_value=99)
    invited_on = Day(label=_("invited on"))
    letter = Text(label=_("letter number"), max_length=60, required=False)
    provider = forms.ModelMultipleChoiceField(
        queryset=Provider.objects.none(),
        label=_("providers"),
        error_messages={"required": _("Tick the firms the letter goes to.")},
    )

    def __init__(self, *args, user, district, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = (
            Provider.objects.visible_to(user).filter(district_id=district).order_by("name", "pk")
        )
        self.initial.setdefault("invited_on", dates.today())

    @property
    def ticked(self) -> set[str]:
        """Ids of the firms that were ticked, as they came."""
        return set(self.data.getlist("provider")) if self.is_bound else set()


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("answer"), choices=Invitation.Answer.choices, widget=forms.RadioSelect
    )
    answered_on = Day(
        label=_("answered on"),
        required=False,
        help_text=_("For “did not answer”: the day on which the time to answer ended."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
