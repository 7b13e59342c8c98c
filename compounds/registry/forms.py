"""Forms of the register. They read what was typed; services decide whether it may be so."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation import dates
from governance.foundation.cells import NOBODY
from governance.foundation.forms import Day, Tags, Text, field_for
from governance.organisation.models import Area, Level

from .models import Attachment, Compound, ProblemTag
from .services.compounds import EDITABLE
from .sources import Source

UNITS = {
    "household_count": pgettext_lazy("unit", "households"),
    "building_count": pgettext_lazy("unit", "buildings"),
    "entrance_count": pgettext_lazy("unit", "entrances"),
    "resident_count": pgettext_lazy("unit", "people"),
    "floor_area_m2": "㎡",
    "chargeable_area_m2": "㎡",
    "property_rooms_m2": "㎡",
    "unit_distance_m": "m",
    "parking_spaces": pgettext_lazy("unit", "spaces"),
    "lift_count": pgettext_lazy("unit", "lifts"),
    "longitude": "°",
    "latitude": "°",
}
HELP = {
    "management_mode": _("Nobody manages it, or abandoned: the compound counts as unmanaged."),
    "contiguity_group": _("Compounds of one group lie together and can be served as one."),
    "longitude": _("WGS 84 (CGCS2000), as the survey app gives it: 112.562100"),
}
SECTIONS = (
    (_("What it is"), ("community", "name", "kind", "address")),
    (
        _("Size and age"),
        (
            "built_year",
            "building_count",
            "entrance_count",
            "household_count",
            "resident_count",
            "floor_area_m2",
            "chargeable_area_m2",
            "lift_count",
            "parking_spaces",
        ),
    ),
    (_("Ownership and work unit"), ("ownership", "unit_name", "unit_state", "unit_distance_m")),
    (
        _("Renovation and foundation checks"),
        (
            "renovation",
            "renovation_year",
            "check_pipes",
            "check_power",
            "check_road",
            "check_gate",
        ),
    ),
    (
        _("Surroundings"),
        ("is_enclosed", "is_contiguous", "contiguity_group", "longitude", "latitude"),
    ),
    (
        _("Management"),
        (
            "management_mode",
            "has_committee",
            "property_rooms_m2",
            "lacks_unit",
            "lacks_service",
            "lacks_defence",
            "is_three_none",
            "problem_tags",
            "problems",
        ),
    ),
    (_("Survey"), ("surveyor", "surveyed_on")),
)
# What may be set on many compounds at once.
BULK = (
    "kind",
    "ownership",
    "unit_state",
    "renovation",
    "renovation_year",
    "is_enclosed",
    "is_contiguous",
    "contiguity_group",
    "management_mode",
    "has_committee",
    "check_pipes",
    "check_power",
    "check_road",
    "check_gate",
    "lacks_unit",
    "lacks_service",
    "lacks_defence",
    "surveyor",
    "surveyed_on",
)


class CommunityChoice(forms.ModelChoiceField):
    """A community inside the posts that may edit; others are refused in words."""

    def __init__(self, **kwargs):
        super().__init__(
            queryset=Area.objects.none(),
            label=_("community"),
            error_messages={
                "invalid_choice": _("This community lies outside your posts. Choose one of yours.")
            },
            **kwargs,
        )

    def within(self, user, right: str) -> None:
        self.queryset = (
            Area.objects.editable_by(user, right)
            .active()
            .filter(level=Level.COMMUNITY)
            .select_related("street")
            .order_by("code")
        )

    def label_from_instance(self, area):
        return f"{area.street.name} · {area.name}"


class FactsForm(forms.ModelForm):
    """Facts of a compound: all of them, or only the named ones."""

    problem_tags = Tags(choices=ProblemTag.choices, required=False, label=_("problem tags"))

    class Meta:
        model = Compound
        fields = EDITABLE
        formfield_callback = field_for
        widgets = {"problems": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, only: Iterable[str] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        if only is not None:
            wanted = {*only, "source", "dated_on", "reason", "version"}
            for name in [name for name in self.fields if name not in wanted]:
                del self.fields[name]
        for name, field in self.fields.items():
            field.unit = UNITS.get(name, "")
            field.help_text = HELP.get(name, "")
            if name in ("ownership", "unit_state", "renovation", "management_mode"):
                field.choices = [("", _("unknown")), *[c for c in field.choices if c[0]]]

    def clean_unit_name(self):
        """A word for "none" is no name."""
        name = self.cleaned_data["unit_name"].strip()
        return "" if name in NOBODY else name

    def clean_problems(self):
        """One line, as the sheet of the survey holds it."""
        return " ".join(self.cleaned_data["problems"].split())

    def _post_clean(self):
        """Facts are judged by the service, on the row as it is then."""

    @property
    def sections(self) -> list[tuple[Any, list]]:
        """Fields by subject, sections without fields left out."""
        found = []
        for title, names in SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                found.append((title, fields))
        return found

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in EDITABLE if name in self.cleaned_data}


def _source(**kwargs):
    return forms.ChoiceField(label=_("Source"), choices=Source.choices, **kwargs)


class PastDay(Day):
    """A day that has come."""

    def clean(self, value):
        day = super().clean(value)
        if day and day > dates.today():
            raise ValidationError(_("This day lies in the future."))
        return day


class CompoundAddForm(FactsForm):
    community = CommunityChoice()
    source = _source(initial=Source.SURVEY)

    field_order = ("community", *EDITABLE)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["community"].within(user, "registry.edit")
        if self.fields["community"].queryset.count() == 1:
            self.initial.setdefault("community", self.fields["community"].queryset.first())


class CompoundEditForm(FactsForm):
    source = _source(initial=Source.SITE)
    dated_on = PastDay(label=_("Date of the source"))
    reason = Text(
        label=_("Reason"),
        required=False,
        max_length=200,
        help_text=_("Why the register was wrong, if it was."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class MergeForm(forms.Form):
    into = Text(
        label=_("Code of the compound that stays"),
        max_length=20,
        help_text=_("It takes over the buildings. Example: 140105001004-0037"),
    )
    reason = Text(label=_("Reason"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_into(self):
        found = compound_by_code(self.user, self.cleaned_data["into"])
        if found is None:
            raise ValidationError(_("There is no compound of this code in your area."))
        return found


class DemolishForm(forms.Form):
    reason = Text(label=_("Reason and document"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class AdjacencyForm(forms.Form):
    other = Text(label=_("Code of the other compound"), max_length=20)
    is_adjacent = forms.ChoiceField(
        label=_("How they lie"),
        choices=(
            ("true", _("adjacent, although far apart or in no group")),
            ("false", _("not adjacent: a river, a railway or a wall between them")),
            ("", _("take the correction back; location and group decide")),
        ),
        widget=forms.RadioSelect,
        required=False,
    )
    reason = Text(label=_("Reason"), max_length=200)

    def __init__(self, *args, user, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_other(self):
        found = compound_by_code(self.user, self.cleaned_data["other"])
        if found is None:
            raise ValidationError(_("There is no compound of this code in your area."))
        return found

    def clean_is_adjacent(self):
        return {"true": True, "false": False}.get(self.cleaned_data["is_adjacent"])


def compound_by_code(user, code: str) -> Compound | None:
    """A compound that the user may see, by its code."""
    return Compound.objects.visible_to(user).filter(code=code.strip()).first()


class ReasonForm(forms.Form):
    reason = Text(label=_("Reason"), max_length=200)
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1
    )


class AttachmentForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("A photo (JPEG, PNG, WebP) or a PDF. Photos lose their place and device data."),
        widget=forms.ClearableFileInput(
            attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}
        ),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Attachment.Kind.choices)
    taken_on = PastDay(label=_("Date of the photo or paper"), required=False)
    note = Text(label=_("Note"), required=False, max_length=200)


class BulkForm(FactsForm):
    """The same facts for many compounds: an empty field leaves a fact as it is."""

    source = _source(initial=Source.SITE)
    reason = Text(label=_("Reason"), required=False, max_length=200)

    def __init__(self, *args, only: Sequence[str], **kwargs):
        super().__init__(*args, only=only, **kwargs)
        self.chosen = [name for name in BULK if name in self.fields]
        for name in self.chosen:
            field = self.fields[name]
            field.required = False
            field.initial = None
            if getattr(field, "choices", None) is not None:
                known = [choice for choice in field.choices if choice[0]]
                self.fields[name] = forms.ChoiceField(
                    label=field.label,
                    required=False,
                    choices=[("", _("leave as it is")), *known, *self._unknown(name)],
                )
            elif self._unknown(name):
                self.fields[f"unknown_{name}"] = forms.BooleanField(
                    label=_("set to unknown"), required=False
                )
            self.fields[name].unit = UNITS.get(name, "")

    @staticmethod
    def _unknown(name: str) -> list[tuple[str, Any]]:
        return [] if name == "kind" else [("unknown", _("set to unknown"))]

    @property
    def pairs(self) -> list[tuple[Any, Any]]:
        """Each chosen field with its box "set to unknown", if it has one."""
        return [
            (self[name], self[f"unknown_{name}"] if f"unknown_{name}" in self.fields else None)
            for name in self.chosen
        ]

    @property
    def changes(self) -> dict[str, Any]:
        """What is to be set, with unknown as the field stores it."""
        found = {}
        for name in self.chosen:
            value = self.cleaned_data.get(name)
            field = Compound._meta.get_field(name)
            if value == "unknown" or self.cleaned_data.get(f"unknown_{name}"):
                found[name] = None if field.null else ""
            elif value not in (None, ""):
                found[name] = {"true": True, "false": False}.get(value, value)
        return found

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.changes:
            raise ValidationError(_("Nothing is to be changed: fill in at least one field."))
        return cleaned
