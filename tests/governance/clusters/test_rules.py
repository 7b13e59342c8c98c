"""The five haves: what shows that an item is in place, and what contradicts it."""

import pytest

from governance.clusters.rules import Facts, Mark, hint, refusals

STANDS = Facts(has_organisation=True, organisation_stands=True, compounds=2, members=9)
NOTHING = Facts(has_organisation=False, organisation_stands=False, compounds=0)
DISSOLVED = Facts(has_organisation=True, organisation_stands=False, compounds=2)
UNLISTED = Facts(True, True, 2, ("样例院",))


@pytest.mark.parametrize(
    ("item", "facts", "code"),
    [
        ("ORGANISATION", STANDS, "STANDS"),
        ("ORGANISATION", NOTHING, "NO_ORGANISATION"),
        ("ORGANISATION", DISSOLVED, "DISSOLVED"),
        ("LEDGER", STANDS, "LISTED"),
        ("LEDGER", UNLISTED, "UNLISTED"),
        ("LEDGER", NOTHING, "NO_COMPOUNDS"),
        ("VENUE", NOTHING, ""),
        ("CONTACT", NOTHING, ""),
        ("EMERGENCY_PLAN", NOTHING, ""),
    ],
)
def test_the_register_hints_at_organisation_and_ledger(item, facts, code):
    assert hint(item, facts) == code


@pytest.mark.parametrize(
    ("mark", "facts", "expected"),
    [
        (Mark("CONTACT", True, "连心卡"), NOTHING, []),
        (Mark("CONTACT", True, " "), NOTHING, [("NO_EVIDENCE", "evidence")]),
        (Mark("CONTACT", False), NOTHING, []),
        (Mark("ORGANISATION", True, "批复"), STANDS, []),
        (Mark("ORGANISATION", True, "批复"), DISSOLVED, [("DISSOLVED", "is_met")]),
        (Mark("ORGANISATION", False), DISSOLVED, []),
        (Mark("LEDGER", True, "台账"), UNLISTED, [("UNLISTED", "is_met")]),
        (Mark("LEDGER", None), UNLISTED, []),
        (Mark("VENUE", True, "一层", "IDLE", True), NOTHING, []),
        (Mark("CONTACT", False, "", "IDLE"), NOTHING, [("NOT_A_VENUE", "premises")]),
    ],
)
def test_in_place_needs_evidence_and_nothing_against_it(mark, facts, expected):
    assert list(refusals(mark, facts)) == expected
