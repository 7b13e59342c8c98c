"""What must hold of the register on a live database, asked in queries of its own."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.core.files.storage import default_storage
from django.db.models import Exists, F, OuterRef, Q

from governance.foundation import dates
from governance.foundation.checking import gone_wrong, misplaced, unfaithful_history
from governance.organisation.models import Level

from . import rules
from .models import (
    Adjacency,
    Attachment,
    Building,
    CommunityTally,
    Compound,
    Entrance,
    ProblemTag,
)
from .models.imports import Import, ImportRow
from .services.attachments import orphans
from .services.import_files import is_let_go

CHUNK = 5000


def places() -> Iterator[str]:
    """Every placed row hangs under one community, and its street and district follow from it."""
    for model in (Compound, CommunityTally):
        yield from misplaced(model.objects)
        yield from gone_wrong(
            model.objects, ~Q(community__level=Level.COMMUNITY), "belongs to no community"
        )
    yield from misplaced(Building.objects, "compound")
    yield from misplaced(Entrance.objects, "building")
    yield from misplaced(Attachment.objects, "compound")
    wrong = Q()
    for column in ("district", "street", "community"):
        wrong |= ~Q(**{f"{column}_id": F(f"area__{column}_id")}) & ~Q(
            **{f"{column}_id": None, f"area__{column}_id": None}
        )
    yield from gone_wrong(Import.objects, wrong, "lies elsewhere than its area")


def codes() -> Iterator[str]:
    """Codes are well formed, and those under which the compounds were entered.

    Which community a code names says nothing: communities are merged, split and recoded, and
    their compounds keep their codes.
    """
    rows = Compound.objects.order_by("pk")
    malformed = ~Q(code__regex=r"^[0-9]{12}-[0-9]{4}$")
    yield from gone_wrong(rows, malformed, "has a malformed code")
    past = Compound.history.model.objects.filter(id=OuterRef("pk")).exclude(code=OuterRef("code"))
    yield from gone_wrong(rows, Exists(past), "no longer has the code it was entered under")


def derived_columns() -> Iterator[str]:
    """Columns that follow from the facts equal what the rules make of them."""
    names = ("is_unmanaged", "foundation_score", "is_three_none", "missing_count", "asked_count")
    own = ("name", "address", "code", "search_text")
    fields = dict.fromkeys(("pk", *rules.DERIVED_FROM, *names, *own))
    rows = Compound.objects.order_by("pk").values(*fields)
    for row in rows.iterator(chunk_size=CHUNK):
        expected = rules.derived(row)
        for name in names:
            if row[name] != expected[name]:
                yield f"compound {row['pk']} stores {name} {row[name]}, not {expected[name]}"
        if row["search_text"] != f"{row['name']} {row['address']} {row['code']}".lower():
            yield f"compound {row['pk']} is not found by its name, address and code"


def tallies() -> Iterator[str]:
    """The summary per community equals the active compounds, counted one by one."""
    key = ("community_id", "is_unmanaged", "strategy", "decision", "stage")
    size = len(key)
    summed = {
        "buildings": "building_count",
        "entrances": "entrance_count",
        "households": "household_count",
        "floor_area_m2": "floor_area_m2",
        "chargeable_area_m2": "chargeable_area_m2",
        "missing_facts": "missing_count",
        "asked_facts": "asked_count",
    }
    counted = ("first_cleared_on", "surveyed_on", "verified_on")
    counts: dict[tuple, Counter] = defaultdict(Counter)
    rows = Compound.objects.filter(status="ACTIVE").order_by()
    for row in rows.values_list(*key, *summed.values(), *counted).iterator(chunk_size=CHUNK):
        tally = counts[row[:size]]
        tally["compounds"] += 1
        for name, value in zip(summed, row[size:], strict=False):
            tally[name] += value or 0
        cleared, surveyed, verified = row[-3:]
        tally["cleared"] += cleared is not None
        tally["surveyed"] += surveyed is not None
        tally["verified"] += verified is not None
        tally["complete"] += not row[size + list(summed).index("missing_facts")]
    names = ("compounds", *summed, "cleared", "surveyed", "verified", "complete")
    for tally in CommunityTally.objects.order_by("pk").values(*key, *names):
        expected = counts.pop(tuple(tally[name] for name in key), None)
        state = "/".join(str(tally[name]) for name in key)
        if expected is None:
            yield f"tally {state} counts {tally['compounds']} compounds where there are none"
            continue
        for name in names:
            if tally[name] != Decimal(expected[name]):
                yield f"tally {state} says {name} {tally[name]}, not {expected[name]}"
    for state in sorted(map(str, counts)):
        yield f"tally {state} is missing"


def merged_rows() -> Iterator[str]:
    """A merged compound names an active one of its district and keeps nothing to itself."""
    rows = Compound.objects
    yield from gone_wrong(
        rows,
        Q(status="MERGED") & (Q(merged_into=None) | ~Q(district_id=F("merged_into__district_id"))),
        "was merged into nothing of its district",
    )
    yield from gone_wrong(
        rows, ~Q(status="MERGED") & Q(merged_into__isnull=False), "is not merged but names a target"
    )
    targets = dict(rows.filter(status="MERGED").values_list("pk", "merged_into_id"))
    for pk in sorted(targets):
        seen, at = {pk}, targets[pk]
        while at in targets and at not in seen:
            seen.add(at)
            at = targets[at]
        if at in seen:
            yield f"compound {pk} was merged in a circle"
    yield from gone_wrong(
        rows.exclude(status="ACTIVE"),
        ~Q(strategy="") | ~Q(decision=""),
        "is no longer active but classified",
    )
    yield from gone_wrong(
        Building.objects, Q(compound__status="MERGED"), "stayed with a merged compound"
    )


def classified_rows() -> Iterator[str]:
    """Only unmanaged compounds carry a classification, and a strategy only where one was made."""
    rows = Compound.objects
    yield from gone_wrong(
        rows.filter(Q(is_unmanaged=None) | Q(is_unmanaged=False)),
        ~Q(strategy="") | ~Q(decision=""),
        "is classified though it is not unmanaged",
    )
    decided = Q(decision__in=["DECIDED", "OVERRIDDEN"])
    yield from gone_wrong(rows, decided & Q(strategy=""), "is decided but has no strategy")
    yield from gone_wrong(rows, ~decided & ~Q(strategy=""), "has a strategy nobody decided")


def facts() -> Iterator[str]:
    """Facts that contradict each other or cannot be."""
    rows = Compound.objects
    today = dates.today()
    yield from gone_wrong(
        rows,
        Q(longitude=None, latitude__isnull=False) | Q(longitude__isnull=False, latitude=None),
        "has half a location",
    )
    yield from gone_wrong(
        rows, Q(renovation_year__lt=F("built_year")), "was renovated before it was built"
    )
    yield from gone_wrong(
        rows, Q(built_year__gt=today.year) | Q(surveyed_on__gt=today), "comes from the future"
    )
    yield from gone_wrong(
        rows, Q(verified_on__isnull=False, surveyed_on=None), "was verified but never surveyed"
    )
    known = set(ProblemTag.values)
    tagged = rows.exclude(problem_tags="").order_by("pk").values_list("pk", "problem_tags")
    for pk, tags in tagged.iterator(chunk_size=CHUNK):
        parts = tags.split()
        if tags != f" {' '.join(sorted(set(parts)))} " or not known.issuperset(parts):
            yield f"compound {pk} carries unknown or unsorted tags {tags!r}"


def provenance() -> Iterator[str]:
    """Sources are noted for facts that exist, each with a source and a day."""
    names = {field.name for field in Compound._meta.concrete_fields}
    rows = Compound.objects.exclude(provenance={}).order_by("pk").values_list("pk", "provenance")
    for pk, notes in rows.iterator(chunk_size=CHUNK):
        for name, note in notes.items() if isinstance(notes, dict) else [("", None)]:
            if name not in names:
                yield f"compound {pk} notes the source of {name!r}, which is no fact"
            elif not _is_note(note):
                yield f"compound {pk} notes no source and day for {name}"


def _is_note(note) -> bool:
    try:
        source, day = note
        dt.date.fromisoformat(day)
    except (TypeError, ValueError):
        return False
    return bool(source) and isinstance(source, str)


def neighbours() -> Iterator[str]:
    """Corrections of adjacency join two different compounds of one district."""
    yield from gone_wrong(
        Adjacency.objects,
        ~Q(compound__district_id=F("other__district_id")) | Q(compound_id__gte=F("other_id")),
        "joins compounds of two districts, or twice the same pair",
    )


def history() -> Iterator[str]:
    """The newest version of each row equals the row, and versions have no gaps."""
    for model in (Compound, Building, Entrance):
        yield from unfaithful_history(model)


def attachments() -> Iterator[str]:
    """Each row has its file, unchanged; each file but the youngest has a row."""
    rows = Attachment.objects.order_by("pk").values_list("pk", "file", "size", "sha256")
    for pk, name, size, digest in rows.iterator(chunk_size=CHUNK):
        yield from _file(f"attachment {pk}", name, size, digest)
    kept = Import.objects.exclude(is_let_go())
    rows = kept.order_by("pk").values_list("pk", "file", "size", "sha256")
    for pk, name, size, digest in rows.iterator(chunk_size=CHUNK):
        yield from _file(f"import {pk}", name, size, digest)
    # An upload in flight has its file first; what a killed process left is swept once it is old.
    for name in orphans():
        yield f"file {name} belongs to no row (check_register --sweep deletes it)"


def _file(owner: str, name: str, size: int, digest: str) -> Iterator[str]:
    if not name or not default_storage.exists(name):
        yield f"{owner} has lost its file"
    elif default_storage.size(name) != size:
        yield f"{owner} has a file of another size"
    else:
        with default_storage.open(name) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                yield f"{owner} has a file with other content"


def imports() -> Iterator[str]:
    """Rows reported equal rows stored; rows written exist; nothing is written but by an import."""
    stored: dict[int, Counter] = defaultdict(Counter)
    rows = ImportRow.objects.order_by().values_list("batch_id", "sheet", "state")
    for batch, sheet, state in rows.iterator(chunk_size=CHUNK):
        stored[batch][sheet, state] += 1
    for pk, state, counts in Import.objects.order_by("pk").values_list("pk", "state", "counts"):
        if state in ("UPLOADED", "CHECKING", "FAILED", "CANCELLED"):
            continue
        reported = Counter(
            {
                (sheet, kind): number
                for sheet, kinds in counts.items()
                for kind, number in kinds.items()
                if kind in ImportRow.State.values and number
            }
        )
        if reported != stored[pk]:
            yield (
                f"import {pk} reports {reported.total()} rows and keeps {stored[pk].total()}, "
                "or keeps them in other states"
            )
    written = ImportRow.objects.filter(was_written=True)
    yield from gone_wrong(
        written, Q(state__in=["UNCHANGED", "REFUSED"]), "was written though it had nothing to write"
    )
    yield from gone_wrong(
        written,
        ~Q(batch__state__in=["DONE", "UNDOING", "UNDONE"]),
        "was written by an import that is not finished",
    )
    for pk, state, mode in Import.objects.order_by("pk").values_list("pk", "state", "mode"):
        if state not in ("DONE", "UNDOING"):
            continue
        due = {"BOTH": ["NEW", "CHANGED"], "CREATE": ["NEW"], "UPDATE": ["CHANGED"]}[mode]
        left = ImportRow.objects.filter(batch=pk, state__in=due, was_written=False).count()
        if left:
            yield f"import {pk} is done but {left} of its rows were not written"


CHECKS = {
    "places": places,
    "codes": codes,
    "derived_columns": derived_columns,
    "tallies": tallies,
    "merged_rows": merged_rows,
    "classified_rows": classified_rows,
    "facts": facts,
    "provenance": provenance,
    "neighbours": neighbours,
    "history": history,
    "attachments": attachments,
    "imports": imports,
}
