"""From a workbook to planned rows: what each would do to the register, and what is wrong.

Works in chunks, so that memory does not grow with the file; nothing of the register changes.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop as _

from governance.foundation.bulk import CHUNK, in_chunks
from governance.foundation.workbooks import Workbook

from ..models.imports import Import, ImportRow
from .progress import Progress
from .reading import ERROR, NOTE, WARNING, Layout, Problem, choose, records_of
from .sheets import Context, Plan, Sheet, sheets

NEW, CHANGED, UNCHANGED, REFUSED = (
    state.value
    for state in (
        ImportRow.State.NEW,
        ImportRow.State.CHANGED,
        ImportRow.State.UNCHANGED,
        ImportRow.State.REFUSED,
    )
)
PLAIN = frozenset({str, int, bool, float})  # types that JSON keeps as they are
FLOAT_STEP = 6e-7  # a little more than half of the last place that sheets keep of a coordinate


class Planned(NamedTuple):
    """A row of the file as `ImportRow` stores it."""

    batch: int
    sheet: str
    number: int
    state: str
    label: str
    key: str
    has_warnings: bool
    was_written: bool
    changes: dict
    problems: list
    context: dict
    object_id: int | None
    version: int | None


@dataclasses.dataclass(slots=True)
class Found:
    """A sheet of the workbook that will be imported."""

    name: str
    sheet: Sheet
    source: Any
    layout: Layout


def survey(book: Workbook, only: str, level: int) -> tuple[list[Found], list[dict]]:
    """Which sheets of a workbook are known, in order of import; and notes on all of them."""
    found: dict[str, Found] = {}
    notes = []
    for source in book.sheets:
        if source.is_hidden:
            continue
        chosen = choose(source, sheets())
        if chosen is None:
            if next(source.rows(), None) is not None:
                notes.append(
                    _note(
                        source.name,
                        Problem(_("This sheet is not known and is left out."), level=NOTE),
                    )
                )
            continue
        sheet, layout = chosen
        if only and sheet.key != only:
            continue
        if sheet.key in found:
            notes.append(
                _note(
                    source.name,
                    Problem(
                        _("“%(first)s” already holds these rows; this sheet is left out."),
                        {"first": found[sheet.key].name},
                        NOTE,
                    ),
                )
            )
            continue
        if level not in sheet.levels:
            layout.problems.insert(
                0, Problem(_("This sheet can be imported for a whole district only."))
            )
        found[sheet.key] = Found(source.name, sheet, source, layout)
        notes.extend(_note(source.name, problem, sheet.key) for problem in layout.problems)
    if not found:
        notes.insert(
            0,
            _note(
                "",
                Problem(
                    _(
                        "No sheet with a known header row was found. Use the template, or name "
                        "the columns as it does."
                    )
                ),
            ),
        )
    order = [sheet.key for sheet in sheets()]
    return sorted(found.values(), key=lambda item: order.index(item.sheet.key)), notes


def _note(sheet_name: str, problem: Problem, key: str = "") -> dict:
    return {"sheet": sheet_name, "key": key, **problem.plain()}


def plan_rows(
    batch: Import, book: Workbook, found: Found, context: Context, progress: Progress, done: int
) -> Iterator[list[Planned]]:
    """Planned rows of one sheet, chunk by chunk; `done` rows of other sheets came before."""
    sheet, layout = found.sheet, found.layout
    context.known.setdefault("keys", {})[sheet.key] = {}
    if sheet.looks_ahead:
        ahead = (Plan(record, layout) for record in records_of(book, found.source, layout))
        sheet.look_ahead(ahead, context)
    read = done
    for records in in_chunks(records_of(book, found.source, layout), CHUNK):
        plans = [Plan(record, layout) for record in records]
        sheet.resolve(plans, context)
        keys = context.known["keys"][sheet.key]
        rows = [_row(batch, sheet, plan, keys, context) for plan in plans]
        read += len(records)
        progress.step(read)
        yield rows


def _row(batch: Import, sheet: Sheet, plan: Plan, keys: dict, context: Context) -> Planned:
    record = plan.record
    changes: dict[str, list] = {}
    if not record.is_refused:
        _refuse_doubles(plan, keys)
    if not record.is_refused:
        merged = {**(plan.existing or {}), **record.values}
        sheet.check(plan, merged, context)
    if not record.is_refused:
        changes = changes_of(sheet, plan)
        if plan.existing is None:
            state = NEW
        else:
            state = CHANGED if changes else UNCHANGED
    else:
        state = REFUSED
    return Planned(
        batch=batch.pk,
        sheet=sheet.key,
        number=record.number,
        state=state,
        label=str(plan.label)[:200],
        key=str(plan.shown_key)[:120],
        has_warnings=any(problem.level == WARNING for problem in record.problems),
        was_written=False,
        changes=changes,
        problems=[problem.plain() for problem in record.problems],
        context=plan.context,
        object_id=plan.existing["pk"] if plan.existing else None,
        version=plan.existing["version"] if plan.existing else None,
    )


def _refuse_doubles(plan: Plan, keys: dict) -> None:
    if plan.key is None:
        return
    first = keys.setdefault(plan.key, plan.record.number)
    if first != plan.record.number:
        plan.refuse(
            _("The same record already stands in row %(row)s of the uploaded sheet."), row=first
        )


def changes_of(sheet: Sheet, plan: Plan) -> dict[str, list]:
    """Field → [before, after] as JSON, of what the row says and the register does not have yet."""
    existing, by_field = plan.existing, sheet.by_field
    changes = {}
    names = (*sheet.stored, *sheet.parts, *(() if existing else sheet.only_new))
    said = plan.record.values
    for name in names:
        if name not in said:
            continue
        value, column = said[name], by_field[name]
        if existing is None:
            changes[name] = [None, value if type(value) in PLAIN else column.to_plain(value)]
        elif not is_same(existing[name], value):
            before = existing[name]
            changes[name] = [
                None if before in (None, "") else column.to_plain(before),
                column.to_plain(value),
            ]
    return changes


def is_same(before: Any, after: Any) -> bool:
    """Whether the register already says this; coordinates to the places that sheets keep."""
    if isinstance(after, float) and isinstance(before, float):
        return abs(before - after) <= FLOAT_STEP
    return before == after


def counts_of(rows: Sequence[Planned], counts: dict[str, int]) -> None:
    """Add a chunk's rows to the counts of its sheet."""
    for row in rows:
        counts[row.state] = counts.get(row.state, 0) + 1
        if row.has_warnings:
            counts["WARNED"] = counts.get("WARNED", 0) + 1


def is_blocked(notes: Sequence[dict]) -> bool:
    """Whether a sheet cannot be read at all."""
    return any(note["level"] == ERROR for note in notes)
