"""What the page of a proposal asks for: the document, or why a step is left."""

from django import forms
from django.utils.translation import gettext_lazy

from compounds.registry.forms import PastDay
from governance.foundation.forms import DocumentNumber, Text


class ApplyForm(forms.Form):
    """The document that orders the steps."""

    document_number = DocumentNumber(
        label=gettext_lazy("document number"),
        max_length=100,
        error_messages={"required": gettext_lazy("Name the document that orders it.")},
    )
    document_on = PastDay(
        label=gettext_lazy("date of the document"),
        error_messages={"required": gettext_lazy("Give the date of the document.")},
    )


class LeaveForm(forms.Form):
    """Why steps are not taken."""

    reason = Text(
        label=gettext_lazy("why it is left"),
        max_length=200,
        error_messages={"required": gettext_lazy("Say why it is left as it is.")},
    )
