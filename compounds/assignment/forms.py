"""Forms of this room. They read what was typed; services decide."""

from django import forms
from django.utils.translation import gettext_lazy as _

from compounds.providers.models import Provider
from governance.foundation import dates
from governance.foundation.forms import Day, DocumentNumber, Text, WholeNumber

from .models import Assignment, AssignmentLock, HandoverItem, Refusal


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def _reason(label=None, *, required: bool) -> Text:
    return Text(
        label=label or _("reason"),
        max_length=300,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _document() -> DocumentNumber:
    return DocumentNumber(label=_("document"), max_length=150, required=False)


class ProposeForm(forms.Form):
    """One provider for one compound."""

    provider = forms.ModelChoiceField(
        queryset=Provider.objects.none(), widget=forms.HiddenInput, label=_("provider")
    )
    reason = _reason(_("reason of the choice"), required=False)
    exception_reason = _reason(_("reason for going without what is asked"), required=False)
    document = _document()
    planned_on = Day(label=_("planned completion"), required=False)

    def __init__(self, *args, firms, lacking=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = firms
        self.fields["provider"].widget.choices = ()
        if not lacking:
            del self.fields["exception_reason"]
        else:
            self.fields["exception_reason"].required = True


class StepForm(forms.Form):
    """A step forward: its paper, and a remark."""

    version = version_field()
    document = _document()
    reason = _reason(_("remark"), required=False)


class BackForm(forms.Form):
    """A step back, or giving up: never without a reason."""

    version = version_field()
    reason = _reason(required=True)


# Entered by a successor, by a confirmed loss, and by the register.
ENDED_ELSEWHERE = (
    Assignment.EndReason.REPLACED,
    Assignment.EndReason.LOST,
    Assignment.EndReason.GONE,
)


class EndForm(forms.Form):
    """The end of service."""

    version = version_field()
    ended_on = Day(label=_("served until"))
    end_reason = forms.ChoiceField(
        label=_("reason of the end"),
        choices=[
            choice for choice in Assignment.EndReason.choices if choice[0] not in ENDED_ELSEWHERE
        ],
    )
    reason = _reason(_("what happened"), required=False)
    document = _document()


class ReplaceForm(forms.Form):
    """The day a successor takes over."""

    version = version_field()
    starts_on = Day(label=_("serves from"))
    document = _document()


class ManyForm(forms.Form):
    """A step for many rows."""

    document = _document()
    reason = _reason(_("remark"), required=False)
    accepts_shortage = forms.BooleanField(
        label=_("The firm shall take them although its room does not suffice"), required=False
    )

    def __init__(self, *args, needs_reason: bool, is_short: bool = False, **kwargs):
        """`is_short`: a shortage was found, so that its confirmation is asked for."""
        super().__init__(*args, **kwargs)
        if not is_short:
            del self.fields["accepts_shortage"]
        if needs_reason:
            self.fields["reason"].required = True
            self.fields["reason"].label = _("reason")
            del self.fields["document"]


class LockForm(forms.Form):
    kind = forms.ChoiceField(label=_("kind of lock"), choices=AssignmentLock.Kind.choices)
    provider = forms.ModelChoiceField(
        queryset=Provider.objects.none(),
        required=False,
        label=_("provider"),
        help_text=_("None for a lock that holds everybody off."),
    )
    reason = _reason(required=True)
    document = _document()
    until = Day(label=_("until"), required=False)

    def __init__(self, *args, firms, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = firms


class RefusalForm(forms.Form):
    provider = forms.ModelChoiceField(queryset=Provider.objects.none(), label=_("provider"))
    party = forms.ChoiceField(label=_("who refused"), choices=Refusal.Party.choices)
    on = Day(label=_("day"))
    reason = _reason(required=True)
    document = _document()

    def __init__(self, *args, firms, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].queryset = firms
        self.initial.setdefault("on", dates.today())


class HandoverLineForm(forms.Form):
    """One line of a hand-over list; an empty description takes it out."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput, min_value=1)
    kind = forms.ChoiceField(
        label=_("what"), choices=HandoverItem.Kind.choices, initial=HandoverItem.Kind.OTHER
    )
    description = Text(label=_("description"), max_length=200, required=False)
    quantity = WholeNumber(label=_("quantity"), min_value=0, max_value=2**31 - 1, required=False)
    condition = Text(label=_("condition"), max_length=100, required=False)
    done_on = Day(label=_("handed over on"), required=False)
    note = Text(label=_("note"), max_length=200, required=False)


HandoverFormSet = forms.formset_factory(HandoverLineForm, extra=2, max_num=100, absolute_max=110)
