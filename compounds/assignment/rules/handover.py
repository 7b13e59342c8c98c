"""What is handed over with a compound, unless the people concerned write another list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

IN, OUT = "IN", "OUT"


@dataclass(frozen=True)
class Line:
    """One line of a list of what is handed over: its kind, what it says, and its law."""

    kind: str
    description: Any
    source: str


# Civil Code 949: who leaves hands back the property rooms, the facilities and the materials that
# the service needs, helps whoever follows, and tells truly how things are used and managed.
# Civil Code 950: until the next one takes over, who leaves goes on, and may charge for it.
DEFAULT_LINES: dict[str, tuple[Line, ...]] = {
    IN: (
        Line("DOCUMENTS", _("drawings, completion papers and records of repairs"), "949"),
        Line("OWNERS", _("list of owners and households with their areas"), "949"),
        Line("ROOMS", _("property rooms, with their keys"), "949"),
        Line("EQUIPMENT", _("shared facilities and equipment, with their condition"), "949"),
        Line("SECURITY", _("fire protection, gates and cameras"), "949"),
        Line("FUNDS", _("accounts of fees, public revenue and deposits"), "949"),
        Line("STAFF", _("staff on post, notice board and service telephone"), "949"),
    ),
    OUT: (
        Line("DOCUMENTS", _("drawings, completion papers and records of repairs"), "949"),
        Line("OWNERS", _("list of owners and state of their fees"), "949"),
        Line("ROOMS", _("property rooms handed back, cleared"), "949"),
        Line("EQUIPMENT", _("shared facilities and equipment, with their condition"), "949"),
        Line("KEYS", _("keys, cards and passwords of gates and systems"), "949"),
        Line("FUNDS", _("fees paid in advance, deposits and public revenue settled"), "949"),
        Line("OTHER", _("service bridged until the next provider takes over"), "950"),
    ),
}
