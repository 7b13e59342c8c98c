"""Forms of buildings and their entrances, for the pages and for the admin."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext_lazy as _

from governance.foundation.forms import Text, WholeNumber, field_for

from .forms import UNITS
from .models import Building, Entrance

MOST_ENTRANCES = 200
LONGEST_NUMBER = Entrance._meta.get_field("number").max_length


class EntrancesField(Text):
    """One entrance a line, its households behind it: 1单元 12."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **kwargs):
        super().__init__(
            label=_("Entrances"),
            required=False,
            max_length=4000,
            help_text=_("One a line, with its households behind it if known: 1单元 12"),
            **kwargs,
        )

    @staticmethod
    def listed(building: Building) -> str:
        """The entrances of a building as they are typed."""
        rows = building.entrances.order_by("pk").values_list("number", "household_count")
        return "\n".join(number if count is None else f"{number} {count}" for number, count in rows)

    def clean(self, value) -> list[tuple[str, int | None]]:
        lines = [line.split() for line in super().clean(value).splitlines()]
        found = [self._entrance(line) for line in lines if line]
        if len(found) > MOST_ENTRANCES:
            raise ValidationError(
                _("A building has at most %(limit)s entrances."), params={"limit": MOST_ENTRANCES}
            )
        return found

    @staticmethod
    def _entrance(line: list[str]) -> tuple[str, int | None]:
        number, *rest = line
        if len(number) > LONGEST_NUMBER:
            raise ValidationError(
                _("“%(number)s” is too long for an entrance."), params={"number": number[:40]}
            )
        if not rest:
            return number, None
        count = " ".join(rest).removesuffix("户")
        try:
            if len(count.split()) > 1:
                raise ValidationError("")
            return number, WholeNumber(min_value=0, max_value=100_000).clean(count)
        except ValidationError as error:
            raise ValidationError(
                _("“%(line)s”: give the number and the households, such as “1 12”."),
                params={"line": " ".join(line)[:40]},
            ) from error


class BuildingForm(forms.ModelForm):
    entrances = EntrancesField()
    version = forms.IntegerField(
        widget=forms.HiddenInput, required=False, min_value=1, max_value=2**31 - 1
    )

    class Meta:
        model = Building
        fields = ("number", "floors", "household_count", "lift_count", "floor_area_m2")
        formfield_callback = field_for

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["floors"].validators.append(MaxValueValidator(200))
        for name, field in self.fields.items():
            field.unit = UNITS.get(name, "")

    def _post_clean(self):
        """The service judges."""

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields}
