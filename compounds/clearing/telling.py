"""What the campaign tells people: a kind of notice for each way a case comes to somebody's desk."""

from django.utils.translation import ngettext_lazy as _n

from governance.notices import kinds, sources

from .worklist import work_of

KINDS = {
    "case.surveyed": _n(
        "%(count)s surveyed compound waits for verification",
        "%(count)s surveyed compounds wait for verification",
        "count",
    ),
    "case.classified": _n(
        "%(count)s strategy waits for the street's confirmation",
        "%(count)s strategies wait for the street's confirmation",
        "count",
    ),
    "case.confirmed": _n(
        "%(count)s confirmed strategy waits for the district's approval",
        "%(count)s confirmed strategies wait for the district's approval",
        "count",
    ),
    "case.matching": _n(
        "%(count)s compound needs a provider",
        "%(count)s compounds need a provider",
        "count",
    ),
    "case.accepted": _n(
        "%(count)s served compound waits for acceptance on site",
        "%(count)s served compounds wait for acceptance on site",
        "count",
    ),
    "case.returned": _n(
        "%(count)s case was sent back to you",
        "%(count)s cases were sent back to you",
        "count",
    ),
}


def connect() -> None:
    for kind, sentence in KINDS.items():
        kinds.register(kind, sentence)
    sources.register("clearing", work_of)
