"""Entries of the log in words: verbs, kinds of objects, fields and values, and links."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from .models import AuditEntry

# Acts by the word under which they are recorded; an act that is missing shows its word.
VERBS = {
    "add": pgettext_lazy("act", "added"),
    "change": pgettext_lazy("act", "changed"),
    "delete": pgettext_lazy("act", "deleted"),
    "remove": pgettext_lazy("act", "removed"),
    "verify": pgettext_lazy("act", "survey verified"),
    "merge": pgettext_lazy("act", "merged"),
    "receive": pgettext_lazy("act", "took in by merging"),
    "demolish": pgettext_lazy("act", "marked as demolished"),
    "split": pgettext_lazy("act", "split"),
    "recode": pgettext_lazy("act", "recoded"),
    "move": pgettext_lazy("act", "moved"),
    "rename": pgettext_lazy("act", "renamed"),
    "attach": pgettext_lazy("act", "attached"),
    "remove_attachment": pgettext_lazy("act", "removed an attachment"),
    "download": pgettext_lazy("act", "downloaded"),
    "add_building": pgettext_lazy("act", "added a building"),
    "change_building": pgettext_lazy("act", "changed a building"),
    "delete_building": pgettext_lazy("act", "deleted a building"),
    "correct_adjacency": pgettext_lazy("act", "corrected an adjacency"),
    "save_view": pgettext_lazy("act", "saved a view"),
    "forget_view": pgettext_lazy("act", "deleted a view"),
    "login": pgettext_lazy("act", "logged in"),
    "login_failed": pgettext_lazy("act", "failed to log in"),
    "logout": pgettext_lazy("act", "logged out"),
    "refused": pgettext_lazy("act", "was refused"),
    "export": pgettext_lazy("act", "exported"),
    "view": pgettext_lazy("act", "viewed"),
    "verify_chain": pgettext_lazy("act", "verified the log"),
    "add_account": pgettext_lazy("act", "added the account"),
    "switch_off": pgettext_lazy("act", "switched the account off"),
    "switch_on": pgettext_lazy("act", "switched the account on"),
    "reset_password": pgettext_lazy("act", "reset the password"),
    "change_password": pgettext_lazy("act", "changed their password"),
    "unlock": pgettext_lazy("act", "unlocked the account"),
    "give_post": pgettext_lazy("act", "gave a post"),
    "end_post": pgettext_lazy("act", "ended a post"),
    "upload": pgettext_lazy("act", "uploaded"),
    "import": pgettext_lazy("act", "imported"),
    "undo": pgettext_lazy("act", "undone"),
    "edit": pgettext_lazy("act", "changed an application"),
    "object": pgettext_lazy("act", "recorded an objection"),
    "settle": pgettext_lazy("act", "settled an objection"),
    "publicise": pgettext_lazy("act", "posted for public notice"),
    "undo_import": pgettext_lazy("act", "undid the import"),
    "confirm": pgettext_lazy("act", "confirmed"),
    "cancel": pgettext_lazy("act", "cancelled"),
    "classify": pgettext_lazy("act", "classified"),
    "watch": pgettext_lazy("act", "judged by the rebound watch"),
    "begin": pgettext_lazy("act", "begun"),
    "close": pgettext_lazy("act", "closed"),
    "create": pgettext_lazy("act", "entered"),
    "report": pgettext_lazy("act", "reported"),
    "reverse": pgettext_lazy("act", "reversed"),
    "run": pgettext_lazy("act", "ran the classification"),
    "try": pgettext_lazy("act", "tried a policy out"),
    "draft": pgettext_lazy("act", "drafted"),
    "copy": pgettext_lazy("act", "copied"),
    "publish": pgettext_lazy("act", "published"),
    "retire": pgettext_lazy("act", "retired"),
    "propose": pgettext_lazy("act", "proposed"),
    "approve": pgettext_lazy("act", "approved"),
    "reject": pgettext_lazy("act", "rejected"),
    "expire": pgettext_lazy("act", "ended by its last day"),
    "return": pgettext_lazy("act", "returned"),
    "withdraw": pgettext_lazy("act", "withdrew"),
    "invite": pgettext_lazy("act", "invited"),
    "answer": pgettext_lazy("act", "noted the answer"),
    "assign_duty": pgettext_lazy("act", "gave a duty"),
    "end_duty": pgettext_lazy("act", "ended a duty"),
    "found": pgettext_lazy("act", "founded"),
    "dissolve": pgettext_lazy("act", "dissolved"),
    "apply": pgettext_lazy("act", "applied a proposal"),
    "leave_step": pgettext_lazy("act", "left a step as it is"),
    "cover": pgettext_lazy("act", "changed what the grid covers"),
    "uncover": pgettext_lazy("act", "took out of the grid"),
    "pair": pgettext_lazy("act", "paired"),
    "end_pairing": pgettext_lazy("act", "ended a pairing"),
    "join": pgettext_lazy("act", "took compounds in or out"),
    "compute": pgettext_lazy("act", "computed"),
    "recompute": pgettext_lazy("act", "computed anew"),
    "decide": pgettext_lazy("act", "decided"),
    "check": pgettext_lazy("act", "checked"),
    "emergency_on": pgettext_lazy("act", "switched emergency mode on"),
    "emergency_off": pgettext_lazy("act", "switched emergency mode off"),
    "reveal": pgettext_lazy("act", "saw the telephone number in full"),
    "submit": pgettext_lazy("act", "submitted"),
    "prepare": pgettext_lazy("act", "prepared"),
    "commit_year": pgettext_lazy("act", "committed the year"),
    "release_year": pgettext_lazy("act", "released what was left of the year"),
    "release_payments": pgettext_lazy("act", "released the payments"),
    "reconcile": pgettext_lazy("act", "took over what the bank answered"),
    "send_back": pgettext_lazy("act", "entered that the bank sent it back"),
    "lower_claim": pgettext_lazy("act", "lowered the claim by what the bank sent back"),
    "reveal_account": pgettext_lazy("act", "saw the account number in full"),
    "find": pgettext_lazy("act", "looked a number up"),
    "leave": pgettext_lazy("act", "noted the leaving"),
    "erase": pgettext_lazy("act", "deleted the personal data"),
    "open": pgettext_lazy("act", "opened the case"),
    "advance": pgettext_lazy("act", "moved the case on"),
    "suspend": pgettext_lazy("act", "suspended"),
    "resume": pgettext_lazy("act", "resumed"),
    "lose": pgettext_lazy("act", "recorded the loss of service"),
    "plan": pgettext_lazy("act", "wrote the plan"),
    "draw_curves": pgettext_lazy("act", "had the curves reckoned"),
    "consult": pgettext_lazy("act", "recorded a consultation"),
    "look": pgettext_lazy("act", "inspected on site"),
    "set_deadline": pgettext_lazy("act", "set a deadline"),
    "reckon": pgettext_lazy("act", "reckoned the deadline anew"),
    "apply_filing": pgettext_lazy("act", "applied for filing"),
    "review": pgettext_lazy("act", "reviewed"),
    "file": pgettext_lazy("act", "filed the firm"),
    "staff": pgettext_lazy("act", "set the staff"),
    "remove_base": pgettext_lazy("act", "took a base away"),
    "rate": pgettext_lazy("act", "entered a rating"),
    "credit": pgettext_lazy("act", "entered credit points"),
    "give_card": pgettext_lazy("act", "gave a card"),
    "correct_card": pgettext_lazy("act", "noted the correction"),
    "propose_blacklisting": pgettext_lazy("act", "proposed for the blacklist"),
    "give_opinion": pgettext_lazy("act", "gave the street's opinion"),
    "notify": pgettext_lazy("act", "notified the firm"),
    "appeal": pgettext_lazy("act", "entered an appeal"),
    "decide_appeal": pgettext_lazy("act", "decided the appeal"),
    "plan_instalments": pgettext_lazy("act", "planned the instalments"),
    "receive_money": pgettext_lazy("act", "recorded a receipt"),
    "close_books": pgettext_lazy("act", "closed the books"),
    "reopen_books": pgettext_lazy("act", "reopened the books"),
    "hear": pgettext_lazy("act", "wrote down what the firm said"),
    "blacklist": pgettext_lazy("act", "blacklisted"),
    "reject_blacklisting": pgettext_lazy("act", "rejected the blacklisting"),
    "lift_blacklisting": pgettext_lazy("act", "lifted the blacklisting"),
    "sign_contract": pgettext_lazy("act", "entered the signing"),
    "file_contract": pgettext_lazy("act", "put the contract on file"),
    "give_notice": pgettext_lazy("act", "entered a notice"),
    "decide_renewal": pgettext_lazy("act", "entered the owners' decision"),
    "end_contract": pgettext_lazy("act", "entered the end of the contract"),
    "pass_gate": pgettext_lazy("act", "passed a gate"),
    "close_lot": pgettext_lazy("act", "closed the lot"),
    "keep_sheet": pgettext_lazy("act", "kept a viability sheet"),
    "activate": pgettext_lazy("act", "put into service"),
    "end": pgettext_lazy("act", "entered the end of service"),
    "lock": pgettext_lazy("act", "set a lock"),
    "refuse": pgettext_lazy("act", "recorded a refusal"),
    "release": pgettext_lazy("act", "released"),
    "take_over": pgettext_lazy("act", "took over from a sheet"),
    "take_back": pgettext_lazy("act", "took back what was taken over"),
    "start_handover": pgettext_lazy("act", "began a hand-over list"),
    "edit_handover": pgettext_lazy("act", "wrote the hand-over list"),
}

# Names of changes that are no fields of a model.
NAMES = {
    "instalments": gettext_lazy("instalments"),
    "address": gettext_lazy("network address"),
    "path": gettext_lazy("page"),
    "rows": gettext_lazy("rows"),
    "filter": gettext_lazy("filter"),
    "post": gettext_lazy("post"),
    "compounds": gettext_lazy("compounds"),
    "communities": gettext_lazy("communities"),
    "merged": gettext_lazy("merged"),
    "covers": gettext_lazy("covers"),
    "warnings": gettext_lazy("warnings"),
    "duties": gettext_lazy("duties"),
    "step": gettext_lazy("step"),
    "line": gettext_lazy("line"),
    "lacks": gettext_lazy("what the firm lacks"),
    "base": gettext_lazy("base"),
    "steps": gettext_lazy("rate steps"),
    "conditions": gettext_lazy("conditions of eligibility"),
    "bands": gettext_lazy("bands of the assessment"),
    "deductions": gettext_lazy("deductions"),
    "shares": gettext_lazy("shares of the funding"),
    "clawbacks": gettext_lazy("terms of clawback"),
    "file": gettext_lazy("file"),
    "accounts": gettext_lazy("new accounts"),
    "orders_missing": gettext_lazy("still at the bank"),
    "orders_failed": gettext_lazy("orders that failed"),
    "orders_paid": gettext_lazy("orders paid"),
    "orders": gettext_lazy("orders"),
}

# Changes noted with one object that are fields of another. Rooms above are named by label only.
FIELDS = (
    {
        ("registry.compound", name): "providers.invitation"
        for name in ("provider", "round", "invited_on", "answer", "answered_on", "letter")
    }
    | {
        ("clusters.cluster", name): "clusters.fivehave"
        for name in ("item", "is_met", "evidence", "premises", "meets_standard", "checked_on")
    }
    | {("contracts.lot", "is_carrier"): "contracts.lotmember"}
)
FIELDS |= {
    ("assignment.assignment", name): "assignment.handoveritem"
    for name in ("direction", "kind", "description", "quantity", "condition", "done_on", "note")
}
FIELDS |= {
    (kind, name): field_model
    for kind, field_model, names in (
        ("providers.provider", "providers.ratingentry", ("issued_on", "score", "issuer")),
        ("providers.provider", "providers.creditevent", ("points", "on")),
        (
            "providers.provider",
            "providers.card",
            ("colour", "given_on", "correct_by", "corrected_on", "correction"),
        ),
        ("registry.compound", "providers.card", ("colour", "given_on", "correct_by")),
        ("providers.filing", "providers.filingreview", ("level", "is_passed", "opinion")),
        (
            "providers.provider",
            "providers.blacklistentry",
            (
                "reason",
                "document",
                "street",
                "is_supported",
                "opinion",
                "notified_on",
                "heard_until",
                "hearing",
                "heard_on",
                "decision",
                "decision_document",
                "term_from",
                "term_until",
            ),
        ),
    )
    for name in names
}

# Pages of objects: URL name and the attribute it takes. Rooms above are named by URL only.
PAGES = {
    "recovery.exitreview": ("recovery:exit_detail", "pk"),
    "recovery.clawback": ("recovery:clawback_detail", "pk"),
    "entitlements.termchange": ("entitlements:change_detail", "pk"),
    "registry.compound": ("dashboards:compound_dossier", "code"),
    "registry.import": ("registry:import_detail", "pk"),
    "payees.payeeaccount": ("payees:payee_detail", "pk"),
    "payments.disbursement": ("payments:disbursement_detail", "pk"),
    "payments.paymentorder": ("payments:order_detail", "pk"),
    "party_grid.partyorganisation": ("party_grid:organisation_detail", "pk"),
    "party_grid.proposal": ("party_grid:proposal_detail", "pk"),
    "providers.provider": ("providers:provider_detail", "pk"),
    "providers.filing": ("providers:filing_detail", "pk"),
    "assignment.assignment": ("assignment:assignment_detail", "pk"),
    "people.person": ("people:person_detail", "pk"),
    "clusters.cluster": ("clusters:cluster_detail", "pk"),
    "contracts.contract": ("contracts:contract_detail", "pk"),
    "contracts.lot": ("contracts:lot_detail", "pk"),
    "classification.policy": ("classification:policy_detail", "pk"),
    "programmes.programme": ("programmes:programme_detail", "pk"),
    "clearing.case": ("clearing:case_detail", "compound__code"),
    "classification.run": ("classification:run_detail", "pk"),
    "organisation.user": ("organisation:account_detail", "pk"),
}


@dataclass(frozen=True)
class Change:
    """One changed field in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """An entry as a page shows it."""

    entry: AuditEntry
    verb: str
    kind: str
    url: str
    changes: tuple[Change, ...]


def lines(entries: Iterable[AuditEntry], user) -> list[Line]:
    """Entries in words; links only to pages whose objects still exist."""
    entries = list(entries)
    pages = _pages(entries, user)
    return [
        Line(
            entry=entry,
            verb=verb_of(entry.verb),
            kind=kind_of(entry.object_type),
            url=pages.get((entry.object_type, entry.object_id), ""),
            changes=tuple(changes_of(entry)),
        )
        for entry in entries
    ]


def verb_of(verb: str) -> str:
    return str(VERBS.get(verb, verb))


def kind_of(object_type: str) -> str:
    model = _model(object_type)
    return capfirst(str(model._meta.verbose_name)) if model else object_type


def changes_of(entry: AuditEntry) -> Iterable[Change]:
    """The changes of an entry under the names and labels of its model."""
    for name, pair in entry.changes.items():
        field = field_of(entry.object_type, name)
        label = field.verbose_name if field is not None else NAMES.get(name, name)
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        yield Change(capfirst(str(label)), _in_words(field, before), _in_words(field, after))


def kinds() -> list[tuple[str, str]]:
    """Kinds of objects that rooms write about, for the filter."""
    rooms = [config for config in apps.get_app_configs() if config.name.startswith(_WINGS)]
    models = [
        model
        for config in rooms
        for model in config.get_models()
        if not model._meta.label_lower.split(".")[1].startswith("historical")
    ]
    return sorted(
        ((model._meta.label_lower, capfirst(str(model._meta.verbose_name))) for model in models),
        key=lambda pair: pair[1],
    )


_WINGS = ("governance.", "compounds.", "subsidies.")


@cache
def _model(object_type: str):
    try:
        return apps.get_model(object_type)
    except (LookupError, ValueError):
        return None


def field_of(object_type: str, name: str):
    """The field a noted change is about, of the object's own model or of another."""
    return _field(object_type, name) or _field(FIELDS.get((object_type, name), ""), name)


def _field(object_type: str, name: str):
    model = _model(object_type)
    if model is None:
        return None
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if field.concrete else None


def _in_words(field, value) -> str:
    if value is None or value == "":
        return "—"
    if value is True or value is False:
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "、".join(_in_words(field, one) for one in value)
    if isinstance(value, dict):
        return "；".join(f"{key} {_in_words(None, one)}" for key, one in value.items())
    labels = dict(getattr(field, "flatchoices", ()))
    if value in labels:
        return str(labels[value])
    if isinstance(value, int | float):
        is_year = field is not None and field.name.endswith("year")
        return str(value) if is_year else number_format(value, force_grouping=True)
    moment = _moment(value)
    return date_format(moment, "Y-m-d H:i") if moment else str(value)


def _moment(value: str) -> dt.datetime | None:
    try:
        found = parse_datetime(value) if "T" in value else None
    except ValueError:
        return None
    return localtime(found) if found and found.tzinfo else None


def _pages(entries: list[AuditEntry], user) -> dict[tuple[str, str], str]:
    """Addresses of the objects that still exist, one query for each kind."""
    wanted: dict[str, set[str]] = {}
    for entry in entries:
        if entry.object_type in PAGES and entry.object_id.isdecimal():
            wanted.setdefault(entry.object_type, set()).add(entry.object_id)
    found = {}
    for kind, ids in wanted.items():
        name, attribute = PAGES[kind]
        model = _model(kind)
        if model is None or (kind == "organisation.user" and not user.scope.has("account.manage")):
            continue
        for pk, argument in model._default_manager.filter(pk__in=ids).values_list("pk", attribute):
            try:
                found[kind, str(pk)] = reverse(name, args=[argument])
            except NoReverseMatch:
                break
    return found
