"""Forms of the room of people. Numbers are typed here and leave as hash and mask."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compounds.registry.models import Compound
from governance.foundation import dates
from governance.foundation.forms import Day, Text, field_for
from governance.organisation.models import Area, Level

from . import rules
from .models import MemberClass, Person
from .services import EDIT, FACTS

SECTIONS = (
    (gettext_lazy("Who it is"), ("name", "sex", "birth_year", "political_status", "standing")),
    (gettext_lazy("Where"), ("compound", "area")),
    (
        gettext_lazy("Party member"),
        ("member_class", "reported_on", "post_claimed", "work_unit"),
    ),
    (gettext_lazy("Numbers"), ("phone", "clear_phone", "identity", "clear_identity")),
)
CHOICES = ("sex", "political_status", "standing")


class PlaceChoice(forms.ModelChoiceField):
    """An area inside the posts that may edit people, with the names above it."""

    def label_from_instance(self, area):
        if area.level == Level.COMMUNITY:
            return f"{area.street.name} · {area.name}"
        return area.name


class CompoundField(Text):
    """A compound of the writer's places by code or by its whole name."""

    user = None

    def clean(self, value):
        value = super().clean(value)
        if not value:
            return None
        rows = Compound.objects.active().editable_by(self.user, EDIT)
        rows = rows.select_related("community", "street", "district")
        found = list(rows.filter(code=value.strip())) or list(rows.filter(name=value.strip())[:2])
        if not found:
            raise ValidationError(_("There is no compound of this code or name in your area."))
        if len(found) > 1:
            raise ValidationError(_("Several compounds have this name: give the compound's code."))
        return found[0]

    def prepare_value(self, value):
        """The name where it says which compound is meant, else the code."""
        if not isinstance(value, Compound):
            return value
        rows = Compound.objects.active().editable_by(self.user, EDIT).filter(name=value.name)
        return value.name if rows[:2].count() == 1 else value.code


def _number(label, help_text):
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


def _cleaned(clean: Callable[[str], str], number: str) -> str:
    try:
        return clean(number)
    except rules.NumberError as error:
        raise ValidationError(_(str(error))) from error


class PersonForm(forms.ModelForm):
    compound = CompoundField(
        label=gettext_lazy("compound"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Its code or its whole name; where the person lives or reported."),
    )
    area = PlaceChoice(
        queryset=Area.objects.none(),
        label=gettext_lazy("record kept by"),
        required=False,
        empty_label=gettext_lazy("the community of the compound"),
        help_text=gettext_lazy("Only for people of no compound, such as cadres of a street."),
        error_messages={
            "invalid_choice": gettext_lazy(
                "This place lies outside your posts. Choose one of yours."
            )
        },
    )
    phone = _number(
        gettext_lazy("telephone"),
        gettext_lazy("Kept encrypted; pages show it masked."),
    )
    identity = _number(
        gettext_lazy("identity number"),
        gettext_lazy(
            "Only where two people could be mistaken for each other. Not kept: only a mark to "
            "recognise it by, and its last four characters."
        ),
    )

    class Meta:
        model = Person
        fields = FACTS
        formfield_callback = field_for

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["compound"].user = user
        if self.instance.compound_id:
            self.initial["compound"] = self.instance.compound
        self.fields["area"].queryset = (
            Area.objects.editable_by(user, EDIT)
            .active()
            .filter(level__lte=Level.COMMUNITY)
            .defer("boundary")
            .select_related("street")
            .order_by("code")
        )
        classes = MemberClass.objects.filter(is_active=True)
        if self.instance.member_class_id:
            classes |= MemberClass.objects.filter(pk=self.instance.member_class_id)
        self.fields["member_class"].queryset = classes
        self.fields["member_class"].empty_label = _("unknown")
        for name in CHOICES:
            field = self.fields[name]
            field.choices = [("", _("unknown")), *[c for c in field.choices if c[0]]]

    def clean_phone(self):
        return _cleaned(rules.clean_phone, self.cleaned_data["phone"])

    def clean_identity(self):
        return _cleaned(rules.clean_identity, self.cleaned_data["identity"])

    def _post_clean(self):
        """Facts are judged by the service, on the row as it is then."""

    @property
    def sections(self) -> list[tuple[Any, list]]:
        return [
            (title, [self[name] for name in names if name in self.fields])
            for title, names in SECTIONS
        ]

    @property
    def facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FACTS}


class PersonAddForm(PersonForm):
    """A new person."""


class PersonEditForm(PersonForm):
    """A person to be corrected: a number left blank stays as it is."""

    clear_phone = forms.BooleanField(
        label=gettext_lazy("delete the telephone number"), required=False
    )
    clear_identity = forms.BooleanField(
        label=gettext_lazy("delete the mark of the identity number"), required=False
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        person = self.instance
        for name, shown in (
            ("phone", person.phone_masked),
            ("identity", person.identity_tail and f"****{person.identity_tail}"),
        ):
            if shown:
                self.fields[name].help_text = _("Known: %(number)s. Leave it blank to keep it.") % {
                    "number": shown
                }
            else:
                del self.fields[f"clear_{name}"]

    def number(self, name: str) -> str | None:
        """What was typed; '' to clear, None to keep."""
        typed = self.cleaned_data[name]
        if typed:
            return typed
        return "" if self.cleaned_data.get(f"clear_{name}") else None

    def clean(self):
        cleaned = super().clean()
        for name in ("phone", "identity"):
            if cleaned.get(name) and cleaned.get(f"clear_{name}"):
                self.add_error(name, _("Either type a new number or delete it."))
        return cleaned


class LeaveForm(forms.Form):
    left_on = Day(label=gettext_lazy("left on"))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def clean_left_on(self):
        day = self.cleaned_data["left_on"]
        if day > dates.today():
            raise ValidationError(_("This day lies in the future."))
        return day


class EraseForm(forms.Form):
    reason = Text(
        label=gettext_lazy("reason"),
        max_length=200,
        help_text=gettext_lazy("Such as: at the person's request of 1 June; purpose achieved."),
    )
    is_certain = forms.BooleanField(
        label=gettext_lazy("I know that this cannot be undone."),
        error_messages={"required": gettext_lazy("Tick this to go on.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class RevealForm(forms.Form):
    reason = Text(
        label=gettext_lazy("What is the number needed for?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say what the number is needed for.")},
    )


class FindForm(forms.Form):
    number = forms.CharField(
        label=pgettext_lazy("to look for", "whole telephone or identity number"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
