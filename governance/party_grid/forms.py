"""Forms of the party grid. They read what was typed; services decide whether it may be so."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from compounds.registry.forms import PastDay
from compounds.registry.models import Building, Compound
from governance.foundation import dates
from governance.foundation.forms import Day, DocumentNumber, Text, WholeNumber
from governance.organisation.models import Area, Level
from governance.organisation.rules import boundary_problem
from governance.people.models import Person

from .models import Duty, DutyKind, PartyOrganisation
from .models.organisations import KINDS, REACHES
from .rules import OrganisationKind
from .services.duties import EDIT
from .services.organisations import COVERING

NEW = "new"
NAMESAKES = 20


def _choices(enum, word):
    return [("", word), *enum.choices]


class SeatForm(forms.Form):
    """Who takes a seat: somebody of that name from the register, or somebody new.

    Where people of the name are in the register, the form asks which of them it is.
    """

    kind = forms.ChoiceField(label=gettext_lazy("duty"))
    name = Text(
        label=pgettext_lazy("of a person", "name"),
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "residents"}),
    )
    who = forms.ChoiceField(
        label=gettext_lazy("Which person"), widget=forms.RadioSelect, required=False
    )
    phone = forms.CharField(
        label=gettext_lazy("telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    political_status = forms.ChoiceField(
        label=gettext_lazy("political status"),
        required=False,
        choices=_choices(Person.PoliticalStatus, gettext_lazy("unknown")),
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("standing"),
        required=False,
        choices=_choices(Person.Standing, gettext_lazy("unknown")),
    )
    chosen = forms.ChoiceField(
        label=gettext_lazy("how chosen"),
        required=False,
        choices=_choices(Duty.Chosen, gettext_lazy("unknown")),
    )
    starts_on = Day(label=gettext_lazy("since"), required=False)
    term_until = Day(
        label=gettext_lazy("term ends on"),
        required=False,
        help_text=gettext_lazy("Left empty, the norm gives it where there is one."),
    )

    def __init__(self, *args, user, kinds, is_replacing=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.kinds = {kind.key: kind for kind in kinds}
        self.fields["kind"].choices = [(kind.key, str(kind)) for kind in kinds]
        if len(self.kinds) == 1:
            self.fields["kind"].widget = forms.HiddenInput()
            self.fields["kind"].initial = next(iter(self.kinds))
        self.fields["starts_on"].initial = dates.today()
        if is_replacing:
            del self.fields["starts_on"]
        if not any(kind.seat == "ORGANISATION" for kind in kinds):
            del self.fields["term_until"]
        typed = str(self.data.get(self.add_prefix("name"), "")).strip() if self.is_bound else ""
        self.namesakes = self._of_name(user, typed) if typed else []
        if self.namesakes:
            self.fields["who"].choices = [
                *((str(one.pk), _described(one)) for one in self.namesakes),
                (NEW, _("somebody new of the same name")),
            ]
        else:
            del self.fields["who"]

    @staticmethod
    def _of_name(user, name: str) -> list[Person]:
        rows = Person.objects.filter(user.scope.granted("people.view")).present()
        return list(rows.filter(name=name[:50]).select_related("compound")[:NAMESAKES])

    def clean(self):
        cleaned = super().clean()
        if self.namesakes and not cleaned.get("who") and "who" not in self.errors:
            self.add_error(
                "who",
                _("People of this name are in the register. Say whether it is one of them."),
            )
        return cleaned

    # What is seldom known on the spot.
    SELDOM = ("political_status", "standing", "chosen", "term_until")

    @property
    def first(self) -> list:
        """Fields shown at once."""
        return [field for field in self.visible_fields() if field.name not in self._folded]

    @property
    def folded(self) -> list:
        """Fields behind a summary: what is seldom known on the spot, unless it is at fault."""
        return [field for field in self.visible_fields() if field.name in self._folded]

    @property
    def _folded(self) -> set[str]:
        needed = {"political_status"} if any(k.needs_member for k in self.kinds.values()) else set()
        return set(self.SELDOM) - needed - set(self.errors)

    @property
    def duty_kind(self) -> DutyKind:
        return self.kinds[self.cleaned_data["kind"]]

    @property
    def who_is_it(self) -> dict[str, Any]:
        """The arguments of the services that say who it is."""
        chosen = self.cleaned_data.get("who")
        if chosen and chosen != NEW:
            return {"person": next(one for one in self.namesakes if str(one.pk) == chosen)}
        names = ("name", "phone", "political_status", "standing")
        return {"new_person": {name: self.cleaned_data[name] for name in names}}

    @property
    def terms(self) -> dict[str, Any]:
        names = ("chosen", "starts_on", "term_until")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}


def _described(person: Person) -> str:
    """What tells namesakes apart, without a number in full."""
    told = (
        person.name,
        person.get_political_status_display() if person.political_status else "",
        person.compound.name if person.compound else "",
        person.phone_masked,
    )
    return " · ".join(str(one) for one in told if one)


class EndForm(forms.Form):
    """The last day of a duty, and why it ends."""

    version = forms.IntegerField(widget=forms.HiddenInput, max_value=2**31 - 1)
    ended_on = PastDay(label=gettext_lazy("ended on"))
    reason = Text(label=gettext_lazy("Reason"), max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ended_on"].initial = dates.today()


class ReplaceForm(SeatForm):
    """Who follows, from which day, and why the former holder ends."""

    version = forms.IntegerField(widget=forms.HiddenInput, max_value=2**31 - 1)
    ended_on = PastDay(label=gettext_lazy("handed over on"))
    reason = Text(label=gettext_lazy("reason of the end"), max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, is_replacing=True, **kwargs)
        self.fields["ended_on"].initial = dates.today()


class OrganisationForm(forms.Form):
    """Facts of an organisation in a known area; the area gives the choices."""

    kind = forms.TypedChoiceField(label=gettext_lazy("kind"), choices=KINDS, coerce=int)
    name = Text(label=gettext_lazy("name"), max_length=100)
    reach = forms.ChoiceField(
        label=gettext_lazy("organised by"),
        required=False,
        choices=[("", pgettext_lazy("organised by", "not set")), *REACHES],
        help_text=gettext_lazy(
            "What a branch or group stands for: a compound, a grid, a courtyard, a building."
        ),
    )
    parent = forms.ModelChoiceField(
        PartyOrganisation.objects.none(), label=gettext_lazy("belongs to"), required=False
    )
    is_joint = forms.BooleanField(
        label=gettext_lazy("joint, because each has too few members"), required=False
    )
    grid = forms.ModelChoiceField(Area.objects.none(), label=gettext_lazy("grid"), required=False)
    compound = forms.ModelChoiceField(
        Compound.objects.none(), label=gettext_lazy("compound"), required=False
    )
    building = forms.ModelChoiceField(
        Building.objects.none(), label=gettext_lazy("building"), required=False
    )
    compounds = forms.ModelMultipleChoiceField(
        Compound.objects.none(),
        label=gettext_lazy("compounds covered"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Coverage is counted from these."),
    )
    full_member_count = WholeNumber(
        label=gettext_lazy("full members"), required=False, min_value=0, max_value=100_000
    )
    founded_on = PastDay(label=gettext_lazy("founded on"), required=False)
    document_number = DocumentNumber(
        label=gettext_lazy("document number"), max_length=100, required=False
    )
    term_until = Day(
        label=gettext_lazy("term ends on"),
        required=False,
        help_text=gettext_lazy("Left empty, the norm gives it from the day of the founding."),
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, max_value=2**31 - 1, min_value=0
    )

    SECTIONS = (
        (gettext_lazy("What it is"), ("kind", "name", "parent", "is_joint")),
        (gettext_lazy("What it stands for"), ("reach", "compound", "grid", "building")),
        (gettext_lazy("Coverage"), ("compounds",)),
        (
            gettext_lazy("Founding and term"),
            ("founded_on", "document_number", "term_until", "full_member_count"),
        ),
    )

    def __init__(self, *args, area: Area, organisation: PartyOrganisation | None = None, **kwargs):
        if organisation:
            kwargs["initial"] = initial_of(organisation) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.area, self.organisation = area, organisation
        kind = organisation.kind if organisation else self._kind()
        if organisation:
            del self.fields["kind"]
        else:
            self.fields["kind"].choices = [pair for pair in KINDS if pair[0] in kinds_in(area)]
            self.fields["kind"].widget = forms.HiddenInput()  # the tabs of the page choose it
        if kind not in COVERING:
            for name in ("reach", "is_joint", "grid", "compound", "building", "compounds"):
                del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.empty_label:
                field.empty_label = pgettext("organised by", "not set")
        self._fill()

    def _kind(self) -> int | None:
        """The kind that was chosen; a branch or group shows all fields, so it is the default."""
        given = self.data.get("kind") if self.is_bound else self.initial.get("kind")
        known = {str(kind): kind for kind in kinds_in(self.area)}
        return known.get(str(given), OrganisationKind.BRANCH)

    def _fill(self) -> None:
        column = {Level.DISTRICT: "district", Level.STREET: "street"}.get(
            self.area.level, "community"
        )
        inside = {column: self.area}
        above = PartyOrganisation.objects.standing().filter(district=self.area.district_id)
        if self.area.street_id:
            above = above.filter(street__in=[self.area.street_id]) | above.filter(street=None)
        if self.area.community_id:
            above = above.filter(community=self.area.community_id) | above.filter(community=None)
        above = above.filter(kind__lt=OrganisationKind.GROUP)
        if self.organisation:
            above = above.filter(kind__lt=self.organisation.kind)
        self.fields["parent"].queryset = above.order_by("kind", "name")
        if "compounds" not in self.fields:
            return
        compounds = Compound.objects.active().filter(**inside).order_by("name")
        self.fields["compounds"].queryset = compounds
        self.fields["compound"].queryset = compounds
        self.fields["grid"].queryset = (
            Area.objects.active().filter(level=Level.GRID, **inside).order_by("code")
        )
        buildings = Building.objects.filter(**inside, compound__status="ACTIVE")
        self.fields["building"].queryset = buildings.select_related("compound").order_by(
            "compound__name", "pk"
        )
        self.fields["building"].label_from_instance = lambda one: f"{one.compound} {one}"

    @property
    def sections(self) -> list[tuple[Any, list]]:
        found = []
        for title, names in self.SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                found.append((title, fields))
        return found

    @property
    def facts(self) -> dict[str, Any]:
        left_out = ("compounds", "version")
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


def initial_of(organisation: PartyOrganisation) -> dict[str, Any]:
    names = (
        "name",
        "reach",
        "is_joint",
        "full_member_count",
        "founded_on",
        "document_number",
        "term_until",
        "version",
    )
    keys = {name: getattr(organisation, f"{name}_id") for name in ("parent", "grid", "compound")}
    return {
        **{name: getattr(organisation, name) for name in names},
        **keys,
        "building": organisation.building_id,
        "compounds": list(organisation.covers.values_list("compound_id", flat=True)),
    }


def kinds_in(area: Area) -> tuple[int, ...]:
    """Kinds of organisations that are founded in an area."""
    kinds = OrganisationKind
    return {
        Level.DISTRICT: (kinds.DISTRICT_COMMITTEE.value,),
        Level.STREET: (kinds.WORKING_COMMITTEE.value, kinds.BRANCH.value),
    }.get(area.level, (kinds.COMMUNITY_COMMITTEE.value, kinds.BRANCH.value, kinds.GROUP.value))


class DissolveForm(forms.Form):
    """The document by which an organisation ends."""

    version = forms.IntegerField(widget=forms.HiddenInput, max_value=2**31 - 1)
    dissolved_on = PastDay(label=gettext_lazy("date of the document"))
    document_number = DocumentNumber(label=gettext_lazy("document number"), max_length=100)
    reason = Text(label=gettext_lazy("Reason"), max_length=200, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["dissolved_on"].initial = dates.today()


class PlaceForm(forms.Form):
    """The place to begin with: an area where the person may write."""

    area = forms.ModelChoiceField(
        Area.objects.none(), label=gettext_lazy("place"), to_field_name="code"
    )

    def __init__(self, *args, user, levels, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Area.objects.editable_by(user, EDIT).active().filter(level__in=levels)
        self.fields["area"].queryset = rows.select_related("street").order_by("code")
        self.fields["area"].label_from_instance = lambda area: (
            f"{area.street.name} · {area.name}" if area.level == Level.COMMUNITY else area.name
        )


class GridForm(forms.Form):
    """Name, extent and boundary of a grid."""

    name = Text(label=gettext_lazy("name"), max_length=60)
    extent = Text(
        label=gettext_lazy("extent in words"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("What bounds it on its four sides (四至范围)."),
    )
    boundary = forms.CharField(
        label=gettext_lazy("boundary"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy("GeoJSON Polygon or MultiPolygon, WGS 84 (CGCS2000)."),
    )
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, max_value=2**31 - 1, min_value=0
    )

    def clean_boundary(self):
        text = self.cleaned_data["boundary"].strip()
        if not text:
            return None
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValidationError(_("This is no GeoJSON.")) from error
        if isinstance(found, dict) and found.get("type") == "Feature":
            found = found.get("geometry")
        if problem := boundary_problem(found):
            raise ValidationError(problem)
        return found

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "extent", "boundary")}
