"""The heads of one compound: a page for somebody who stands in its yard with a phone."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from compounds.registry.models import Building, Compound, Entrance
from governance.organisation.scope import REGISTER_VIEW

from ..forms import EndForm, ReplaceForm, SeatForm
from ..models import Duty, DutyKind
from ..rules import BUILDING_HEAD, ENTRANCE_HEAD
from ..rules.duties import HEADS
from ..services.duties import EDIT
from . import duties as acts
from .common import PEOPLE

SEAT, REPLACE, END = "seat", "replace", "end"


@dataclass
class Seat:
    """A building or entrance with its head, and the form that is open there."""

    key: str
    row: Building | Entrance
    kind: DutyKind | None
    duty: Duty | None
    act: str = ""
    form: Any = None
    is_taken: bool = False  # somebody was seated here while the form was filled in


@dataclass
class Block:
    """A building and its entrances."""

    head: Seat
    entrances: list[Seat]

    @property
    def vacant(self) -> int:
        return sum(seat.duty is None for seat in [self.head, *self.entrances])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def compound_heads(request, code):
    """Buildings and entrances with their heads; one of them may be open for an act.

    `open` names the seat and `act` what to do there, in the address or among what was sent, so
    that the page works without scripts.
    """
    user = request.user
    user.scope.require(REGISTER_VIEW)
    compound = get_object_or_404(
        Compound.objects.visible_to(user).select_related("community"), code=code
    )
    blocks = _blocks(compound)
    may_edit = user.scope.can(EDIT, compound) and compound.status == "ACTIVE"
    opened = None
    if request.method == "POST":
        user.scope.require(EDIT, compound)
    if may_edit:
        opened = _opened(request, blocks)
        done = opened and _work(request, opened)
        if done:
            return redirect(done)
    seats = [seat for block in blocks for seat in (block.head, *block.entrances)]
    only_vacant = request.GET.get("vacant") == "1"
    return render(
        request,
        "governance/party_grid/compound_heads.html",
        {
            "compound": compound,
            "blocks": [block for block in blocks if block.vacant or not only_vacant],
            "only_vacant": only_vacant,
            "opened": opened,
            "may_edit": may_edit,
            "sees_people": user.scope.can(PEOPLE, compound),
            "counts": _counts(seats),
            "residents": acts.residents_of(request, compound) if opened else [],
        },
    )


def _blocks(compound: Compound) -> list[Block]:
    kinds = DutyKind.objects.in_bulk(HEADS)
    held = {
        (duty.kind_id, duty.entrance_id or duty.building_id): duty
        for duty in Duty.objects.held()
        .filter(compound=compound, kind__in=HEADS)
        .select_related("person")
    }
    doors: dict[int, list[Seat]] = {}
    for one in Entrance.objects.filter(building__compound=compound).order_by("pk"):
        duty = held.get((ENTRANCE_HEAD, one.pk))
        seat = Seat(f"entrance-{one.pk}", one, kinds.get(ENTRANCE_HEAD), duty)
        doors.setdefault(one.building_id, []).append(seat)
    return [
        Block(
            Seat(
                f"building-{one.pk}",
                one,
                kinds.get(BUILDING_HEAD),
                held.get((BUILDING_HEAD, one.pk)),
            ),
            doors.get(one.pk, []),
        )
        for one in compound.buildings.order_by("pk")
    ]


def _counts(seats: list[Seat]) -> dict[str, tuple[int, int]]:
    found = {}
    for name, model in (("buildings", Building), ("entrances", Entrance)):
        own = [seat for seat in seats if isinstance(seat.row, model)]
        found[name] = (sum(seat.duty is not None for seat in own), len(own))
    return found


def _opened(request, blocks: list[Block]) -> Seat | None:
    """The seat that is open, with the form of its act."""
    given = request.POST if request.method == "POST" else request.GET
    key, act = given.get("open", ""), given.get("act", SEAT)
    if not key:
        return None
    for block in blocks:
        for seat in (block.head, *block.entrances):
            if seat.key == key and seat.kind:
                _give_form(request, seat, act)
                return seat
    raise Http404


def _give_form(request, seat: Seat, act: str) -> None:
    sent = request.POST if request.method == "POST" else None
    if seat.duty is None:
        # Whoever was to be replaced or ended is gone already: the seat is free.
        seat.act = SEAT
        seat.form = SeatForm(sent, user=request.user, kinds=[seat.kind])
        return
    version = {"version": seat.duty.version}
    if act == END:
        seat.act, seat.form = END, EndForm(sent, initial=version)
        return
    seat.act = REPLACE
    if sent and act == SEAT:
        # Nothing is done with what was sent: it is offered again, beside whoever sits there now.
        seat.is_taken, sent = True, None
        version |= {name: request.POST.get(name, "") for name in ("name", "phone")}
    seat.form = ReplaceForm(sent, user=request.user, kinds=[seat.kind], initial=version)


def _work(request, seat: Seat) -> str:
    """Do what was sent; the address to go on to, or nothing."""
    if request.method != "POST" or not seat.form.is_valid():
        return ""
    page = request.path + ("?vacant=1" if request.GET.get("vacant") == "1" else "")
    if seat.act == END:
        return f"{page}#{seat.key}" if acts.end_held(request, seat.duty, seat.form) else ""
    if seat.act == REPLACE:
        seated = acts.replace_person(request, seat.duty, seat.form)
    else:
        seated = acts.seat_person(request, seat.row, seat.form)
    if not seated:
        return ""
    acts.tell(request, seated)
    return page if seated.warnings else f"{page}#{seat.key}"
