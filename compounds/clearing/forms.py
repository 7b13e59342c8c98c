"""Forms of the campaign. They read what was typed; services decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation import dates
from governance.foundation.forms import Day, DocumentNumber, Text, WholeNumber, field_for

from .models import Acceptance, Case, Consultation, Deadline, Plan
from .rules import states
from .services.papers import CHECKS, CONSULTATION_FIELDS, PLAN_FIELDS

WITH_REASON = states.WITH_REASON
UNITS = dict.fromkeys(
    ("households_asked", "households_answered", "households_agreed"),
    pgettext_lazy("unit", "households"),
)


def field_of(field, **kwargs):
    if field.name == "document":
        return field.formfield(form_class=DocumentNumber, **kwargs)
    found = field_for(field, **kwargs)
    if found is not None:
        found.unit = UNITS.get(field.name, "")
    return found


class StepForm(forms.Form):
    """A step of one case, or of many: the day it happened, its document, its reason."""

    on = Day(label=_("Day"))
    document = DocumentNumber(label=_("Document number"), max_length=150, required=False)
    reason = Text(label=_("Reason or note"), max_length=300, required=False)

    def __init__(self, *args, kind: str = states.ADVANCE, **kwargs):
        kwargs.setdefault("initial", {"on": dates.today()})
        kwargs.setdefault("auto_id", f"{kind.lower()}_%s")
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["on"].widget.attrs["max"] = dates.today().isoformat()
        if kind in WITH_REASON:
            self.fields["reason"].required = True
            self.fields["reason"].label = _("Reason")


class PlanForm(forms.ModelForm):
    """One compound, one policy; the leader in charge and the day stand with the case."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    leader = Text(label=_("leader in charge"), max_length=100, required=False)
    planned_on = Day(label=_("planned completion"), required=False)

    class Meta:
        model = Plan
        fields = PLAN_FIELDS
        formfield_callback = field_of
        widgets = {name: forms.Textarea({"rows": 4}) for name in ("measures",)} | {
            name: forms.Textarea({"rows": 3}) for name in ("situation", "services")
        }

    def __init__(self, *args, case: Case, is_fixed: bool, **kwargs):
        initial = {"version": case.version, "leader": case.leader, "planned_on": case.planned_on}
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields["measures"].required = not is_fixed
        self.fields["measures"].help_text = _("What is done, by whom, until when.")
        if is_fixed:
            for name in PLAN_FIELDS:
                del self.fields[name]

    def _post_clean(self):
        """The service validates."""

    @property
    def facts(self) -> dict:
        names = (*PLAN_FIELDS, "leader", "planned_on")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


class ConsultationForm(forms.ModelForm):
    """The notice first; the rest when it is closed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Consultation
        fields = CONSULTATION_FIELDS
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["closed_on"].help_text = _("Empty while the notice hangs.")
        for name in ("noticed_on", "closed_on"):
            self.fields[name].widget.attrs["max"] = dates.today().isoformat()

    def _post_clean(self):
        """The service validates."""

    @property
    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in CONSULTATION_FIELDS}


class AcceptanceForm(forms.ModelForm):
    """Four checks on site; all four clear the compound."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = Day(label=_("Day"))

    class Meta:
        model = Acceptance
        fields = ("on", *CHECKS, "note", "document")
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in CHECKS:
            self.fields[name].required = False
        self.fields["on"].widget.attrs["max"] = dates.today().isoformat()
        self.fields["note"].help_text = _("Needed where a check failed: what is still missing.")

    def _post_clean(self):
        """The service validates."""

    @property
    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in (*CHECKS, "note", "document")}

    @property
    def checks(self) -> list:
        return [self[name] for name in CHECKS]


class DeadlineForm(forms.Form):
    """How long a case may stay in a stage; empty days: no deadline."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    days = WholeNumber(label=_("days"), required=False, min_value=1, max_value=730)
    unit = forms.ChoiceField(label=_("kind of days"), choices=Deadline.Unit.choices)
    document = DocumentNumber(
        label=_("document"),
        max_length=150,
        required=False,
        widget=forms.TextInput({"placeholder": _("document")}),
    )


class OpenForm(forms.Form):
    """Cases for chosen compounds, or for all without one."""

    on = Day(label=_("Day"))
    document = DocumentNumber(label=_("Document number"), max_length=150, required=False)

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("initial", {"on": dates.today()})
        super().__init__(*args, **kwargs)
        self.fields["on"].widget.attrs["max"] = dates.today().isoformat()
