"""Verbs of the contracts' room."""

from .common import EDIT, FILE, LOT, may_file
from .drafting import (
    cancel_contract,
    create_contract,
    edit_contract,
    return_contract,
    sign_contract,
)
from .files import add_file, remove_file
from .lots import award_lot, close_lot, create_lot, edit_lot, pass_gate, set_members
from .past import PastContract, link_to_assignments, place_contracts, record_past
from .running import (
    NOT_BY_HAND,
    decide_renewal,
    end_contract,
    end_gone,
    end_lost,
    file_contract,
    give_notice,
)
from .sheets import keep_sheet

__all__ = [
    "EDIT",
    "FILE",
    "LOT",
    "NOT_BY_HAND",
    "PastContract",
    "add_file",
    "award_lot",
    "cancel_contract",
    "close_lot",
    "create_contract",
    "create_lot",
    "decide_renewal",
    "edit_contract",
    "edit_lot",
    "end_contract",
    "end_gone",
    "end_lost",
    "file_contract",
    "give_notice",
    "keep_sheet",
    "link_to_assignments",
    "may_file",
    "pass_gate",
    "place_contracts",
    "record_past",
    "remove_file",
    "return_contract",
    "set_members",
    "sign_contract",
]
