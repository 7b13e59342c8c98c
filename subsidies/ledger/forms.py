"""Forms of budgets, movements and closings."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.forms import (
    LARGEST,
    Day,
    DocumentNumber,
    ExactNumber,
    Text,
    field_for,
)
from governance.organisation.models import Area, Level

from .models import BudgetIndicator, BudgetLine, Closing, Movement
from .services.budgets import OF_INDICATOR, OF_LINE


def _label(model, name):
    return model._meta.get_field(name).verbose_name


def _version() -> forms.IntegerField:
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1, initial=1)


class LineForm(forms.ModelForm):
    version = _version()

    class Meta:
        model = BudgetLine
        fields = OF_LINE
        formfield_callback = field_for

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["version"]

    def clean_year(self):
        year = self.cleaned_data["year"]
        if not 2000 <= year <= 2100:
            raise forms.ValidationError(_("Give the year in four digits."))
        return year

    def _post_clean(self):
        """Judged by the service."""


class IndicatorForm(forms.ModelForm):
    version = _version()

    class Meta:
        model = BudgetIndicator
        fields = OF_INDICATOR
        formfield_callback = field_for

    def __init__(self, *args, district, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["version"]
        self.fields["street"].queryset = Area.objects.filter(
            level=Level.STREET, district=district
        ).order_by("code")

    def _post_clean(self):
        """Judged by the service."""


class Indicators(forms.ModelChoiceField):
    def label_from_instance(self, row):
        return f"{row.line.year} {row.number} {row.name}"


class MovementForm(forms.Form):
    """What moves, by which document; another person confirms it."""

    kind = forms.ChoiceField(label=_label(Movement, "kind"), choices=Movement.Kind.choices)
    amount = ExactNumber(
        label=_label(Movement, "amount"), min_value=0, max_value=LARGEST, max_digits=16,
        decimal_places=2,
    )  # fmt: skip
    to_indicator = Indicators(
        label=_label(Movement, "to_indicator"),
        queryset=BudgetIndicator.objects.none(),
        required=False,
        help_text=_("Only for a transfer or where money is carried over."),
    )
    on = Day(label=_label(Movement, "on"))
    document = DocumentNumber(label=_label(Movement, "document"), max_length=150)
    reason = Text(label=_label(Movement, "reason"), max_length=300, required=False)

    def __init__(self, *args, indicator, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["amount"].unit = _("yuan")
        self.fields["to_indicator"].queryset = (
            BudgetIndicator.objects.filter(
                district=indicator.district_id, line__year__gte=indicator.line.year
            )
            .exclude(pk=indicator.pk)
            .select_related("line")
            .order_by("line__year", "number")
        )


class VersionForm(forms.Form):
    version = _version()


class RefusalForm(VersionForm):
    reason = Text(label=_label(Movement, "refusal"), max_length=300)


class ReversalForm(forms.Form):
    on = Day(label=_("day of the reversal"))
    document = DocumentNumber(label=_label(Movement, "document"), max_length=150)
    reason = Text(label=_label(Movement, "reason"), max_length=300)


class ClosingForm(forms.Form):
    until = Day(
        label=_label(Closing, "until"),
        help_text=_("31 December closes the year: every rest has lapsed or was carried over then."),
    )
    document = DocumentNumber(
        label=_label(Closing, "document"),
        max_length=150,
        required=False,
        is_conditional=True,
        help_text=_("Needed where committed or payable money goes over into the next year."),
    )


class ReopeningForm(VersionForm):
    document = DocumentNumber(label=_label(Closing, "reopening_document"), max_length=150)
    reason = Text(
        label=_label(Closing, "reopening_reason"),
        max_length=300,
        help_text=pgettext_lazy("reopening", "What must be mended in the closed months."),
    )
