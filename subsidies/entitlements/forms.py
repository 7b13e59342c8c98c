"""Forms of this room. They read what was typed; services decide."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.foundation.forms import Day, DocumentNumber, Text

from .wording import document_choices


def version_field():
    return forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def _text(label, *, maximum: int = 300, rows: int = 2, **kwargs) -> Text:
    return Text(
        label=label,
        max_length=maximum,
        **kwargs,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _document(*, required: bool = False, label=None) -> DocumentNumber:
    return DocumentNumber(label=label or _("document"), max_length=150, required=required)


def _day(label=None, help_text=None) -> Day:
    return Day(
        label=label or _("day"),
        required=False,
        help_text=help_text or _("Empty: today."),
    )


class ApplicationForm(forms.Form):
    """An application: under which programme, what proves it, what is attached."""

    programme = forms.TypedChoiceField(label=_("programme"), coerce=int)
    area_proof = Text(
        label=_("proof of area or households"),
        max_length=150,
        required=False,
        help_text=_("Survey report, drawing or certificate, with its number."),
    )
    documents = forms.MultipleChoiceField(
        label=_("documents attached"), required=False, widget=forms.CheckboxSelectMultiple
    )
    starts_on = Day(label=_("term begins"), required=False)

    def __init__(self, *args, programmes, needs_start: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [(one.pk, str(one)) for one in programmes]
        codes = {code for one in programmes for code in one.documents.split()}
        self.fields["documents"].choices = document_choices(codes)
        if not codes:
            del self.fields["documents"]
        if not needs_start:
            del self.fields["starts_on"]


class EditForm(ApplicationForm):
    """A draft; its programme stays."""

    version = version_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["programme"]


class StreetForm(forms.Form):
    """What holds for all applications of a street."""

    programme = forms.TypedChoiceField(label=_("programme"), coerce=int)
    area_proof = Text(label=_("proof of area or households"), max_length=150, required=False)
    documents = forms.MultipleChoiceField(
        label=_("documents attached"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, programmes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["programme"].choices = [(one.pk, str(one)) for one in programmes]
        codes = {code for one in programmes for code in one.documents.split()}
        self.fields["documents"].choices = document_choices(codes)
        if not codes:
            del self.fields["documents"]


class SubmitForm(forms.Form):
    """Handing in; after the days allowed never without a reason."""

    reason = _text(
        _("reason of the delay"),
        required=False,
        is_conditional=True,
        help_text=_("Needed after the days allowed since entry."),
    )
    on = _day()


class CheckForm(forms.Form):
    """The community's word: people live there, the firm serves."""

    is_confirmed = forms.BooleanField(
        label=_("The compound is lived in and the firm serves it: confirmed."), required=True
    )
    finding = _text(_("finding"), required=False)
    document = _document()
    on = _day()


class StepForm(forms.Form):
    """A step forward: its finding and its paper."""

    finding = _text(_("finding"), required=False)
    document = _document()
    on = _day()


class ReasonForm(forms.Form):
    """A step back, or an end: never without a reason."""

    reason = _text(_("reason"), required=True)
    on = _day()


class RejectForm(ReasonForm):
    document = _document()


class ResumeForm(forms.Form):
    reason = _text(_("reason"), required=False)
    document = _document()
    on = _day()


class PubliciseForm(forms.Form):
    """One notice for all the rows."""

    number = DocumentNumber(label=_("notice number"), max_length=60)
    title = Text(label=_("title"), max_length=150, required=False)
    starts_on = _day(_("posted from"))
    ends_on = _day(
        _("posted until"), _("Empty: the first day on which it may come down, by working days.")
    )
    place_posted = Text(label=_("posted at"), max_length=200, required=False)


class FundingForm(forms.Form):
    """By which indicator each payer's share of each year is paid; a later year may be left open."""

    def __init__(self, *args, choices, **kwargs):
        """`choices`: field name → label, indicators with what is available, whether one must."""
        super().__init__(*args, **kwargs)
        self.funding_names = list(choices)
        for name, (label, indicators, is_needed) in choices.items():
            offered = [(one.pk, words) for one, words in indicators]
            if not is_needed:
                offered.insert(0, ("", _("not yet: an obligation of that year's budget")))
            self.fields[name] = forms.TypedChoiceField(
                label=label, coerce=int, choices=offered, required=is_needed, empty_value=None
            )
            if is_needed and not indicators:
                self.fields[name].help_text = _(
                    "There is no indicator of this year and payer yet: the budget comes first."
                )
            elif not is_needed and indicators:
                self.fields[name].initial = indicators[0][0].pk

    @property
    def chosen(self) -> list[int]:
        found = (self.cleaned_data[name] for name in self.funding_names)
        return [one for one in found if one]

    @property
    def usual(self) -> list[int]:
        """What is chosen where nobody has chosen: the first of each."""
        offered = (self.fields[name].choices for name in self.funding_names)
        return [
            one for one in (dict(own) for own in offered) for one in list(filter(None, one))[:1]
        ]


class ApproveForm(FundingForm):
    """The approval document, and the indicators."""

    document = _document(required=True, label=_("approval document"))
    on = _day()


class AnnualForm(FundingForm):
    """A budget year of many: its document, why, and the year's indicators."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    document = _document(required=True)
    reason = _text(_("note"), required=False)


class DecisionForm(forms.Form):
    version = version_field()
    on = _day()


class RefusalForm(forms.Form):
    version = version_field()
    reason = _text(_("reason"), required=True)


class ObjectionForm(forms.Form):
    said = _text(
        _("what was objected"),
        required=True,
        maximum=500,
        rows=4,
        help_text=_("Not who said it: nobody need give a name."),
    )
    received_on = _day(_("received on"))


class SettleForm(forms.Form):
    version = version_field()
    outcome = forms.ChoiceField(
        label=_("the objection is"),
        choices=[("DISMISSED", _("dismissed")), ("UPHELD", _("upheld: the entitlement goes back"))],
        widget=forms.RadioSelect,
    )
    answer = _text(_("answer"), required=True, maximum=500, rows=4)
    on = _day()
