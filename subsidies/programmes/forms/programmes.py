"""The head of an edition: its days, ceilings, settlement and times; the tables stand beside it."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.foundation.forms import DocumentNumber, Tags, Text, field_for

from .. import rules
from ..models import Programme
from ..services import TYPED

YUAN = _("yuan")
DAYS, WORKING_DAYS = pgettext_lazy("unit", "days"), pgettext_lazy("unit", "working days")
MONTHS = pgettext_lazy("unit", "months")
UNITS = {
    "months": MONTHS,
    "cap_compound": YUAN,
    "cap_firm_year": YUAN,
    "cap_year": YUAN,
    "offset_percent": "%",
    "assessment_months": MONTHS,
    "exit_collection_percent": "%",
    "exit_months": MONTHS,
    "apply_days": DAYS,
    "check_days": WORKING_DAYS,
    "review_days": WORKING_DAYS,
    "district_days": WORKING_DAYS,
    "notice_days": WORKING_DAYS,
    "approval_days": WORKING_DAYS,
    "payment_days": DAYS,
    "appeal_days": DAYS,
    "ban_years": pgettext_lazy("unit", "years"),
}
# The unit stands beside the field, so the label leaves it out.
LABELS = {
    "months": _("months at most"),
    "cap_compound": _("at most for a compound"),
    "cap_firm_year": _("at most for a firm in a year"),
    "cap_year": _("at most in a year altogether"),
    "offset_percent": _("public revenue counted against it"),
    "assessment_months": _("an assessment holds for"),
    "exit_collection_percent": _("ends early from a collection of"),
    "exit_months": pgettext_lazy("collection", "held for"),
    "apply_days": _("to apply after entry"),
    "check_days": _("check by the community"),
    "review_days": _("review by the street"),
    "district_days": _("review by the district"),
    "notice_days": _("public notice of at least"),
    "approval_days": _("approval"),
    "payment_days": _("payment"),
    "appeal_days": _("appeal and repayment"),
    "ban_years": _("no new application after a false claim"),
}
SECTIONS = (
    (
        "programme",
        _("Programme"),
        ("name", "document_number", "effective_from", "effective_until", "note"),
    ),
    ("term", _("Term"), ("months", "start_rule", "counting", "part_month", "settlement")),
    ("steps", None, ()),
    ("conditions", None, ()),
    ("documents", _("Documents asked for"), ("documents",)),
    (
        "caps",
        _("Ceilings and what is counted against it"),
        ("cap_compound", "cap_firm_year", "cap_year", "offset_percent"),
    ),
    ("assessment", _("Assessment"), ("needs_assessment", "assessment_months")),
    ("bands", None, ()),
    ("deductions", None, ()),
    ("shares", None, ()),
    ("exit", _("Early end"), ("exit_collection_percent", "exit_months")),
    ("clawbacks", None, ()),
    (
        "times",
        _("Times allowed"),
        (
            "apply_days",
            "check_days",
            "review_days",
            "district_days",
            "notice_days",
            "approval_days",
            "payment_days",
            "appeal_days",
            "ban_years",
        ),
    ),
)


class ProgrammeForm(forms.ModelForm):
    """Everything an edition says in single values; `as_terms` puts the tables beside it."""

    documents = Tags(
        label=_("Documents asked for"), choices=list(rules.DOCUMENTS.items()), required=False
    )
    document_number = DocumentNumber(
        label=_("document number"),
        max_length=80,
        required=False,
        help_text=_("Needed before it is published."),
    )

    class Meta:
        model = Programme
        fields = (*(name for _key, _title, names in SECTIONS for name in names),)
        formfield_callback = field_for

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if name in LABELS:
                field.label, field.unit = LABELS[name], UNITS[name]
        self.fields["effective_until"].help_text = _("Empty: until further notice.")
        self.fields["offset_percent"].help_text = _(
            "Of the compound's net public revenue of the month."
        )
        for name in ("cap_compound", "cap_firm_year", "cap_year"):
            self.fields[name].help_text = _("Empty: no ceiling.")
        self.fields["exit_collection_percent"].help_text = _("Empty: never early.")

    def sections(self):
        """(key, title, bound fields) of the page in order; tables have no fields of their own."""
        return [(key, title, [self[name] for name in names]) for key, title, names in SECTIONS]

    def as_terms(self, parts: dict[str, tuple]) -> rules.Terms:
        """The terms of a valid form with the parts of its tables."""
        head = {name: self.cleaned_data[name] for name in TYPED}
        documents = tuple(self.cleaned_data["documents"].split())
        return rules.Terms(documents=documents, **head, **parts)


class RetireForm(forms.Form):
    """Why a programme is closed."""

    reason = Text(label=_("reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
