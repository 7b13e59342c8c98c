"""Curves and prices as sheets of a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from governance.foundation import downloads
from governance.foundation.spreadsheets import DECIMAL, INTEGER, TEXT, OutColumn, OutSheet

from .curves import CurvePage, Row


def sheets_of(page: CurvePage, user) -> list[OutSheet]:
    """A sheet of points and one of prices."""
    words = _("%(seconds)s seconds of each search, seed %(seed)s") % {
        "seconds": page.curve.seconds,
        "seed": page.curve.seed,
    }
    return [
        downloads.signed(
            user, _("Curves of a plan"), _point_columns(), list(_points(page)), words=words
        ),
        downloads.signed(
            user, _("Prices of rules and locks"), _cost_columns(), list(_costs(page)), words=words
        ),
    ]


def _columns(*named: tuple[str, str]) -> list[OutColumn]:
    return [OutColumn(name, kind) for name, kind in named]


def _point_columns() -> list[OutColumn]:
    return _columns(
        (_("Dial"), TEXT),
        (_("Value"), TEXT),
        (_("Plan"), TEXT),
        (_("Subsidy (yuan)"), DECIMAL),
        (_("Other public money (yuan)"), DECIMAL),
        (_("Public money (yuan)"), DECIMAL),
        (_("Compounds left"), INTEGER),
        (_("Households left"), INTEGER),
        (_("Differ from the plan"), INTEGER),
        (_("Objective (yuan-equivalent)"), DECIMAL),
    )


def _points(page: CurvePage) -> Iterator[list]:
    for dial, rows in (
        (_("Budget of subsidy"), page.budget_table),
        (_("Reach of a stepping stone"), page.reach_table),
        (_("Carry share"), page.carry_table),
    ):
        for row in rows:
            yield [dial, row.label, _mark(page, row), *_figures(row)]


def _mark(page: CurvePage, row: Row) -> str:
    """Which of the points is the plan's own."""
    if not row.is_plan:
        return ""
    is_searched = page.found_better and not row.is_itself
    return _("its rules, searched further") if is_searched else _("this plan")


def _figures(row: Row) -> list:
    if row.side is None:
        return [None] * 7
    side = row.side
    return [side["subsidy"], row.other, side["public"], side["left"], side["left_households"],
            side["moved"], side["objective"]]  # fmt: skip


def _cost_columns() -> list[OutColumn]:
    return _columns(
        (_("Rule or lock"), TEXT),
        (_("Public money (yuan)"), DECIMAL),
        (_("Compounds left"), INTEGER),
        (_("Households left"), INTEGER),
        (_("Saved by the objective (yuan-equivalent)"), DECIMAL),
        (_("Below the noise of the search"), TEXT),
    )


def _costs(page: CurvePage) -> Iterator[list]:
    for rows, word in ((page.costs, _("no")), (page.below_noise, _("yes"))):
        for one in rows:
            yield [one.name, one.public, one.left, one.households, one.saving, word]
