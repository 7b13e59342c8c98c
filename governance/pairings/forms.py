"""Forms of pairings: who, with which compound or household, since when."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.registry.models import Building, Compound, Entrance
from governance.foundation import dates, sealing
from governance.foundation.forms import Day, Text
from governance.party_grid.importing.parts import Part
from governance.party_grid.models import Duty
from governance.party_grid.rules import CENTRE_HOUSEHOLD
from governance.people import rules as numbers
from governance.people.forms import CompoundField
from governance.people.models import Person

from . import households, rules
from .households import Door, NoDoor
from .models import Pairing

NEW = "new"
MOST_SHOWN = 20
DOOR_WORDS = {
    "NO_BUILDING": gettext_lazy("This compound has no such building in the register."),
    "NO_ENTRANCE": gettext_lazy("This building has no such entrance in the register."),
    "NO_DOOR": gettext_lazy("Give the door, such as 302."),
    "TOO_LONG": gettext_lazy("This is too long for a household."),
}


def _past_day(label, **kwargs):
    return Day(label=label, initial=lambda: dates.today(), **kwargs)


class WhoForm(forms.Form):
    """Somebody of the register, found by name (and number), or somebody new.

    Where several may be meant, `candidates` are offered and `person` says which one.
    """

    person = forms.CharField(required=False, max_length=19, widget=forms.HiddenInput)
    name = Text(label=gettext_lazy("name of the person"), max_length=50)
    phone = forms.CharField(
        label=gettext_lazy("telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
        help_text=gettext_lazy("Kept encrypted; tells people of one name apart."),
    )
    work_unit = Text(
        label=gettext_lazy("work unit and position"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Only for somebody new."),
    )

    def __init__(self, *args, user, district: int, standings=(), fixed: Person | None = None, **kw):
        super().__init__(*args, **kw)
        self.user, self.district, self.standings = user, district, standings
        self.candidates: list[Person] = []
        self.fixed = fixed
        if fixed:
            for name in ("person", "name", "phone", "work_unit"):
                del self.fields[name]

    def people(self):
        return (
            Person.objects.visible_to(self.user)
            .present()
            .known()
            .filter(district=self.district)
            .select_related("compound", "community", "street")
        )

    def clean_phone(self):
        try:
            return numbers.clean_phone(self.cleaned_data["phone"])
        except numbers.NumberError as error:
            raise ValidationError(_(str(error))) from error

    def clean(self):
        cleaned = super().clean()
        cleaned["holder"], cleaned["new_person"] = self.fixed, None
        if self.fixed or "phone" not in cleaned:
            return cleaned
        chosen, name = cleaned.get("person", ""), (cleaned.get("name") or "").strip()
        if chosen.isascii() and chosen.isdigit():
            cleaned["holder"] = self.people().filter(pk=int(chosen)).first()
            if cleaned["holder"] is None:
                self.add_error("name", _("There is no such person in your places."))
            return cleaned
        if not name:
            self.add_error("name", _("Name the person."))
            return cleaned
        if chosen != NEW:
            self._find(cleaned, name)
        if cleaned["holder"] is None and not self.candidates:
            cleaned["new_person"] = {
                "name": name,
                "work_unit": cleaned.get("work_unit", ""),
                "phone": cleaned["phone"],
            }
        return cleaned

    def _find(self, cleaned: dict[str, Any], name: str) -> None:
        people = list(self.people().filter(name=name).order_by("pk")[:MOST_SHOWN])
        if cleaned["phone"]:
            found = sealing.fingerprint(cleaned["phone"])
            same = [one for one in people if one.phone_hash == found]
            people = same or [one for one in people if not one.phone_hash]
        fitting = [one for one in people if one.standing in self.standings]
        people = fitting or people
        if len(people) == 1:
            cleaned["holder"] = people[0]
        elif people:
            self.candidates = people
            self.add_error("name", _("Several people have this name: say which one is meant."))


class PairForm(WhoForm):
    """A street or community cadre, a serving member or a centre household, and the household."""

    entrance = forms.ChoiceField(label=gettext_lazy("building and entrance"))
    where = Text(label=gettext_lazy("building and entrance"), max_length=30, required=False)
    door = Text(
        label=gettext_lazy("door"),
        max_length=20,
        help_text=gettext_lazy("Such as 302. The door only, nothing about the people behind it."),
    )
    holder = forms.ModelChoiceField(
        label=gettext_lazy("centre household"),
        queryset=Person.objects.none(),
        empty_label=gettext_lazy("choose"),
    )
    starts_on = _past_day(pgettext_lazy("of a pairing", "since"))

    field_order = ("holder", "name", "phone", "work_unit", "entrance", "where", "door", "starts_on")

    def __init__(self, *args, user, compound: Compound, kind: str, **kwargs):
        super().__init__(
            *args,
            user=user,
            district=compound.district_id,
            standings=rules.STANDINGS.get(kind, ()),
            **kwargs,
        )
        self.compound, self.kind = compound, kind
        self._read_parts()
        unwanted = {"holder"}
        if kind == Pairing.Kind.CENTRE_HOUSEHOLD:
            unwanted = {"person", "name", "phone", "work_unit"}
            self.fields["holder"].queryset = self._centre_households()
        if kind not in Pairing.TO_HOUSEHOLD:
            unwanted |= {"entrance", "where", "door"}
        unwanted |= {"where"} if self.buildings else {"entrance"}
        for name in unwanted & set(self.fields):
            del self.fields[name]

    def _read_parts(self) -> None:
        rows = list(Building.objects.filter(compound=self.compound).order_by("number", "pk"))
        self.buildings = [Part(row.pk, row.number) for row in rows]
        self.entrances: dict[int, list[Part]] = {row.pk: [] for row in rows}
        inside = Entrance.objects.filter(building__compound=self.compound).order_by("number", "pk")
        for pk, number, building in inside.values_list("pk", "number", "building_id"):
            self.entrances[building].append(Part(pk, number))
        choices: list[tuple[str, Any]] = [("", _("choose"))]
        for building in self.buildings:
            doors = [
                (f"e{e.pk}", f"{building.number} {e.number}") for e in self.entrances[building.pk]
            ]
            choices.append((building.number, doors or [(f"b{building.pk}", building.number)]))
        self.fields["entrance"].choices = choices

    def _centre_households(self):
        holders = Duty.objects.held().filter(kind=CENTRE_HOUSEHOLD, compound=self.compound)
        return self.people().filter(pk__in=holders.values("person")).order_by("name", "pk")

    def clean(self):
        holder = self.cleaned_data.get("holder")
        cleaned = super().clean() if "name" in self.fields else self.cleaned_data
        if self.kind == Pairing.Kind.CENTRE_HOUSEHOLD:
            cleaned["holder"], cleaned["new_person"] = holder, None
        cleaned["household"] = self._door(cleaned) if "door" in self.fields else None
        return cleaned

    def _door(self, cleaned: dict[str, Any]) -> Door | None:
        door, place = cleaned.get("door"), cleaned.get("entrance") or cleaned.get("where", "")
        if not door or ("entrance" in self.fields and not place):
            return None
        try:
            if not self.buildings:
                return households.locate(f"{place}/{door}" if place else door, [], {})
            door = households.plain_door(door)
            for building in self.buildings:
                if place == f"b{building.pk}":
                    text = households.text_of(building.number, "", door)
                    return Door(building.pk, None, text)
                for entrance in self.entrances[building.pk]:
                    if place == f"e{entrance.pk}":
                        text = households.text_of(building.number, entrance.number, door)
                        return Door(building.pk, entrance.pk, text)
        except NoDoor as error:
            self.add_error("door", DOOR_WORDS[error.code])
        return None


class CadreForm(WhoForm):
    """A county-level cadre and the compounds the cadre answers for.

    `opened`: ids of the pairings that stood when the form was opened, 0 where there were none.
    """

    opened = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    starts_on = _past_day(pgettext_lazy("of a pairing", "since"))
    reason = Text(
        label=gettext_lazy("reason or document"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Needed where a compound is given up."),
    )

    def __init__(self, *args, user, district: int, most: int, held=(), **kwargs):
        super().__init__(
            *args,
            user=user,
            district=district,
            standings=rules.STANDINGS[Pairing.Kind.COUNTY_CADRE],
            **kwargs,
        )
        # What the writer may not change stays as it is.
        self.others = [row for row in held if not user.scope.can("party.edit", row)]
        own = [row for row in held if row not in self.others]
        self.slots = [f"compound_{i}" for i in range(1, max(most - len(self.others), len(own)) + 1)]
        for i, name in enumerate(self.slots):
            field = CompoundField(
                label=format_lazy("{} {}", gettext_lazy("compound"), i + 1),
                required=False,
                max_length=60,
                help_text=gettext_lazy("Its code or its whole name.") if not i else "",
                initial=own[i] if i < len(own) else None,
            )
            field.user = user
            self.fields[name] = field
        last = ("starts_on", "reason")
        self.order_fields([*(n for n in self.fields if n not in last), *last])

    def clean_opened(self) -> set[int] | None:
        ids = self.cleaned_data["opened"].split("-")
        return {int(pk) for pk in ids if pk.isascii() and pk.isdigit()} - {0} if any(ids) else None

    @property
    def typed(self) -> list[Compound]:
        found = [self.cleaned_data.get(name) for name in self.slots]
        return list({row.pk: row for row in found if row}.values())

    @property
    def compounds(self) -> list[Compound]:
        return [*self.others, *self.typed]


class EndForm(forms.Form):
    ended_on = _past_day(pgettext_lazy("of a pairing", "ended on"))
    reason = Text(label=gettext_lazy("reason"), max_length=200)
    is_all = forms.BooleanField(
        label=gettext_lazy("End all pairings of this kind that the person holds"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class NoticeForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("photo of the posted notice"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    posted_on = _past_day(gettext_lazy("posted on"))


class RoleForm(WhoForm):
    """Somebody for a role of the working group."""

    starts_on = _past_day(gettext_lazy("since"))


class RoleEndForm(forms.Form):
    ended_on = _past_day(gettext_lazy("ended on"))
    reason = Text(label=gettext_lazy("reason"), max_length=200)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
