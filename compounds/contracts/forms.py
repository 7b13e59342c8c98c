"""Forms of this room: a contract by its kind, its compounds and items, acts, lots, viability."""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.assignment.models import Assignment
from compounds.providers.models import Provider
from compounds.registry.models import Compound, Status
from governance.foundation import dates
from governance.foundation.forms import (
    Day,
    DocumentNumber,
    ExactNumber,
    Tags,
    Text,
    WholeNumber,
    field_for,
)
from governance.organisation.models import Area, Level

from .gathering import LABELS, Gathered
from .models import Contract, ContractItem, Lot
from .rules.viability import Key
from .services import LOT, NOT_BY_HAND
from .services.common import ASSIGNED, EDIT

Kind, FeeMode = Contract.Kind, Contract.FeeMode
# Ways of collecting arrears that may be agreed on; cutting supply is none of them (944).
DUNNING = (
    ("REMINDER", gettext_lazy("written reminder with a reasonable term")),
    ("VISIT", gettext_lazy("visit and talk")),
    ("INSTALMENTS", gettext_lazy("payment in instalments")),
    ("MEDIATION", gettext_lazy("mediation by the community")),
    ("LAWYER", gettext_lazy("lawyer's letter")),
    ("SUIT", gettext_lazy("arbitration or suit")),
)
# What each kind is for, as the page of the choice says.
KIND_WORDS = {
    Kind.TAKEOVER: gettext_lazy("A red-property firm helps to build up and manages (帮建代管)."),
    Kind.CO_BUILD: gettext_lazy("The enterprise of the former work unit serves its dormitory."),
    Kind.TRANSITION: gettext_lazy("A firm serves while the subsidy runs: serve, consult, charge."),
    Kind.SHARED: gettext_lazy(
        "Neighbouring compounds share single services, charged per use below the market price; "
        "stands beside a main contract."
    ),
    Kind.LOT: gettext_lazy("A bundle or tender lot of several compounds after its award."),
    Kind.PURCHASE: gettext_lazy("Street or community buys fallback service for a price a year."),
    Kind.SELF: gettext_lazy("Residents manage themselves; there is no party B."),
    Kind.EMERGENCY: gettext_lazy("Bridges a loss of service, six months at most."),
}
PARTIES = ("number", "provider", "party_a", "party_a_name", "starts_on", "ends_on")
CHARGED = ("fee_mode", "fee_per_m2", "parking_fee", "fee_note", "dunning")
PROMISED = ("quality", "repair_fund", "service_rooms", "handover_terms", "document")
ORDINARY = (*PARTIES, *CHARGED, *PROMISED)
FIELDS = {
    Kind.TAKEOVER: ORDINARY,
    Kind.CO_BUILD: ORDINARY,
    Kind.TRANSITION: ORDINARY,
    Kind.LOT: ("lot", *ORDINARY),
    Kind.EMERGENCY: ORDINARY,
    Kind.SHARED: ("lot", *PARTIES, "fee_note", "quality", "document"),
    Kind.PURCHASE: (*PARTIES, "yearly_price", *PROMISED),
    Kind.SELF: (
        *(name for name in PARTIES if name != "provider"),
        "fee_mode",
        "fee_per_m2",
        "fee_note",
        "quality",
        "document",
    ),
}
MODES = {
    Kind.SHARED: (FeeMode.PER_USE,),
    Kind.PURCHASE: (FeeMode.PURCHASED,),
    Kind.SELF: (FeeMode.FREE, FeeMode.LUMP_SUM),
}
USUAL_MODES = (FeeMode.LUMP_SUM, FeeMode.REMUNERATION, FeeMode.FREE)
SECTIONS = (
    (gettext_lazy("Parties and term"), ("lot", *PARTIES)),
    (gettext_lazy("Fees"), ("yearly_price", *CHARGED)),
    (gettext_lazy("What is promised"), PROMISED),
)
UNITS = {
    "fee_per_m2": gettext_lazy("yuan"),
    "parking_fee": gettext_lazy("yuan"),
    "yearly_price": gettext_lazy("yuan"),
}


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class FirmChoice(forms.ModelChoiceField):
    """A provider; one on the blacklist is marked."""

    def label_from_instance(self, firm):
        until = firm.blacklisted_until
        if until and until >= dates.today():
            return _("%(name)s (blacklisted until %(day)s)") % {
                "name": firm.name,
                "day": until.isoformat(),
            }
        return firm.name


class ContractForm(forms.ModelForm):
    """The terms of a contract: only those that its kind needs. The service judges them."""

    version = version_field()

    class Meta:
        model = Contract
        fields = (
            "lot",
            *PARTIES,
            "yearly_price",
            *CHARGED,
            *PROMISED,
        )
        formfield_callback = field_for

    def __init__(self, *args, kind: str, user, is_new: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind
        for name in [name for name in self.fields if name not in (*FIELDS[kind], "version")]:
            del self.fields[name]
        if is_new:
            del self.fields["version"]
        if "provider" in self.fields:
            firms = Provider.objects.visible_to(user).order_by("name", "pk")
            self.fields["provider"] = FirmChoice(
                queryset=firms, label=gettext_lazy("party B"), empty_label=_("choose")
            )
        if "lot" in self.fields:
            lots = Lot.objects.visible_to(user).filter(closed_on=None)
            self.fields["lot"].queryset = lots.order_by("name", "pk")
            self.fields["lot"].required = kind == Kind.LOT
            self.fields["lot"].empty_label = _("none") if kind != Kind.LOT else _("choose")
        if "fee_mode" in self.fields:
            allowed = MODES.get(kind, USUAL_MODES)
            self.fields["fee_mode"].choices = [(m.value, m.label) for m in allowed]
        if "dunning" in self.fields:
            field = self.fields["dunning"]
            self.fields["dunning"] = Tags(
                choices=DUNNING, label=field.label, help_text=field.help_text, required=False
            )
        for name in ("quality", "handover_terms", "fee_note", "repair_fund"):
            if name in self.fields:
                self.fields[name].widget = forms.Textarea(attrs={"rows": 2})
        for name, unit in UNITS.items():
            if name in self.fields:
                self.fields[name].unit = unit

    def _post_clean(self):
        """Terms are judged by the service, on the row as it is then."""

    @property
    def sections(self) -> list[tuple[Any, list]]:
        """Fields in groups, empty groups left out."""
        found = []
        for title, names in SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                found.append((title, fields))
        return found

    @property
    def facts(self) -> dict[str, Any]:
        facts = {name: self.cleaned_data[name] for name in FIELDS[self.kind]}
        facts["kind"] = self.kind
        if "fee_mode" not in facts:
            facts["fee_mode"] = MODES[self.kind][0].value
        if "lot" not in facts:
            facts["lot"] = None
        if "provider" not in facts:
            facts["provider"] = None
        return facts


class CoverForm(forms.Form):
    """A compound by its code, or by a name that only one has, and its chargeable area."""

    compound = Text(
        label=gettext_lazy("compound (code or name)"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "compounds", "autocomplete": "off"}),
    )
    area_m2 = ExactNumber(
        label=gettext_lazy("chargeable area (m²)"),
        required=False,
        min_value=0,
        max_value=10**9,
        decimal_places=2,
    )


class CoverFormSet(BaseFormSet):
    """The compounds of a contract: inside the places where the writer drafts contracts."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def _construct_form(self, i, **kwargs):
        return super()._construct_form(i, **{**kwargs, "empty_permitted": False})

    def clean(self):
        rows = Compound.objects.editable_by(self.user, EDIT).filter(status=Status.ACTIVE)
        typed = [form.cleaned_data.get("compound", "") for form in self.forms if form.is_valid()]
        typed = [text for text in typed if text]
        found: dict[str, list[Compound]] = {}
        for row in rows.filter(code__in=typed) | rows.filter(name__in=typed):
            found.setdefault(row.code, []).append(row)
            found.setdefault(row.name, []).append(row)
        self.compounds = []
        seen = set()
        for form in self.forms:
            text = form.cleaned_data.get("compound", "") if form.is_valid() else ""
            if not text:
                continue
            fitting = {row.pk: row for row in found.get(text, ())}
            if not fitting:
                form.add_error("compound", _("There is no such compound in your area."))
            elif len(fitting) > 1:
                form.add_error("compound", _("Several compounds have this name: give the code."))
            else:
                row = next(iter(fitting.values()))
                if row.pk in seen:
                    form.add_error("compound", _("This compound stands here twice."))
                seen.add(row.pk)
                self.compounds.append((row, form.cleaned_data.get("area_m2")))
        if not typed:
            raise forms.ValidationError(_("Say which compounds the contract covers."))


class ItemForm(forms.Form):
    """One service item; a row without a kind is left out."""

    kind = forms.ChoiceField(
        label=gettext_lazy("service item"),
        choices=[("", "—"), *ContractItem.Kind.choices],
        required=False,
    )
    description = Text(label=gettext_lazy("what is done"), max_length=200, required=False)
    frequency = Text(label=gettext_lazy("how often"), max_length=60, required=False)
    quality = Text(label=gettext_lazy("standard"), max_length=200, required=False)
    unit_price = ExactNumber(
        label=gettext_lazy("price per use (yuan)"),
        required=False,
        min_value=0,
        max_value=10**9,
        decimal_places=2,
    )
    subcontractor = Text(label=gettext_lazy("passed on to"), max_length=100, required=False)


class ItemFormSet(BaseFormSet):
    """The items of a contract; per use each has its price, else it may be passed on."""

    def __init__(self, *args, kind: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.kind = kind

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **{**kwargs, "empty_permitted": False})
        if self.kind != Kind.SHARED:
            del form.fields["unit_price"]
        if self.kind in (Kind.SELF, Kind.SHARED):
            del form.fields["subcontractor"]
        return form

    def clean(self):
        seen = set()
        for form in self.forms:
            facts = form.cleaned_data if form.is_valid() else {}
            if any(value for name, value in facts.items() if name != "kind") and not facts["kind"]:
                form.add_error("kind", _("Choose the service item."))
            key = (facts.get("kind"), facts.get("description"))
            if key[0] and key in seen:
                form.add_error("description", _("This item stands here twice: tell them apart."))
            seen.add(key)

    @property
    def items(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if form.cleaned_data.get("kind")]


def cover_forms(data=None, *, initial=(), user, more: int = 0):
    """The rows of compounds: those there are, and some to fill."""
    made = formset_factory(CoverForm, formset=CoverFormSet, extra=2 + more, max_num=1000)
    return made(data, initial=list(initial), user=user, prefix="covers")


def item_forms(data=None, *, initial=(), kind: str, more: int = 0):
    made = formset_factory(ItemForm, formset=ItemFormSet, extra=2 + more, max_num=200)
    return made(data, initial=list(initial), kind=kind, prefix="items")


def usual_items(kind: str) -> list[dict[str, str]]:
    """Items that a contract of a kind commonly holds, to begin with."""
    kinds = {
        Kind.PURCHASE: ("REFUSE", "FACILITIES", "CLEANING"),
        Kind.SHARED: ("REPAIR", "SEWERS"),
        Kind.SELF: ("CLEANING", "GREENING", "FIRE"),
    }.get(kind, ("CLEANING", "REFUSE", "ORDER", "FACILITIES"))
    return [{"kind": one} for one in kinds]


def offered_compounds(user) -> list[tuple[str, str]]:
    """Code and name of compounds with an approved assignment, for the list of suggestions."""
    rows = (
        Assignment.objects.editable_by(user, EDIT)
        .filter(state__in=ASSIGNED)
        .order_by("compound__name", "pk")
    )
    return list(rows.values_list("compound__code", "compound__name")[:300])


# -- acts ------------------------------------------------------------------------------------------
def _reason(*, required: bool, label=None) -> Text:
    return Text(
        label=label or gettext_lazy("reason"),
        max_length=300,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _document(*, required: bool = False, label=None) -> DocumentNumber:
    return DocumentNumber(
        label=label or gettext_lazy("document"), max_length=150, required=required
    )


class SignForm(forms.Form):
    version = version_field()
    signed_on = Day(label=gettext_lazy("signed on"), initial=lambda: dates.today())
    document = _document(label=gettext_lazy("title or number of the signed text"))


class FileForm(forms.Form):
    version = version_field()
    filed_on = Day(label=gettext_lazy("filed on"), initial=lambda: dates.today())
    filing_number = DocumentNumber(label=gettext_lazy("filing number"), max_length=60)
    document = _document(label=gettext_lazy("papers handed in"))


class ReasonForm(forms.Form):
    """A step back, or giving up: never without a reason."""

    version = version_field()
    reason = _reason(required=True)


class NoticeForm(forms.Form):
    version = version_field()
    by_provider = forms.TypedChoiceField(
        label=gettext_lazy("who gives notice"),
        choices=[
            ("no", pgettext_lazy("notice by", "the owners, by joint decision")),
            ("yes", pgettext_lazy("notice by", "the provider")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    notice_on = Day(label=gettext_lazy("day of the written notice"), initial=lambda: dates.today())
    document = _document(required=True, label=gettext_lazy("the written notice"))
    reason = _reason(required=False)


class RenewalForm(forms.Form):
    version = version_field()
    renewal = forms.ChoiceField(
        label=gettext_lazy("decision of the owners"),
        choices=[choice for choice in Contract.Renewal.choices if choice[0] in ("RENEW", "CHANGE")],
        widget=forms.RadioSelect,
    )
    decided_on = Day(label=gettext_lazy("decided on"), initial=lambda: dates.today())
    document = _document(required=True, label=gettext_lazy("document of the decision"))
    reason = _reason(required=False)


class EndForm(forms.Form):
    version = version_field()
    end_reason = forms.ChoiceField(
        label=gettext_lazy("reason of the end"),
        choices=[c for c in Contract.EndReason.choices if c[0] not in NOT_BY_HAND],
    )
    ended_on = Day(label=gettext_lazy("ended on"), initial=lambda: dates.today())
    document = _document()
    reason = _reason(required=False, label=gettext_lazy("what happened"))
    without_notice = forms.BooleanField(
        label=gettext_lazy(
            "It ended without the notice of the law, or the contract allows less; said above."
        ),
        required=False,
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("file"),
        help_text=gettext_lazy("PDF, photo (JPEG, PNG, WebP) or Word document (docx)."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png,.webp,.docx"}),
    )
    note = Text(label=gettext_lazy("note"), max_length=200, required=False)


class RemoveForm(forms.Form):
    reason = _reason(required=True)


# -- lots ------------------------------------------------------------------------------------------
class PlaceChoice(forms.ModelChoiceField):
    """The district, or one of its streets."""

    def label_from_instance(self, area):
        return area.name if area.level == Level.DISTRICT else f"　{area.name}"


class LotAddForm(forms.Form):
    name = Text(label=gettext_lazy("name of the lot"), max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("kind of lot"), choices=Lot.Kind.choices, widget=forms.RadioSelect
    )
    area = PlaceChoice(
        queryset=Area.objects.none(),
        label=gettext_lazy("place"),
        empty_label=None,
        help_text=gettext_lazy("The street; the district where the lot reaches several."),
    )
    note = Text(label=gettext_lazy("note"), max_length=300, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        places = Area.objects.editable_by(user, LOT).active()
        self.fields["area"].queryset = (
            places.filter(level__in=[Level.DISTRICT, Level.STREET])
            .defer("boundary")
            .order_by("code")
        )


class LotEditForm(forms.Form):
    version = version_field()
    name = Text(label=gettext_lazy("name of the lot"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("kind of lot"), choices=Lot.Kind.choices)
    note = Text(label=gettext_lazy("note"), max_length=300, required=False)
    reason = _reason(required=False)


class MemberForm(forms.Form):
    compound = Text(
        label=gettext_lazy("compound (code or name)"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "compounds", "autocomplete": "off"}),
    )
    is_carrier = forms.BooleanField(label=gettext_lazy("carries the others"), required=False)


class MemberFormSet(BaseFormSet):
    """The compounds of a lot, by code or by a name that only one has."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def _construct_form(self, i, **kwargs):
        return super()._construct_form(i, **{**kwargs, "empty_permitted": False})

    def clean(self):
        rows = Compound.objects.editable_by(self.user, LOT).filter(status=Status.ACTIVE)
        typed = {form.cleaned_data.get("compound") for form in self.forms if form.is_valid()}
        typed -= {None, ""}
        found: dict[str, dict[int, Compound]] = {}
        for row in rows.filter(code__in=typed) | rows.filter(name__in=typed):
            found.setdefault(row.code, {})[row.pk] = row
            found.setdefault(row.name, {})[row.pk] = row
        self.compounds, self.carriers = [], set()
        for form in self.forms:
            text = form.cleaned_data.get("compound") if form.is_valid() else ""
            if not text:
                continue
            fitting = found.get(text, {})
            if len(fitting) != 1:
                words = (
                    _("Several compounds have this name: give the code.")
                    if fitting
                    else _("There is no such compound in your area.")
                )
                form.add_error("compound", words)
                continue
            row = next(iter(fitting.values()))
            self.compounds.append(row)
            if form.cleaned_data.get("is_carrier"):
                self.carriers.add(row.pk)


def member_forms(data=None, *, initial=(), user, more: int = 0):
    made = formset_factory(MemberForm, formset=MemberFormSet, extra=4 + more, max_num=1000)
    return made(data, initial=list(initial), user=user, prefix="members")


class MembersForm(forms.Form):
    version = version_field()
    reason = _reason(required=False)


class GateForm(forms.Form):
    version = version_field()
    on = Day(label=gettext_lazy("day"), initial=lambda: dates.today())
    document = _document(required=True)


class AwardForm(forms.Form):
    version = version_field()
    provider = FirmChoice(queryset=Provider.objects.none(), label=gettext_lazy("awarded to"))
    bidders = WholeNumber(label=gettext_lazy("bidders"), min_value=1, max_value=999)
    on = Day(label=gettext_lazy("day of the award"), initial=lambda: dates.today())
    document = _document(required=True, label=gettext_lazy("document of the award"))

    def __init__(self, *args, user, district, **kwargs):
        super().__init__(*args, **kwargs)
        firms = Provider.objects.visible_to(user).filter(district_id=district)
        self.fields["provider"].queryset = firms.order_by("name", "pk")


# -- viability -------------------------------------------------------------------------------------
class ViabilityForm(forms.Form):
    """Every input of a sheet; what is left blank is not known."""

    provider = forms.ModelChoiceField(
        queryset=Provider.objects.none(),
        required=False,
        label=gettext_lazy("norms of"),
    )

    def __init__(self, *args, gathered: Gathered, firms, **kwargs):
        super().__init__(*args, **kwargs)
        self.gathered = gathered
        self.fields["provider"].queryset = firms
        self.fields["provider"].empty_label = _("the district in general")
        for one in gathered.inputs:
            self.fields[one.key] = ExactNumber(
                label=LABELS[one.key],
                required=False,
                min_value=0,
                max_value=100 if one.key in (Key.COLLECTION, Key.PUBLIC_SHARE) else 10**9,
                decimal_places=one.places,
            )
            if one.value is not None and not self.is_bound:
                self.initial[one.key] = plain_number(one.value)

    @property
    def typed(self) -> dict[str, Decimal | None]:
        return {one.key: self.cleaned_data.get(one.key) for one in self.gathered.inputs}

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        """(field, gathered input) in order."""
        return [(self[one.key], one) for one in self.gathered.inputs]


def plain_number(value: Decimal) -> str:
    """A number to be typed over: without needless noughts."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class NoteForm(forms.Form):
    note = Text(label=gettext_lazy("note"), max_length=200, required=False)
