"""Where facts come from: a closed list of sources, stored by code beside each fact."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """Sources a correction may name."""

    SURVEY = "survey", _("survey form")
    SITE = "site", _("check on site")
    MAPPING = "mapping", _("surveying report")
    TITLE = "title", _("real estate register")
    UNIT = "unit", _("letter of the unit")
    FIRM = "firm", _("provider's report")
    RESIDENTS = "residents", _("residents' report")
    IMPORT = "import", _("imported workbook")
    OTHER = "other", _("other source")


# Written by a later room, never chosen by hand.
CAMPAIGN = "campaign"
_WRITTEN = {CAMPAIGN: _("clearing campaign")}


def label_of(source: str):
    """The source in words; what is no code is words already."""
    return dict(Source.choices).get(source) or _WRITTEN.get(source, source)
