"""Forms of the watch: a visit or order, a lost service and its decision, a policy as a table."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.providers.models import Provider
from governance.foundation import dates
from governance.foundation.forms import Day, DocumentNumber, Text, WholeNumber

from .models import Loss, WatchPolicy, WatchTask
from .rules import watch as rules


def _area(rows: int, most: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "maxlength": most})


class TaskForm(forms.Form):
    """Who handles it, what is planned, and the result that closes it."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    assigned_to = Text(
        label=WatchTask._meta.get_field("assigned_to").verbose_name, max_length=100, required=False
    )
    plan = Text(
        label=WatchTask._meta.get_field("plan").verbose_name,
        max_length=1000,
        required=False,
        widget=_area(3, 1000),
    )
    done_on = Day(label=WatchTask._meta.get_field("done_on").verbose_name, required=False)
    result = Text(
        label=WatchTask._meta.get_field("result").verbose_name,
        max_length=500,
        required=False,
        widget=_area(3, 500),
        help_text=_("What was found, and what was done about it."),
    )

    def __init__(self, *args, task: WatchTask, **kwargs):
        super().__init__(*args, **kwargs)
        if task.kind == WatchTask.Kind.ORDER:
            self.fields["plan"].help_text = _("What is mended by whom and by when.")


class LossForm(forms.Form):
    """What happened, when, and on which paper."""

    lost_on = Day(label=Loss._meta.get_field("lost_on").verbose_name)
    reason = Text(
        label=Loss._meta.get_field("reason").verbose_name,
        max_length=300,
        widget=_area(3, 300),
        help_text=_("What was seen on site, who said so, since when nobody serves."),
    )
    document = DocumentNumber(
        label=Loss._meta.get_field("document").verbose_name, max_length=150, required=False
    )


class ConfirmForm(forms.Form):
    """The decision on a loss, with the emergency service if there is one."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = Day(label=_("decided on"), initial=lambda: dates.today())
    document = DocumentNumber(
        label=Loss._meta.get_field("document").verbose_name, max_length=150, required=False
    )
    emergency_provider = forms.ModelChoiceField(
        Provider.objects.none(),
        label=Loss._meta.get_field("emergency_provider").verbose_name,
        required=False,
        empty_label=_("none"),
    )
    emergency_from = Day(label=Loss._meta.get_field("emergency_from").verbose_name, required=False)
    emergency_until = Day(
        label=Loss._meta.get_field("emergency_until").verbose_name,
        required=False,
        help_text=_("Six months at most."),
    )

    def __init__(self, *args, loss: Loss, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["emergency_provider"].queryset = Provider.objects.filter(
            district=loss.district_id
        ).order_by("name", "pk")


class RejectForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Text(label=_("Reason"), max_length=300, widget=_area(2, 300))


class RetireForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Text(label=_("Reason"), max_length=300, widget=_area(2, 300))


class _Whole(WholeNumber):
    def __init__(self, *, unit="", **kwargs):
        self.unit = unit
        super().__init__(**kwargs)


class PolicyForm(forms.ModelForm):
    """The terms of a draft; its signals are a table beside it."""

    valid_from = Day(label=WatchPolicy._meta.get_field("valid_from").verbose_name)
    document = DocumentNumber(
        label=WatchPolicy._meta.get_field("document").verbose_name,
        max_length=150,
        required=False,
        help_text=_("Needed before it is published."),
    )
    months = _Whole(
        label=WatchPolicy._meta.get_field("months").verbose_name,
        unit=pgettext_lazy("unit", "months"),
        min_value=1,
        max_value=120,
    )
    yellow_from = _Whole(
        label=_("yellow from"), unit=pgettext_lazy("unit", "points"), min_value=1, max_value=1000
    )
    red_from = _Whole(
        label=_("red from"), unit=pgettext_lazy("unit", "points"), min_value=2, max_value=1000
    )
    visit_working_days = _Whole(
        label=_("visit within"), unit=_("working days"), min_value=1, max_value=60
    )
    order_days = _Whole(
        label=_("plan of an order within"),
        unit=pgettext_lazy("unit", "days"),
        min_value=1,
        max_value=180,
    )

    class Meta:
        model = WatchPolicy
        fields = (
            "title",
            "document",
            "valid_from",
            "months",
            "yellow_from",
            "red_from",
            "visit_working_days",
            "order_days",
        )

    def clean(self):
        cleaned = super().clean()
        yellow, red = cleaned.get("yellow_from"), cleaned.get("red_from")
        if yellow and red and red <= yellow:
            self.add_error("red_from", _("Red must begin above yellow."))
        return cleaned


class SignalsForm(forms.Form):
    """The table of signals: a threshold and points for each; no points: not looked at."""

    def __init__(self, data=None, *, weights: Iterable[rules.Weight] = ()):
        super().__init__(data)
        given = {weight.key: weight for weight in weights}
        for key, signal in rules.SIGNALS.items():
            weight = given.get(key) or rules.Weight(key, signal.threshold, 0)
            if signal.has_threshold:
                self.fields[f"{key}-threshold"] = _Whole(
                    label=_("threshold"),
                    unit=signal.unit,
                    min_value=signal.least,
                    max_value=signal.most,
                    initial=weight.threshold,
                )
            self.fields[f"{key}-points"] = _Whole(
                label=_("points"), min_value=0, max_value=100, initial=weight.points
            )
        for name, field in self.fields.items():
            signal = rules.SIGNALS[name.split("-")[0]]
            field.widget.attrs |= {
                "aria-label": f"{capfirst(signal.label)}: {field.label}",
                "size": 5,
                "maxlength": 6,
            }

    @property
    def rows(self) -> list[dict]:
        """A row for each signal: words and its bound fields."""
        return [
            {
                "signal": signal,
                "source": rules.SOURCES[signal.source],
                "threshold": self[f"{key}-threshold"] if signal.has_threshold else None,
                "points": self[f"{key}-points"],
            }
            for key, signal in rules.SIGNALS.items()
        ]

    @property
    def weights(self) -> list[rules.Weight]:
        """What was typed; signals without points keep their threshold for later."""
        return [
            rules.Weight(
                key, self.cleaned_data.get(f"{key}-threshold"), self.cleaned_data[f"{key}-points"]
            )
            for key in rules.SIGNALS
        ]
