"""One contract: its page, its form by kind, and what is printed of it."""

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.audit import words
from governance.audit.models import AuditEntry
from governance.foundation import dates
from governance.foundation.errors import DomainError, NotAllowed, StaleRecord
from governance.organisation.access import right_required
from governance.organisation.calendar import calendar

from .. import deadlines, rules, services
from ..errors import in_words
from ..forms import (
    DUNNING,
    KIND_WORDS,
    ContractForm,
    cover_forms,
    item_forms,
    offered_compounds,
    plain_number,
    usual_items,
)
from ..models import Contract, Lot
from ..services import EDIT
from ..services.common import ITEM_FACTS, course_of, covers_of, terms_of
from ..tables import STATE_CLASS
from ..wording import CLOCKS, DUTIES, LAWS, days_left
from .common import FOLDER, compound_of, contract_of, show_refusal

Kind, State = Contract.Kind, Contract.State
ENTRIES = 30
MORE_ROWS = 3


@login_required
@require_safe
def contract_detail(request, pk):
    contract = contract_of(request, pk)
    today = dates.today()
    user = request.user
    covers = covers_of(contract)
    may_edit = user.scope.can(EDIT, contract)
    entries = AuditEntry.objects.history_for(user, "contracts.contract", contract.pk)
    context = {
        **_facts(contract, covers),
        "clocks": _clocks(contract, today),
        "duty": _duty(contract, today),
        "is_indefinite": rules.is_indefinite(course_of(contract), today),
        "steps": contract.steps.select_related("by"),
        "files": contract.files.filter(removed_at=None).select_related("uploaded_by"),
        "acts": _acts(contract, user, may_edit),
        "reasons": (
            [in_words(one) for one in rules.signing_refusals(terms_of(contract))]
            if contract.state == State.DRAFT
            else None
        ),
        "successors": contract.followed_by.exclude(state=State.CANCELLED),
        "lines": words.lines(entries[:ENTRIES], user),
        "may_edit": may_edit,
        "may_attach": may_edit or services.may_file(user, contract),
        "state_class": STATE_CLASS[contract.state],
    }
    return render(request, f"{FOLDER}/contract_detail.html", context)


def _facts(contract: Contract, covers) -> dict:
    """What stands in the contract, for the page and for paper."""
    dunning = dict(DUNNING)
    known = [cover.area_m2 for cover in covers if cover.area_m2 is not None]
    households = [cover.compound.household_count or 0 for cover in covers]
    return {
        "contract": contract,
        "covers": covers,
        "items": list(contract.items.order_by("pk")),
        "dunning": [dunning.get(code, code) for code in contract.dunning.split()],
        "area": sum(known) if len(known) == len(covers) else None,
        "households": sum(households),
        "place": contract.community or contract.street or contract.district,
        "fee": plain_number(contract.fee_per_m2) if contract.fee_per_m2 is not None else "",
    }


def _duty(contract: Contract, today: dt.date) -> dict | None:
    """What is due next: words, day and how long until then."""
    duty = deadlines.duty_of(contract, today)
    if duty == rules.Duty.NONE:
        return None
    known = calendar()
    day = deadlines.shown_due(contract.state, contract.due_on, known)
    if duty == rules.Duty.INDEFINITE:
        day = None
    css, left = days_left(day, today) if day else ("", "")
    return {
        "words": DUTIES[duty],
        "day": day,
        "css": css,
        "left": left,
        "was_moved": day is not None and day != contract.due_on,
        "moved_from": contract.due_on,
        "is_provisional": duty == rules.Duty.FILE and not known.is_arranged(day.year),
    }


def _clocks(contract: Contract, today: dt.date) -> list[dict]:
    """The days that a fixed term sets, with how long until then."""
    if contract.state not in (State.SIGNED, State.FILED) or contract.ends_on is None:
        return []
    found = []
    for clock in rules.notice_clocks(contract.ends_on):
        left = (clock.on - today).days
        found.append(
            {
                "words": CLOCKS[clock.key],
                "on": clock.on,
                "law": LAWS.get(clock.law, "") if clock.key != "END" else "",
                "is_past": left < 0,
                "left": left,
                "given_late": (
                    contract.notice_on is not None
                    and contract.notice_by_provider is (clock.key == "PROVIDER_NOTICE")
                    and clock.key in ("PROVIDER_NOTICE", "OWNERS_NOTICE")
                    and contract.notice_on > clock.on
                ),
            }
        )
    return found


def _acts(contract: Contract, user, may_edit: bool) -> list[dict]:
    """What this person may do next, the most natural first."""
    found: list[tuple[str, str, bool]] = []
    if contract.state == State.DRAFT and may_edit:
        found = [
            ("contract_sign", _("Enter the signing"), True),
            ("contract_edit", _("Change the draft"), False),
            ("contract_cancel", _("Cancel it"), False),
        ]
    elif contract.state == State.SIGNED:
        if services.may_file(user, contract):
            found.append(("contract_file", _("Put it on file"), True))
        if may_edit:
            found.append(("contract_return", _("Return to the draft"), False))
            found.append(("contract_cancel", _("Cancel it"), False))
    elif contract.state == State.FILED and may_edit:
        found.append(("contract_renewal", _("Enter the owners' decision"), True))
        if contract.notice_on is None:
            found.append(("contract_notice", _("Enter a notice"), False))
        found.append(("contract_end", _("Enter the end"), False))
    acts = [
        {"url": reverse(f"contracts:{name}", args=[contract.pk]), "label": label, "is_first": first}
        for name, label, first in found
    ]
    has_next = contract.followed_by.exclude(state=State.CANCELLED).exists()
    if contract.state == State.FILED and may_edit and not has_next:
        address = f"{reverse('contracts:contract_add')}?follows={contract.pk}&kind={contract.kind}"
        acts.insert(1, {"url": address, "label": _("Draft the next contract"), "is_first": False})
    return acts


# -- the form --------------------------------------------------------------------------------------
@right_required(EDIT)
def contract_add(request):
    """Kind first, then a form that shows only what this kind needs."""
    kind = request.GET.get("kind", "")
    follows = _followed(request)
    if kind not in Kind.values:
        kept = {k: v for k, v in request.GET.items() if k in ("compound", "lot", "follows")}
        query = "".join(f"&{name}={value}" for name, value in kept.items() if value.isascii())
        kinds = [
            {"value": one.value, "label": one.label, "words": KIND_WORDS[one], "query": query}
            for one in Kind
        ]
        return render(request, f"{FOLDER}/contract_kind.html", {"kinds": kinds})
    return _form_page(request, kind, follows=follows)


def _followed(request) -> Contract | None:
    text = request.GET.get("follows", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return None
    return contract_of(request, int(text), EDIT)


@login_required
def contract_edit(request, pk):
    contract = contract_of(request, pk, EDIT)
    if contract.state != State.DRAFT:
        messages.warning(request, _("Only a draft can be changed: return the contract first."))
        return redirect("contracts:contract_detail", pk)
    return _form_page(request, contract.kind, contract=contract)


def _form_page(request, kind: str, *, contract: Contract | None = None, follows=None):
    data = _with_more_rows(request) if request.method == "POST" else None
    is_growing = data is not None and ("more_covers" in data or "more_items" in data)
    initial, covers, items = _initial(request, kind, contract, follows)
    form = ContractForm(
        data,
        kind=kind,
        user=request.user,
        is_new=contract is None,
        instance=contract,
        initial=initial,
    )
    cover_rows = cover_forms(data, initial=covers, user=request.user)
    item_rows = item_forms(data, initial=items, kind=kind)
    parts = (form, cover_rows, item_rows)
    if is_growing:  # nothing is judged before it is sent for good
        for part in (form, *cover_rows, *item_rows):
            part._errors = {}
    if data is not None and not is_growing and all(part.is_valid() for part in parts):
        done = _write(request, form, cover_rows, item_rows, contract, follows)
        if done is not None:
            return done
    context = {
        "form": form,
        "covers": cover_rows,
        "items": item_rows,
        "kind": Kind(kind),
        "kind_words": KIND_WORDS[Kind(kind)],
        "contract": contract,
        "follows": follows,
        "offered": offered_compounds(request.user),
        "is_growing": is_growing,
    }
    return render(request, f"{FOLDER}/contract_form.html", context)


def _with_more_rows(request):
    """What was sent, with a few more rows where they were asked for."""
    data = request.POST.copy()
    for name in ("covers", "items"):
        total = data.get(f"{name}-TOTAL_FORMS", "")
        if f"more_{name}" in data and total.isdigit() and len(total) < 4:
            data[f"{name}-TOTAL_FORMS"] = str(int(total) + MORE_ROWS)
    return data


def _initial(request, kind: str, contract, follows) -> tuple[dict, list, list]:
    """What the form begins with: the draft, the contract that is followed, or what was asked."""
    source = contract or follows
    if source is not None:
        covers = [
            {
                "compound": cover.compound.code,
                "area_m2": plain_number(cover.area_m2) if cover.area_m2 is not None else "",
            }
            for cover in covers_of(source)
        ]
        items = [
            {name: getattr(item, name) for name in ITEM_FACTS}
            for item in source.items.order_by("pk")
        ]
        if contract is not None:
            return {"version": contract.version}, covers, items
        facts = {
            name: getattr(follows, name)
            for name in ContractForm._meta.fields
            if name not in ("number", "starts_on", "ends_on", "document")
        }
        if follows.ends_on:
            facts["starts_on"] = follows.ends_on + dt.timedelta(days=1)
        return facts, covers, items
    facts: dict = {}
    covers = []
    if code := request.GET.get("compound"):
        compound = compound_of(request, code)
        covers = [{"compound": compound.code}]
        assigned = (
            compound.assignments.filter(state__in=["DISTRICT_APPROVED", "ACTIVE"])
            .order_by("-pk")
            .first()
        )
        facts["provider"] = assigned.provider_id if assigned else None
        if compound.has_committee is False:  # the community signs in its stead
            facts["party_a"] = Contract.PartyA.COMMUNITY
            facts["party_a_name"] = compound.community.name
        else:
            facts["party_a"] = Contract.PartyA.MANAGEMENT_COMMITTEE
            facts["party_a_name"] = _("%(name)s management committee") % {"name": compound.name}
    if (text := request.GET.get("lot", "")) and text.isascii() and text.isdigit():
        lot = get_object_or_404(Lot.objects.visible_to(request.user), pk=int(text[:9]))
        facts |= {"lot": lot.pk, "provider": lot.provider_id}
        members = lot.members.filter(left_on=None).select_related("compound")
        covers = [{"compound": one.compound.code} for one in members.order_by("compound__code")]
    return facts, covers, usual_items(kind)


def _write(request, form, covers, items, contract, follows):
    """Write what was typed; None where it was refused, and the form then says why."""
    said = {"by": request.user, "facts": form.facts, "compounds": covers.compounds}
    try:
        if contract is None:
            row = services.create_contract(**said, items=items.items, follows=follows)
            messages.success(request, _("The contract %(number)s was drafted.") % {"number": row})
        else:
            row = services.edit_contract(
                **said,
                items=items.items,
                contract=contract,
                version=form.cleaned_data["version"],
            )
            messages.success(request, _("The draft was changed."))
    except NotAllowed:
        raise
    except StaleRecord as error:
        messages.warning(request, str(error))
        return redirect("contracts:contract_edit", contract.pk)
    except (DomainError, ValidationError) as error:
        show_refusal(form, error)
        return None
    return redirect("contracts:contract_detail", row.pk)


# -- on paper --------------------------------------------------------------------------------------
@login_required
@require_safe
def contract_print(request, pk):
    """The contract as one sheet of A4."""
    contract = contract_of(request, pk)
    context = {**_facts(contract, covers_of(contract)), "printed_on": dates.today()}
    return render(request, f"{FOLDER}/contract_print.html", context)


@login_required
@require_safe
def filing_receipt(request, pk):
    """备案回执: that a contract was put on file."""
    contract = contract_of(request, pk)
    if contract.filed_on is None:
        raise Http404
    context = {**_facts(contract, covers_of(contract)), "printed_on": dates.today()}
    return render(request, f"{FOLDER}/filing_receipt.html", context)
