"""Words and chips of the campaign: deadlines as days, who may take a step, doors to conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from governance.organisation.scope import RIGHTS, Role

from . import rules
from .rules import states
from .services.evidence import Read

# What a step is called where it is done, by the state it leaves.
VERBS = {
    (states.ADVANCE, states.REGISTERED): pgettext_lazy("step", "Hand in the survey"),
    (states.ADVANCE, states.SURVEYED): pgettext_lazy("step", "Survey verified: go on"),
    (states.CONFIRM, states.CLASSIFIED): pgettext_lazy("step", "Confirm the strategy"),
    (states.ADVANCE, states.CLASSIFIED): pgettext_lazy("step", "Approve the strategy"),
    (states.ADVANCE, states.MATCHING): pgettext_lazy("step", "Provider found: go on"),
    (states.ADVANCE, states.CONSULTING): pgettext_lazy("step", "Signed: go on"),
    (states.ADVANCE, states.CONTRACTED): pgettext_lazy("step", "Provider moves in"),
    (states.ADVANCE, states.SERVING): pgettext_lazy("step", "Put forward for acceptance"),
    (states.ADVANCE, states.ACCEPTED): pgettext_lazy("step", "Cleared"),
}
KINDS = {
    states.RETURN: pgettext_lazy("step", "Send back"),
    states.SUSPEND: pgettext_lazy("step", "Suspend"),
    states.RESUME: pgettext_lazy("step", "Resume"),
    states.LEAVE: pgettext_lazy("step", "Take out of the campaign"),
}


def verb_of(kind: str, state: str) -> str:
    """What a step is called on its button."""
    return str(VERBS.get((kind, state)) or KINDS.get(kind, kind))


def due_words(due: dt.date, today: dt.date) -> tuple[str, str]:
    """A deadline in words (9 days left, 6 days over, today), and the class of its chip."""
    left = (due - today).days
    if left < 0:
        return ngettext("%(n)s day over", "%(n)s days over", -left) % {"n": -left}, "bad"
    if left == 0:
        return pgettext("deadline", "due today"), "warn"
    words = ngettext("%(n)s day left", "%(n)s days left", left) % {"n": left}
    return words, "warn" if left <= rules.SOON_DAYS else ""


def due_html(due: dt.date | None, today: dt.date) -> SafeString:
    """A deadline as a chip; the date on hover and in print."""
    if due is None:
        return SafeString("")
    words, css = due_words(due, today)
    return format_html(
        '<span class="chip due {}" title="{}">{}<span class="on-paper"> {}</span></span>',
        css,
        due.isoformat(),
        words,
        due.isoformat(),
    )


def roles_with(rights: Iterable[str]) -> str:
    """Who holds one of some rights, in words."""
    rights = set(rights)
    found = [str(role.label) for role in Role if rights & RIGHTS[role]]
    return _(", ").join(found)


def address(name: str, *args, query: str = "") -> str:
    """The address of a page; empty where no room offers it."""
    try:
        found = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    return f"{found}?{query}" if query else found


# What one must be allowed to do behind a door; the others may be opened by every reader.
DOOR_RIGHTS = {
    rules.gates.SURVEY: "registry.edit",
    rules.gates.VERIFY: "registry.verify",
    rules.gates.PLAN: states.WORK,
    rules.gates.CONSULTATION: states.WORK,
    rules.gates.HANDOVER: "assignment.propose",
    rules.gates.ACCEPTANCE: states.ACCEPT,
}


def may_open(door: str, scope, case, read: Read) -> bool:
    """Whether somebody can do behind a door what is asked for."""
    if door == rules.gates.CONTRACT and not read.contract:
        return scope.can("contract.edit", case)
    right = DOOR_RIGHTS.get(door)
    return right is None or scope.can(right, case)


def door_of(door: str, code: str, compound: int, read: Read) -> str:
    """Where a condition is met; empty where there is nothing to open."""
    if door == rules.gates.ASSIGNMENT:
        return (
            address("assignment:assignment_detail", read.assignment)
            if read.assignment
            else address("assignment:candidates", code)
        )
    if door == rules.gates.CONTRACT:
        return (
            address("contracts:contract_detail", read.contract)
            if read.contract
            else address("contracts:contract_add", query=f"compound={code}")
        )
    if door == rules.gates.CONSULTATION and read.consultation:
        return address("clearing:consultation_edit", read.consultation)
    if door == rules.gates.HANDOVER:
        return address("assignment:handover_edit", read.assignment, "in") if read.assignment else ""
    pages = {
        rules.gates.SURVEY: ("registry:compound_edit", code),
        rules.gates.DECISION: ("dashboards:dossier_classification", code),
        rules.gates.PLAN: ("clearing:plan_edit", code),
        rules.gates.CONSULTATION: ("clearing:consultation_add", code),
        rules.gates.ACCEPTANCE: ("clearing:acceptance_add", code),
    }
    if door == rules.gates.VERIFY:
        return address("registry:verify", query=f"ids={compound}")
    if door == rules.gates.CONFIRM:
        return "#steps"
    return address(*pages[door]) if door in pages else ""
