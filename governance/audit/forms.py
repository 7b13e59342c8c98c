"""What may be asked of the log: person, act, object, period, words."""

import datetime as dt

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.foundation import dates

from . import words
from .models import AuditEntry


def _day(label):
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class EntryFilter(forms.Form):
    """Filters of the log; a value that cannot be is told beside its field and left out."""

    who = forms.CharField(label=_("person"), required=False, max_length=50)
    verb = forms.ChoiceField(label=_("act"), required=False)
    kind = forms.ChoiceField(label=_("kind of object"), required=False)
    object = forms.CharField(label=_("name of the object"), required=False, max_length=100)
    since = _day(_("from"))
    until = _day(_("until"))
    batch = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        verbs = sorted(((code, str(label)) for code, label in words.VERBS.items()), key=_label)
        self.fields["verb"].choices = [("", _("all")), *verbs]
        self.fields["kind"].choices = [("", _("all")), *words.kinds()]

    def apply(self, entries):
        """The entries that pass every filter that was filled in rightly."""
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("who"):
            who = Q(actor_name__icontains=asked["who"]) | Q(actor__username=asked["who"])
            entries = entries.filter(who)
        if asked.get("verb"):
            entries = entries.filter(verb=asked["verb"])
        if asked.get("kind"):
            entries = entries.filter(object_type=asked["kind"])
        if asked.get("object"):
            entries = entries.filter(object_label__icontains=asked["object"])
        if asked.get("batch"):
            entries = entries.filter(batch=asked["batch"])
        if asked.get("since") and asked["since"].year >= 1900:
            start = timezone.make_aware(dt.datetime.combine(asked["since"], dt.time.min))
            entries = entries.filter(at__gte=start)
        if asked.get("until") and asked["until"].year >= 1900:
            entries = entries.filter(at__lte=dates.end_of_day(asked["until"]))
        return entries

    @property
    def in_words(self) -> dict[str, str]:
        """The filters that are on, for the record of an export."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


def _label(pair: tuple[str, str]) -> str:
    return pair[1]


def entries_for(user, form: EntryFilter):
    """Entries the person may read, filtered, newest first."""
    return form.apply(AuditEntry.objects.visible_to(user)).order_by("-id")
