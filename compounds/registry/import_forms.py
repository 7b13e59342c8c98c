"""The forms of an import: which file for which area, and how it is confirmed."""

from django import forms
from django.utils.translation import gettext_lazy as _

from governance.organisation.models import Area

from .models import Import


class UploadForm(forms.Form):
    """A workbook and, for people with several posts, the area it is for."""

    file = forms.FileField(
        label=_("Workbook"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": _("Choose the workbook to import."),
            "empty": _("The file is empty."),
        },
    )
    area = forms.ModelChoiceField(label=_("For"), queryset=Area.objects.none(), required=False)

    def __init__(self, *args, areas: list[Area], **kwargs):
        super().__init__(*args, **kwargs)
        if len(areas) > 1:
            self.fields["area"].queryset = Area.objects.filter(pk__in=[a.pk for a in areas])
            self.fields["area"].empty_label = None
            self.fields["area"].initial = areas[0].pk
        else:
            del self.fields["area"]


class ConfirmForm(forms.Form):
    """What to write of a checked import."""

    mode = forms.ChoiceField(choices=Import.Mode.choices, required=False)
    leave_out = forms.BooleanField(required=False)

    def clean_mode(self) -> str:
        return self.cleaned_data["mode"] or Import.Mode.BOTH
