"""Forms of the providers' room. They read what was typed; services decide."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.forms import (
    Coordinate,
    Day,
    DocumentNumber,
    Tags,
    Text,
    WholeNumber,
    field_for,
)
from governance.organisation.models import Area, Level

from .models import (
    Card,
    CostNorm,
    CreditEvent,
    FirmOrganisation,
    Invitation,
    Provider,
    ProviderBase,
    RatingEntry,
    StaffGroup,
)

UNITS = {
    "staff_count": pgettext_lazy("unit", "people"),
    "served_count": pgettext_lazy("unit", "compounds"),
    "served_area_m2": "㎡",
    "capacity_m2": "㎡",
    "distance_limit_m": "m",
    "longitude": "°",
    "latitude": "°",
    "monthly_wage": pgettext_lazy("unit", "yuan"),
    "amount": pgettext_lazy("unit", "yuan"),
    "percent": "%",
    "score": pgettext_lazy("unit", "points"),
    "points": pgettext_lazy("unit", "points"),
}
FACTS = (
    "name",
    "credit_code",
    "kind",
    "legal_representative",
    "phone",
    "project_manager",
    "is_red",
    "party_form",
    "party_organisation",
    "has_instructor",
    "is_in_district",
    "is_able",
    "is_willing",
    "is_well_founded",
    "tags",
    "staff_count",
    "served_count",
    "served_area_m2",
    "capacity_m2",
    "distance_limit_m",
)


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def field_of(field, **kwargs):
    """The form field of a model field: tags as boxes, numbers of documents made plain."""
    if field.name == "tags":
        return Tags(label=field.verbose_name, choices=Provider.Capability.choices, required=False)
    if field.name in ("document", "decision_document"):
        return field.formfield(form_class=DocumentNumber, **kwargs)
    return field_for(field, **kwargs)


class FactsForm(forms.ModelForm):
    """Facts that a service writes and judges; units stand inside their fields."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, unit in UNITS.items():
            if name in self.fields:
                self.fields[name].unit = unit

    def _post_clean(self):
        """Facts are judged by the service, on the row as it is then."""

    @property
    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self._meta.fields}


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
    version = version_field()


class RoundForm(forms.Form):
    """The answers of every firm asked in a round, on one sheet."""

    def __init__(self, *args, invitations: Iterable[Invitation], **kwargs):
        super().__init__(*args, **kwargs)
        self.invitations = list(invitations)
        for one in self.invitations:
            self.fields[f"answer_{one.pk}"] = forms.ChoiceField(
                label=one.provider.name, choices=Invitation.Answer.choices, initial=one.answer
            )
            self.fields[f"day_{one.pk}"] = Day(
                label=_("answered on"), required=False, initial=one.answered_on
            )
            self.fields[f"version_{one.pk}"] = version_field()
            self.fields[f"version_{one.pk}"].initial = one.version

    @property
    def rows(self) -> list[tuple]:
        """(invitation, field of the answer, of its day, of its version)."""
        return [
            (one, *(self[f"{name}_{one.pk}"] for name in ("answer", "day", "version")))
            for one in self.invitations
        ]

    @property
    def answers(self) -> list[dict]:
        said = self.cleaned_data
        return [
            {
                "invitation": one,
                "version": said[f"version_{one.pk}"],
                "answer": said[f"answer_{one.pk}"],
                "answered_on": said[f"day_{one.pk}"],
            }
            for one in self.invitations
        ]


# -- firms -----------------------------------------------------------------------------------------
class ProviderForm(FactsForm):
    """What a firm is. Rating, filing and blacklist are decided elsewhere."""

    class Meta:
        model = Provider
        fields = FACTS
        formfield_callback = field_of

    SECTIONS = (
        (_("What it is"), FACTS[:6]),
        (_("Party building"), FACTS[6:10]),
        (_("Fitness"), FACTS[10:15]),
        (_("Capacity"), FACTS[15:]),
    )

    def __init__(self, *args, district, **kwargs):
        super().__init__(*args, **kwargs)
        organisation = self.fields["party_organisation"]
        organisation.queryset = FirmOrganisation.objects.filter(district=district).order_by(
            "name", "pk"
        )
        organisation.empty_label = _("none named")
        if self.instance.pk:
            self.fields["version"] = version_field()
            self.initial["version"] = self.instance.version

    @property
    def sections(self) -> list[tuple]:
        """(title, fields) of each section."""
        return [(title, [self[name] for name in names]) for title, names in self.SECTIONS]


class StaffForm(forms.Form):
    """People by group, on one form."""

    def __init__(self, *args, counts: dict[str, int], version: int, **kwargs):
        super().__init__(*args, **kwargs)
        for group, label in StaffGroup.Group.choices:
            field = WholeNumber(
                label=label,
                required=False,
                min_value=0,
                max_value=100_000,
                initial=counts.get(group),
            )
            field.unit = UNITS["staff_count"]
            self.fields[group] = field
        self.fields["version"] = version_field()
        self.fields["version"].initial = version

    @property
    def counts(self) -> dict[str, int | None]:
        return {group: self.cleaned_data[group] for group in StaffGroup.Group.values}


class BaseForm(FactsForm):
    class Meta:
        model = ProviderBase
        fields = ("name", "longitude", "latitude")
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, most in (("longitude", 180), ("latitude", 90)):
            self.fields[name] = Coordinate(
                label=self.fields[name].label,
                required=False,
                min_value=-most,
                max_value=most,
                help_text=_("WGS 84 (CGCS2000): 112.562100") if name == "longitude" else "",
            )
            self.fields[name].unit = "°"
        if self.instance.pk:
            self.fields["version"] = version_field()
            self.initial["version"] = self.instance.version

    def clean(self):
        cleaned = super().clean()
        if (cleaned.get("longitude") is None) != (cleaned.get("latitude") is None):
            self.add_error("latitude", _("Give both longitude and latitude, or neither."))
        return cleaned


class OrganisationForm(FactsForm):
    class Meta:
        model = FirmOrganisation
        fields = ("name", "form", "founded_on", "secretary")
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"] = version_field()
            self.initial["version"] = self.instance.version


# -- filing ----------------------------------------------------------------------------------------
class CommunityChoice(forms.ModelChoiceField):
    def label_from_instance(self, area):
        return f"{area.street.name} · {area.name}"


class FilingForm(forms.Form):
    community = CommunityChoice(
        queryset=Area.objects.none(),
        label=_("community it works from"),
        help_text=_("This community, its street and the district property centre review it."),
    )
    applied_on = Day(label=_("applied on"))
    document = DocumentNumber(label=_("document number"), max_length=100, required=False)
    note = Text(label=_("remark"), max_length=300, required=False)

    def __init__(self, *args, user, right: str, district: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["community"].queryset = (
            Area.objects.editable_by(user, right)
            .active()
            .filter(level=Level.COMMUNITY, district=district)
            .defer("boundary")
            .select_related("street")
            .order_by("code")
        )
        self.initial.setdefault("applied_on", dates.today())


class ReviewForm(forms.Form):
    is_passed = forms.TypedChoiceField(
        label=_("verdict"),
        choices=[("true", _("pass")), ("false", _("refuse"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
    )
    opinion = Text(
        label=_("opinion"),
        max_length=300,
        required=False,
        help_text=_("Needed where it is refused: what has to be mended."),
    )
    document = DocumentNumber(label=_("document number"), max_length=100, required=False)
    level = forms.CharField(widget=forms.HiddenInput, max_length=10)
    version = version_field()


class ReasonForm(forms.Form):
    """A reason, for what is taken back or lifted."""

    reason = Text(
        label=_("reason"),
        max_length=300,
        error_messages={"required": _("Give the reason.")},
    )
    version = version_field()


# -- standing --------------------------------------------------------------------------------------
class RatingForm(FactsForm):
    class Meta:
        model = RatingEntry
        fields = ("rating", "score", "issuer", "issued_on", "document")
        formfield_callback = field_of


class CreditEventForm(FactsForm):
    class Meta:
        model = CreditEvent
        fields = ("points", "reason", "on", "document")
        formfield_callback = field_of


class CardForm(FactsForm):
    compound_code = Text(
        label=_("code of the compound"),
        max_length=20,
        required=False,
        help_text=_("Leave empty for a card to the firm as a whole."),
    )

    class Meta:
        model = Card
        fields = ("colour", "reason", "given_on", "correct_by", "document")
        formfield_callback = field_of
        widgets = {"colour": forms.RadioSelect}

    field_order = ("colour", "compound_code", "reason", "given_on", "correct_by", "document")

    def __init__(self, *args, user, district: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = Compound.objects.visible_to(user).filter(district_id=district)

    def clean_compound_code(self):
        code = self.cleaned_data["compound_code"]
        if not code:
            return None
        compound = self.rows.filter(code=code).first()
        if compound is None:
            raise forms.ValidationError(_("There is no compound of this code in your district."))
        return compound

    @property
    def facts(self) -> dict:
        return {**super().facts, "compound": self.cleaned_data["compound_code"]}


class CorrectionForm(forms.Form):
    corrected_on = Day(label=_("corrected on"))
    correction = Text(label=_("what was corrected"), max_length=300)
    version = version_field()


# -- blacklist -------------------------------------------------------------------------------------
class ProposalForm(forms.Form):
    reason = Text(label=_("reason"), max_length=300)
    document = DocumentNumber(label=_("document number"), max_length=100, required=False)
    street = forms.ModelChoiceField(
        queryset=Area.objects.none(),
        label=_("street whose opinion is asked"),
        help_text=_("The street in which the firm works."),
    )

    def __init__(self, *args, district: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["street"].queryset = (
            Area.objects.active()
            .filter(level=Level.STREET, district=district)
            .defer("boundary")
            .order_by("code")
        )


class OpinionForm(forms.Form):
    is_supported = forms.TypedChoiceField(
        label=_("opinion"),
        choices=[("true", _("the street agrees")), ("false", _("the street does not agree"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
    )
    opinion = Text(label=_("grounds"), max_length=300)
    version = version_field()


class NoticeForm(forms.Form):
    notified_on = Day(label=_("firm notified on"))
    heard_until = Day(label=_("may be heard until"))
    version = version_field()


class HearingForm(forms.Form):
    heard_on = Day(label=_("heard on"))
    hearing = Text(
        label=_("what the firm said"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6})
    )
    version = version_field()


class DecisionForm(forms.Form):
    is_granted = forms.TypedChoiceField(
        label=_("decision"),
        choices=[("true", _("blacklist the firm")), ("false", _("reject the proposal"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
    )
    decision = Text(label=_("grounds of the decision"), max_length=300)
    decision_document = DocumentNumber(
        label=_("number of the decision"), max_length=100, required=False
    )
    term_until = Day(
        label=_("term until"),
        required=False,
        help_text=_("Its last day. The term begins today; contracts that run are not ended."),
    )
    version = version_field()


# -- norms -----------------------------------------------------------------------------------------
class NormForm(FactsForm):
    class Meta:
        model = CostNorm
        fields = (
            "item",
            "kind",
            "measure",
            "quantity",
            "monthly_wage",
            "amount",
            "percent",
            "source",
            "evidence",
            "valid_from",
            "valid_until",
        )
        formfield_callback = field_of

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["version"] = version_field()
            self.initial["version"] = self.instance.version
