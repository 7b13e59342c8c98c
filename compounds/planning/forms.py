"""Forms of plans: the dials, the planning norms, the adoption."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from governance.foundation.drawing import grouped
from governance.foundation.forms import (
    Day,
    DocumentNumber,
    ExactNumber,
    Text,
    WholeNumber,
    field_for,
)
from governance.foundation.texts import fold

from .core.inputs import Dials
from .gathering import NOT_REFUSED, ONLY_AGREED
from .models import Norms
from .paying import YEARS, Paying

# Units of the numbers, beside their fields.
GROUPS = (
    (gettext_lazy("Time"), ("months", "ramp_months", "ramp_percent", "profit_percent")),
    (gettext_lazy("Income"), ("fee", "collection_percent", "revenue")),
    (gettext_lazy("Cost"), ("service_percent", "each", "travel", "fixed", "unit_fixed", "most")),
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


class Month(forms.DateField):
    """A month, as its first day; typed as 2026-01 where the browser draws no field for it."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    input_formats = ("%Y-%m",)

    def to_python(self, value):
        return super().to_python(fold(value) if isinstance(value, str) else value)


ERRORS = {
    "invalid": gettext_lazy("Write a plain number, such as 120000 or 2.5."),
    "min_value": gettext_lazy("This is %(limit_value)s at least."),
    "max_value": gettext_lazy("This is %(limit_value)s at most."),
}


def _number(label, help_text, unit, *, most, places=2, required=True) -> ExactNumber:
    field = ExactNumber(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=most,
        decimal_places=places,
        required=required,
        error_messages=ERRORS,
    )
    field.unit = unit
    return field


def _share(label, help_text) -> ExactNumber:
    """A limit in percent that need not be set."""
    return _number(label, help_text, PERCENT, most=100, required=False)


def _whole(label, help_text, unit, *, least=0, most, required=True) -> WholeNumber:
    field = WholeNumber(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        required=required,
        error_messages=ERRORS,
    )
    field.unit = unit
    return field


SECONDS = 20  # of search, where nobody says otherwise
YUAN, METRES, PERCENT = gettext_lazy("yuan"), "m", "%"
EMPTY = gettext_lazy("Empty: no limit.")


class DialsForm(forms.Form):
    """What the planner turns; percent on the page, shares in the core."""

    GROUPS = (
        (pgettext_lazy("dials", "The plan"), ("title", "who")),
        (
            pgettext_lazy("dials", "Who carries whom, and public money"),
            ("carry", "cap", "budget"),
        ),
        (pgettext_lazy("dials", "Subsidy by calendar year"), ("paid_from", "paid_months")),
        (
            pgettext_lazy("dials", "Nearness: what one bundle may hold together"),
            ("reach", "near", "unit_reach"),
        ),
        (
            pgettext_lazy("dials", "Fairness, shares and centres"),
            ("must_serve", "street_fallback", "provider_share", "centres"),
        ),
        (pgettext_lazy("dials", "Calm and search"), ("switching", "seconds", "seed")),
    )
    # Groups that open where something in them is not as usual, or wrong.
    FOLDED = frozenset({"reach", "must_serve", "switching"})

    title = Text(
        label=gettext_lazy("Title"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("What sets it apart from the others on the list of plans."),
    )
    who = forms.ChoiceField(
        label=gettext_lazy("Who may be planned with"),
        choices=(
            (NOT_REFUSED, gettext_lazy("every firm that has not refused the compound")),
            (ONLY_AGREED, gettext_lazy("only firms that agreed to serve the compound")),
        ),
        help_text=gettext_lazy("The first asks who should be invited, the second who can begin."),
    )
    carry = _number(
        gettext_lazy("Carry share"),
        gettext_lazy(
            "How much of a compound's surplus carries others; the rest stays for its own upkeep. "
            "No dial moves the result more: it is for the leaders to set."
        ),
        PERCENT,
        most=100,
    )
    cap = _number(
        gettext_lazy("Subsidy at most"),
        gettext_lazy(
            "For each m² of a bundle over the whole horizon; 0.5 yuan for six months are 3 (S0-11)."
        ),
        gettext_lazy("yuan/m²"),
        most=1000,
        places=4,
    )
    budget = _number(
        gettext_lazy("Budget of subsidy"),
        gettext_lazy("All bundles together over the whole horizon. Empty: no limit."),
        YUAN,
        most=10**11,
        required=False,
    )
    paid_from = Month(
        label=gettext_lazy("Subsidy is paid from"),
        help_text=gettext_lazy("Every bundle begins in this month."),
    )
    paid_months = _whole(
        gettext_lazy("Paid in equal parts over"),
        gettext_lazy("So each calendar year has its share of the subsidy."),
        gettext_lazy("months"),
        least=1,
        most=60,
    )
    reach = _whole(
        gettext_lazy("Contiguity: reach of a stepping stone"),
        gettext_lazy(
            "Compounds at most so far apart join each other to a base; who serves a compound today "
            "needs no such way to it."
        ),
        METRES,
        most=20000,
    )
    near = _whole(
        gettext_lazy("Near a base"),
        gettext_lazy("Within this way a compound needs no other between it and the base."),
        METRES,
        most=20000,
    )
    unit_reach = _whole(
        gettext_lazy("Reach of a unit's own company"),
        gettext_lazy("So far it serves the dormitories of its own unit."),
        METRES,
        most=20000,
    )
    must_serve = _whole(
        gettext_lazy("No fallback from"),
        gettext_lazy("A compound of so many households or more must be served. Empty: no limit."),
        pgettext_lazy("unit", "households"),
        least=1,
        most=100000,
        required=False,
    )
    street_fallback = _share(
        gettext_lazy("Left to fallback at most"),
        gettext_lazy("Of the compounds of each street. Empty: no limit."),
    )
    provider_share = _share(
        gettext_lazy("One provider at most"),
        gettext_lazy("Of all unmanaged area of the plan. Empty: no limit."),
    )
    centres = forms.BooleanField(
        label=gettext_lazy("Street centres may be opened"),
        required=False,
        help_text=gettext_lazy("One in a street at most, with public money to set it up."),
    )
    switching = _number(
        gettext_lazy("Switching charge"),
        gettext_lazy(
            "For each household whose provider would change: weighs against changes without need, "
            "and is no money."
        ),
        gettext_lazy("yuan-equivalent"),
        most=10**6,
    )
    seconds = _whole(
        pgettext_lazy("of a plan", "Time of search"),
        pgettext_lazy("of a plan", "The bound takes about twice as long."),
        gettext_lazy("seconds"),
        least=1,
        most=900,
    )
    seed = _whole(
        gettext_lazy("Seed"),
        gettext_lazy("The same seed on the same data gives the same plan."),
        "",
        most=2**31 - 1,
    )

    def __init__(self, *args, usual: Dials, paying: Paying, first_year: int, like=None, **kwargs):
        """`like`: (dials, paying, other fields) of an earlier plan to begin with."""
        start, plan, others = like or (usual, paying, {})
        self.years = range(first_year, first_year + YEARS)
        kwargs["initial"] = {
            "who": NOT_REFUSED, "seconds": SECONDS, "seed": 1, **others, **_written(start, plan)
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        for year in self.years:
            field = _number(
                gettext_lazy("Budget of %(year)s") % {"year": year}, EMPTY, YUAN,
                most=10**11, required=False,
            )  # fmt: skip
            self.fields[f"budget_{year}"] = field
        self.usual = {"seconds": SECONDS, "seed": 1, **_written(usual, paying)}
        for name, value in self.usual.items():
            if name in self.fields and value not in (None, "", True, False):
                self.fields[name].usual = value

    @property
    def groups(self):
        """(title, bound fields, may it be folded, is it open) in the order of the page."""
        for title, names in self.GROUPS:
            if "paid_from" in names:
                names = (*names, *(f"budget_{year}" for year in self.years))
            fields = [self[name] for name in names]
            is_folded = names[0] in self.FOLDED
            yield title, fields, is_folded, not is_folded or any(map(self._is_special, fields))

    def _is_special(self, field) -> bool:
        """Is a dial wrong, or not as it usually is?"""
        value = field.value()
        if isinstance(value, bool):
            return value != self.usual[field.name]
        usual = self.usual.get(field.name)
        return bool(field.errors) or fold(str(value or "")) != str(usual or "")

    def clean(self):
        """Limits that contradict each other are refused beside the field that would go unheard."""
        data = super().clean()
        if data.get("must_serve") == 1 and data.get("street_fallback"):
            self.add_error(
                "street_fallback",
                _("With no fallback from 1 household on nothing may be left: leave this empty."),
            )
        self._clean_years(data)
        self._clean_budgets(data)
        return data

    def _clean_budgets(self, data) -> None:
        """The whole budget is neither less than that of a year nor more than all years have."""
        if data.get("budget") is None or self.errors:
            return
        budgets, budget = self.paying.budgets, data["budget"]
        for year, yuan in budgets.items():
            if yuan > budget:
                self.add_error(
                    f"budget_{year}",
                    _("This is more than the budget of the whole plan (%(budget)s yuan).")
                    % {"budget": grouped(round(budget))},
                )
        if budgets.keys() >= self.paying.shares.keys() and sum(budgets.values()) < budget:
            self.add_error(
                "budget",
                _("The years have only %(years)s yuan together.")
                % {"years": grouped(round(sum(budgets.values())))},
            )

    def _clean_years(self, data) -> None:
        """A year in which nothing is paid can have no budget."""
        if data.get("paid_from") is None or data.get("paid_months") is None:
            return
        shares = self.paying.shares
        if max(shares) >= self.years.stop or min(shares) < self.years.start:
            self.add_error(
                "paid_from" if min(shares) < self.years.start else "paid_months",
                _("Subsidy is paid between %(first)s and %(last)s.")
                % {"first": self.years.start, "last": self.years.stop - 1},
            )
        for year in self.years:
            if data.get(f"budget_{year}") is not None and year not in shares:
                self.add_error(
                    f"budget_{year}",
                    _("In %(year)s no subsidy would be paid: it is paid over %(months)s months.")
                    % {"year": year, "months": data["paid_months"]},
                )

    @property
    def paying(self) -> Paying:
        data = self.cleaned_data
        budgets = {year: data.get(f"budget_{year}") for year in self.years}
        return Paying(
            data["paid_from"],
            data["paid_months"],
            {year: yuan for year, yuan in budgets.items() if yuan is not None},
        )

    @property
    def dials(self) -> Dials:
        data = self.cleaned_data
        budget = data["budget"]
        return Dials(
            carry=float(data["carry"]) / 100,
            cap=float(data["cap"]),
            budget=None if budget is None else float(budget),
            reach=float(data["reach"]),
            near=float(data["near"]),
            unit_reach=float(data["unit_reach"]),
            switching=float(data["switching"]),
            provider_share=_of_percent(data["provider_share"]),
            street_fallback=_of_percent(data["street_fallback"]),
            centres=data["centres"],
            must_serve=data["must_serve"],
        )


def _written(dials: Dials, paying: Paying) -> dict[str, Any]:
    """Dials and years as the form has them."""
    found = {
        "carry": dials.carry * 100,
        "cap": dials.cap,
        "budget": dials.budget,
        "reach": int(dials.reach),
        "near": int(dials.near),
        "unit_reach": int(dials.unit_reach),
        "must_serve": dials.must_serve,
        "switching": dials.switching,
        "provider_share": _percent(dials.provider_share),
        "street_fallback": _percent(dials.street_fallback),
        "centres": dials.centres,
        "paid_from": f"{paying.first:%Y-%m}",
        "paid_months": paying.months,
        **{f"budget_{year}": float(yuan) for year, yuan in paying.budgets.items()},
    }
    return {name: _plain(value) for name, value in found.items()}


def _plain(value):
    """A number as people write it: 25, not 25.0."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else value


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _of_percent(percent: Decimal | None) -> float | None:
    return None if percent is None else float(percent) / 100


class AdoptForm(forms.Form):
    """Putting a plan to approval."""

    reason = Text(
        label=gettext_lazy("Why this plan"), max_length=500, widget=forms.Textarea({"rows": 4})
    )
    document = DocumentNumber(label=gettext_lazy("Document number"), max_length=150, required=False)


class ApproveForm(forms.Form):
    """Approving a plan by document."""

    document = DocumentNumber(label=gettext_lazy("Document number"), max_length=150)


class RefuseForm(forms.Form):
    """Not approving a plan, with a reason."""

    refusal = Text(label=gettext_lazy("Reason for not approving"), max_length=500)


class InviteForm(forms.Form):
    """One letter for the picked compounds of a plan."""

    invited_on = Day(label=gettext_lazy("invited on"))
    letter = Text(label=gettext_lazy("letter number"), max_length=60, required=False)


class CurveForm(forms.Form):
    """How long each search for the curves of a plan takes."""

    seconds = WholeNumber(
        label=gettext_lazy("Seconds of each search"),
        min_value=1,
        max_value=120,
        help_text=gettext_lazy(
            "There are about seventy searches, one after another: two seconds each come to some "
            "three minutes. Longer ones find more and make the prices surer."
        ),
    )
