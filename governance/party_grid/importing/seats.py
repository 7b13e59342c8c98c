"""Which seat a row of the roster names: its duty, and the building or entrance it is held for."""

from django.utils.translation import gettext_noop as _

from compounds.registry.importing.sheets import Context, Plan

from ..rules import Seat
from . import holders
from .parts import Parts, pick
from .roster import KIND_WORDS, PLACES

DOT = " · "


def find_seat(plan: Plan, context: Context, parts: Parts) -> None:
    """Find what the duty is held for."""
    said = plan.record.values
    kind = _kind(plan, context)
    where = [plan.label, said.get("building"), said.get("entrance")]
    if plan.record.is_refused or kind is None:
        plan.label = DOT.join([" ".join(filter(None, where)), said.get("name", "")])
        return
    compound = plan.context["compound"]
    if compound is None:
        plan.refuse(
            _("This compound is not in the register yet: import it first."), "compound_name"
        )
        return
    if kind.seat == Seat.COMPOUND:
        where = where[:1]
    building = entrance = None
    if kind.seat != Seat.COMPOUND:
        building = _building(plan, parts.buildings[compound])
    if building and kind.seat == Seat.ENTRANCE:
        entrance = _entrance(plan, parts.entrances[building.pk])
    elif building and "entrance" in said:
        where = where[:2]
        plan.warn(_("This duty is held for the building; the entrance is not kept."), "entrance")
    plan.label = DOT.join([f"{' '.join(filter(None, where))} {kind.name}", said["name"]])
    if plan.record.is_refused:
        return
    plan.shown_key = plan.context["code"]
    plan.context |= {
        "kind": kind.key,
        "building": building.pk if building else None,
        "entrance": entrance.pk if entrance else None,
    }


def _kind(plan: Plan, context: Context):
    kinds = holders.kinds(context)
    by_name = context.known.get("kinds_by_name")
    if by_name is None:
        offered = {kind.name: kind for kind in kinds.values() if kind.seat in PLACES}
        words = {word: kinds[key] for word, key in KIND_WORDS.items() if key in kinds}
        by_name = context.known["kinds_by_name"] = {**words, **offered}
    text = plan.record.values.get("position", "")
    kind = by_name.get(text)
    if kind is None and text:
        offered = "、".join(k.name for k in kinds.values() if k.seat in PLACES)
        plan.refuse(
            _("This is not in the list: %(offered)s."),
            "position",
            offered=offered,
        )
    return kind


def _building(plan: Plan, buildings):
    text = plan.record.values.get("building")
    if not text:
        plan.refuse(_("This duty is held for a building: name it."), "building")
        return None
    found = pick(buildings, text)
    if found is None:
        plan.refuse(_("This compound has no such building in the register."), "building")
    return found


def _entrance(plan: Plan, entrances):
    text = plan.record.values.get("entrance")
    if not text:
        plan.refuse(_("This duty is held for an entrance: name it."), "entrance")
        return None
    found = pick(entrances, text)
    if found is None:
        plan.refuse(_("This building has no such entrance in the register."), "entrance")
    return found
