"""Forms of plans: the dials, the planning norms, the adoption."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.foundation.forms import (
    DocumentNumber,
    ExactNumber,
    Text,
    WholeNumber,
    field_for,
)

from .core.inputs import Dials
from .gathering import NOT_REFUSED, ONLY_AGREED
from .models import Norms

# Units of the numbers, beside their fields.
GROUPS = (
    (gettext_lazy("Time"), ("months", "ramp_months", "ramp_percent", "profit_percent")),
    (gettext_lazy("Income"), ("fee", "collection_percent", "revenue")),
    (gettext_lazy("Cost"), ("service_percent", "each", "travel", "fixed", "most")),
    (gettext_lazy("Street centres"), ("centre_setup", "centre_fixed", "centre_capacity")),
    (gettext_lazy("Fallback"), ("fallback_each", "fallback_area", "penalty")),
)


class NormsForm(forms.ModelForm):
    """Each number with how well it is known and its source."""

    version = forms.IntegerField(
        widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1, initial=1
    )

    class Meta:
        model = Norms
        fields = ("effective_from", "document", *Norms.NUMBERS)
        formfield_callback = field_for

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            del self.fields["version"]
        self.fields["document"] = DocumentNumber(
            label=self.fields["document"].label, max_length=100, required=False
        )
        for name in Norms.NUMBERS:
            evidence, words = self.instance.evidence_of(name)
            self.fields[f"{name}_evidence"] = forms.ChoiceField(
                choices=Norms.Evidence.choices, initial=evidence, label=_("how well it is known")
            )
            self.fields[f"{name}_source"] = Text(
                max_length=150, required=False, initial=words, label=_("source")
            )

    def groups(self):
        """(title, rows of (number, evidence, source)) in the order of the page."""
        for title, names in GROUPS:
            yield (
                title,
                [(self[name], self[f"{name}_evidence"], self[f"{name}_source"]) for name in names],
            )

    @property
    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        sources = {
            name: [data[f"{name}_evidence"], data[f"{name}_source"]] for name in Norms.NUMBERS
        }
        own = {name: data[name] for name in ("effective_from", "document", *Norms.NUMBERS)}
        return {**own, "sources": sources}

    def _post_clean(self):
        """Judged by the service."""


def _share(label, **kwargs) -> ExactNumber:
    return ExactNumber(
        label=label, min_value=0, max_value=100, decimal_places=2, required=False, **kwargs
    )


class DialsForm(forms.Form):
    """What the planner turns; percent on the page, shares in the core."""

    title = Text(label=gettext_lazy("Title"), max_length=100, required=False)
    carry = ExactNumber(
        label=gettext_lazy("Carry share (%)"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=gettext_lazy(
            "How much of a compound's surplus carries others; the rest stays for its own upkeep. "
            "No dial moves the result more: it is for the leaders to set."
        ),
    )
    cap = ExactNumber(
        label=gettext_lazy("Subsidy at most (yuan/m², whole horizon)"),
        min_value=0,
        max_value=1000,
        decimal_places=4,
        help_text=gettext_lazy("0.5 yuan for six months are 3 yuan (S0-11)."),
    )
    budget = ExactNumber(
        label=gettext_lazy("Budget of subsidy (yuan)"),
        min_value=0,
        max_value=10**11,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Empty: no limit."),
    )
    reach = WholeNumber(
        label=gettext_lazy("Contiguity: reach of a stepping stone (m)"),
        min_value=0,
        max_value=20000,
    )
    switching = ExactNumber(
        label=gettext_lazy("Switching charge (yuan-equivalent per household)"),
        min_value=0,
        max_value=10**6,
        decimal_places=2,
        help_text=gettext_lazy("Weighs against changing a provider without need; it is no money."),
    )
    provider_share = _share(
        gettext_lazy("One provider at most (% of the area)"),
        help_text=gettext_lazy("Empty: no limit."),
    )
    street_fallback = _share(
        gettext_lazy("Left to fallback at most (% of a street's compounds)"),
        help_text=gettext_lazy("Empty: no limit."),
    )
    centres = forms.BooleanField(
        label=gettext_lazy("Street centres may be opened"), required=False, initial=True
    )
    who = forms.ChoiceField(
        label=gettext_lazy("Who may be planned with"),
        choices=(
            (NOT_REFUSED, gettext_lazy("every firm that has not refused the compound")),
            (ONLY_AGREED, gettext_lazy("only firms that agreed to serve the compound")),
        ),
    )
    seconds = WholeNumber(
        label=gettext_lazy("Seconds of search"),
        min_value=1,
        max_value=900,
        help_text=pgettext_lazy("of a plan", "The bound takes about twice as long."),
    )
    seed = WholeNumber(label=gettext_lazy("Seed"), min_value=0, max_value=2**31 - 1)

    def __init__(self, *args, start: Dials | None = None, **kwargs):
        start = start or Dials()
        usual = {
            "carry": start.carry * 100,
            "cap": start.cap,
            "budget": start.budget,
            "reach": int(start.reach),
            "switching": start.switching,
            "provider_share": _percent(start.provider_share),
            "street_fallback": _percent(start.street_fallback),
            "centres": start.centres,
            "who": NOT_REFUSED,
            "seconds": 20,
            "seed": 1,
        }
        kwargs["initial"] = {
            **{name: _plain(value) for name, value in usual.items()},
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)

    @property
    def dials(self) -> Dials:
        data = self.cleaned_data
        budget = data["budget"]
        return Dials(
            carry=float(data["carry"]) / 100,
            cap=float(data["cap"]),
            budget=None if budget is None else float(budget),
            reach=float(data["reach"]),
            switching=float(data["switching"]),
            provider_share=_of_percent(data["provider_share"]),
            street_fallback=_of_percent(data["street_fallback"]),
            centres=data["centres"],
        )


def _plain(value):
    """A number as people write it: 25, not 25.0."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _of_percent(percent: Decimal | None) -> float | None:
    return None if percent is None else float(percent) / 100


class AdoptForm(forms.Form):
    """Putting a plan to approval."""

    reason = Text(label=gettext_lazy("Why this plan"), max_length=500, widget=forms.Textarea)
    document = DocumentNumber(label=gettext_lazy("Document number"), max_length=150, required=False)


class DecideForm(forms.Form):
    """Approving a plan by document, or refusing it with a reason."""

    document = DocumentNumber(label=gettext_lazy("Document number"), max_length=150, required=False)
    refusal = Text(label=gettext_lazy("Why not"), max_length=500, required=False)
