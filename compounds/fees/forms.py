"""Forms of fees: a report, a stage, a line of a book, an inspection, a round, an assessment."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.registry.models import Compound
from governance.foundation.forms import (
    LARGEST,
    Day,
    DocumentNumber,
    ExactNumber,
    Text,
    WholeNumber,
    YesNo,
    field_for,
)
from governance.foundation.texts import fold

from . import rules
from .models import (
    Assessment,
    AssessmentRound,
    BookEntry,
    CollectionReport,
    Inspection,
    ServiceStage,
)
from .services.assessing import OF_ROUND

YUAN = gettext_lazy("yuan")
POINTS = pgettext_lazy("of a score", "points")
HOUSEHOLDS = pgettext_lazy("unit", "households")


def _version(minimum: int = 0) -> forms.IntegerField:
    return forms.IntegerField(
        widget=forms.HiddenInput, min_value=minimum, max_value=2**31 - 1, initial=minimum
    )


def _amount(label, **kwargs) -> ExactNumber:
    field = ExactNumber(
        label=label, min_value=0, max_value=LARGEST, max_digits=16, decimal_places=2, **kwargs
    )
    field.unit = YUAN
    return field


def _count(label, **kwargs) -> WholeNumber:
    field = WholeNumber(label=label, min_value=0, max_value=1_000_000, **kwargs)
    field.unit = HOUSEHOLDS
    return field


class Month(forms.CharField):
    """A month as browsers send it, or as it is typed: 2026-05, 2026.5, 2026年5月."""

    widget = forms.TextInput(attrs={"type": "month"})

    def to_python(self, value):
        if isinstance(value, dt.date):  # that of a report that is being corrected
            return value
        text = super().to_python(value)
        if not text:
            return None
        for mark in ("年", ".", "/"):
            text = text.replace(mark, "-")
        year, _stroke, month = fold(text).strip().rstrip("月-").partition("-")
        try:
            return dt.date(int(year), int(month), 1)
        except ValueError as error:
            raise ValidationError(_("Give a month such as 2026-05.")) from error

    def prepare_value(self, value):
        return f"{value:%Y-%m}" if isinstance(value, dt.date) else value


def _label(model, name):
    return model._meta.get_field(name).verbose_name


class ReportForm(forms.Form):
    """What was billed and paid in a month."""

    month = Month(label=_label(CollectionReport, "month"))
    billed_households = _count(_label(CollectionReport, "billed_households"))
    billed_amount = _amount(gettext_lazy("billed"))
    paid_households = _count(_label(CollectionReport, "paid_households"))
    paid_amount = _amount(gettext_lazy("paid"))
    complaints = WholeNumber(
        label=gettext_lazy("complaints in the month"),
        min_value=0,
        max_value=100_000,
        required=False,
        help_text=gettext_lazy("Leave blank where nobody counted."),
    )
    note = Text(label=_label(CollectionReport, "note"), max_length=200, required=False)
    version = _version()


class StageForm(forms.Form):
    """The day a stage began; charging with the outcome and the document."""

    began_on = Day(label=_label(ServiceStage, "began_on"))
    note = Text(label=_label(ServiceStage, "note"), max_length=300, required=False)
    document = DocumentNumber(
        label=_label(ServiceStage, "document"), max_length=150, required=False
    )

    def __init__(self, *args, stage: str, **kwargs):
        super().__init__(*args, **kwargs)
        if stage == rules.CHARGE:
            self.fields["note"].required = self.fields["document"].required = True
            self.fields["note"].help_text = _("How many were asked, how many agreed, to which fee.")
        else:
            del self.fields["note"]


class EntryForm(forms.Form):
    """A line of the book."""

    kind = forms.ChoiceField(
        label=_label(BookEntry, "kind"), choices=BookEntry.Kind.choices, widget=forms.RadioSelect
    )
    source = forms.ChoiceField(
        label=_label(BookEntry, "source"),
        choices=BookEntry.Source.choices,
        help_text=gettext_lazy("What the money came from, or what the cost belongs to."),
    )
    on = Day(label=_label(BookEntry, "on"))
    amount = _amount(pgettext_lazy("of money", "amount"))
    purpose = Text(
        label=_label(BookEntry, "purpose"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Needed where money is spent on the compound."),
    )
    document = DocumentNumber(
        label=_label(BookEntry, "document"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Needed for everything that goes out."),
    )


class ReverseForm(forms.Form):
    reason = Text(label=_label(BookEntry, "reason"), max_length=200)
    on = Day(label=gettext_lazy("day of the reversal"))


class PublishForm(forms.Form):
    """Which lines are published, and when they were posted."""

    until = Day(label=gettext_lazy("lines up to"))
    published_on = Day(label=_label(BookEntry, "published_on"))


class InspectionForm(forms.Form):
    """What was seen on site."""

    on = Day(label=_label(Inspection, "on"))
    passed = forms.TypedChoiceField(
        label=gettext_lazy("outcome"),
        choices=(
            ("true", pgettext_lazy("inspection", "passed")),
            ("false", pgettext_lazy("inspection", "failed")),
        ),
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
    )
    staff_absent = forms.BooleanField(label=_label(Inspection, "staff_absent"), required=False)
    statement_posted = YesNo(label=_label(Inspection, "statement_posted"))
    findings = Text(
        label=_label(Inspection, "findings"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Needed where the inspection failed."),
    )
    order_due_on = Day(
        label=_label(Inspection, "order_due_on"),
        required=False,
        help_text=gettext_lazy(
            "Where it failed. Left blank: ten working days; a day of rest moves to the next "
            "working day."
        ),
    )


class MendForm(forms.Form):
    mended_on = Day(label=_label(Inspection, "mended_on"))
    version = _version(1)


class RoundForm(forms.ModelForm):
    """A round with its weights, sample and bands."""

    class Meta:
        model = AssessmentRound
        fields = OF_ROUND
        formfield_callback = field_for

    def _post_clean(self):
        """Judged by the service."""


class AssessmentForm(forms.Form):
    """What a round found in a compound. Total and grade are computed."""

    sampled_households = _count(_label(Assessment, "sampled_households"))
    satisfaction_score = ExactNumber(
        label=gettext_lazy("satisfaction"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
    )
    collection_score = ExactNumber(
        label=gettext_lazy("collection"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        required=False,
    )
    reward = Text(label=_label(Assessment, "reward"), max_length=200, required=False)
    assessed_on = Day(label=_label(Assessment, "assessed_on"))
    version = _version()

    satisfaction_score.unit = collection_score.unit = POINTS


class ChooseCompound(forms.Form):
    """A compound by its code or name."""

    q = Text(
        label=gettext_lazy("compound"),
        max_length=60,
        help_text=gettext_lazy("Its code, or its name or a part of it."),
    )

    def found(self, compounds) -> list[Compound]:
        text = self.cleaned_data["q"]
        exact = list(compounds.filter(code=text)[:1])
        return exact or list(compounds.filter(name__icontains=text).order_by("code")[:20])
