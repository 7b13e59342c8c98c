"""Running the watch: read all, judge in plain Python, write back only what changed."""

from __future__ import annotations

import datetime as dt
import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from hashlib import blake2b
from types import SimpleNamespace
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from django_tasks import task

from compounds.classification.services import background
from compounds.registry.models import Stage
from governance.audit import services as audit
from governance.foundation import dates, history
from governance.foundation.bulk import (
    Encoded,
    drafts,
    insert_many,
    renew_statistics,
    roomy_cache,
    update_many,
)
from governance.foundation.fields import TagsField
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from .. import watch_telling
from ..models import Case, WatchRun, WatchScore, WatchTask
from ..rules import watch as rules
from .watch_policies import policy_in_force
from .watch_reading import Reader, Readings, Watched, watched
from .watch_tasks import due_days, works_of

RIGHT = WatchRun.RIGHT
CHUNK = 2000
_score = drafts(WatchScore)
_task = drafts(WatchTask)
_encode = json.JSONEncoder(ensure_ascii=False).encode


@transaction.atomic
def prepare_watch_run(*, by, area: Area | None = None, as_of: dt.date | None = None) -> WatchRun:
    """Enter a run to be carried out by `execute_watch_run`; `by` None is the night itself.

    Raises NotAllowed, NoWatchPolicy.
    """
    as_of = as_of or dates.today()
    if by is not None:
        area = background.area_for(by, RIGHT, area)
    policy = policy_in_force(area.district, as_of)
    run = WatchRun.objects.create(by=by, area=area, as_of=as_of, policy=policy)
    audit.record("run", run, by=by, changes={"policy": [None, str(policy)]})
    return run


def run_watch(
    *, by, area: Area | None = None, as_of: dt.date | None = None, progress=None
) -> WatchRun:
    """Run the watch at once and return the finished run.

    Scope: cases cleared within the policy's months, inside the writer's posts (and `area`). Each
    chunk is a transaction of its own: what was finished before a cancel stays.
    Raises NotAllowed, NoWatchPolicy.
    """
    return execute_watch_run(prepare_watch_run(by=by, area=area, as_of=as_of), progress=progress)


def execute_watch_run(run: WatchRun, *, progress=None) -> WatchRun:
    """Carry out a prepared run.  Raises NotOpen if it was already started."""
    background.execute(run, _Steps(run).take, progress)
    return run


@task()
def watch(run_id: int) -> None:
    execute_watch_run(WatchRun.objects.get(pk=run_id))


@transaction.atomic
def start_watch_run(*, by, area: Area | None = None, as_of: dt.date | None = None) -> WatchRun:
    """Prepare a run and leave it to the worker.  Raises NotAllowed, NoWatchPolicy."""
    run = prepare_watch_run(by=by, area=area, as_of=as_of)
    transaction.on_commit(partial(watch.enqueue, run.pk))
    return run


def scope_of_run(run: WatchRun) -> Q:
    """Condition on cases: inside the run's area and the posts of whoever runs it."""
    column = {1: "district_id", 2: "street_id", 3: "community_id"}[run.area.level]
    inside = Q(**{column: run.area_id})
    return inside if run.by is None else inside & run.by.scope.granted(RIGHT)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Hundreds of thousands of values hold no cycle: looking for some takes half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Present(NamedTuple):
    """The current score of a case."""

    pk: int
    digest: str
    band: str
    score: int


class Found(NamedTuple):
    """A case whose score, band, term or tasks change."""

    case: Watched
    scored: rules.Scored
    digest: str
    readings: Readings
    until: dt.date
    work: str


def present_scores(cases: Sequence[int]) -> dict[int, Present]:
    rows = WatchScore.objects.filter(case__among=cases, is_current=True)
    return {
        case: Present(*rest)
        for case, *rest in rows.values_list("case_id", "pk", "digest", "band", "score")
    }


def digest_of(key: int, signs: str, keys: Sequence[str], readings: Readings) -> str:
    """Fingerprint of all that a score rests on; the day alone makes no new score."""
    content = [str(key), signs]
    for name in keys:
        reading = readings.get(name)
        if reading is not None:
            value, on, detail, applies = reading
            content.append(f"{name}:{value}/{on}/{detail}/{applies}")
    return blake2b("\n".join(content).encode(), digest_size=16).hexdigest()


class _Steps:
    """One run: what it reads, judges and writes, and what that adds up to."""

    def __init__(self, run: WatchRun) -> None:
        self.run, self.by, self.policy = run, run.by, run.policy
        self.batch = f"watch-run-{run.pk}"
        self.bands = dict.fromkeys((rules.GREEN, rules.YELLOW, rules.RED), 0)
        self.signs: dict[str, int] = {}
        self.opened: list[SimpleNamespace] = []

    def take(self, report) -> None:
        run = self.run
        inside = scope_of_run(run)
        self.compiled = rules.compile_policy(self.policy.as_rule())
        self.policy_json = _encode(self.compiled.json)
        self.due = due_days(self.policy, run.as_of)
        with roomy_cache(), _no_collector():
            cases = watched(inside, run.as_of, self.policy.months)
            run.total = len(cases)
            report(0)
            self._end_those_out_of_watch(inside, {case.pk for case in cases})
            reader = Reader(district=run.district_id, as_of=run.as_of, keys=self.compiled.keys)
            self.readings = reader.read([case.compound for case in cases])
            ids = [case.pk for case in cases]
            self.present = present_scores(ids)
            self.works = works_of(ids)
            done = 0
            try:
                for start in range(0, len(cases), CHUNK):
                    chunk = cases[start : start + CHUNK]
                    self._write([found for case in chunk if (found := self._judge(case))])
                    done += len(chunk)
                    report(done)
                if run.changed > CHUNK:
                    renew_statistics(WatchScore._meta.app_label)
            finally:
                hits = {
                    key: {
                        sign: sum(n for signs, n in self.signs.items() if signs[place] == sign)
                        for sign in "+?"
                    }
                    for place, key in enumerate(self.compiled.keys)
                }
                run.counts = {"bands": self.bands, "signals": hits}
                with transaction.atomic():
                    watch_telling.tell_of_tasks(run, self.opened)

    def _judge(self, case: Watched) -> Found | None:
        """What is to be written of a case; None if all is as it was."""
        readings = self.readings[case.compound]
        scored = self.compiled.judge(readings, self.run.as_of)
        self.bands[scored.band] += 1
        self.signs[scored.signs] = self.signs.get(scored.signs, 0) + 1
        digest = digest_of(self.policy.pk, scored.signs, self.compiled.keys, readings)
        until = _until(case.cleared_on, self.policy.months)
        present = self.present.get(case.pk)
        before = present.band if present else ""
        work = rules.task_for(
            scored.band, before, self.works.get(case.pk, _NO_WORK), self.run.as_of
        )
        is_same = (
            present is not None
            and present.digest == digest
            and case.band == scored.band
            and case.watched_until == until
            and not work
        )
        return None if is_same else Found(case, scored, digest, readings, until, work)

    @transaction.atomic
    def _write(self, found: Sequence[Found]) -> None:
        if not found:
            return
        run, ids = self.run, [one.case.pk for one in found]
        # Whoever was lost or moved meanwhile is left to the next run.
        locked = dict(
            for_update(Case.objects)
            .filter(pk__among=ids, state=Stage.CLEARED)
            .order_by("pk")
            .values_list("pk", "band")
        )
        found = [one for one in found if one.case.pk in locked]
        present = present_scores(list(locked))
        new, kept, replaced = [], {}, []
        for one in found:
            old = present.get(one.case.pk)
            if old is not None and old.digest == one.digest:
                kept[one.case.pk] = old.pk
                continue
            if old is not None:
                replaced.append(old.pk)
            new.append(self._draft(one))
        if replaced:
            WatchScore.objects.filter(pk__among=replaced).update(is_current=False)
        insert_many(WatchScore, new)
        run.changed += len(new)
        scores = {**kept, **{score.case_id: score.pk for score in new}}
        acts = [*self._move(found, locked, present), *self._open(found, scores)]
        if acts:
            audit.record_many(acts, by=self.by, batch=self.batch)

    def _draft(self, one: Found) -> SimpleNamespace:
        case, scored = one.case, one.scored
        district, street, community = case.place
        record = rules.as_record(self.compiled, one.readings, self.run.as_of, scored)
        del record["policy"]
        return _score(
            case_id=case.pk,
            district_id=district,
            street_id=street,
            community_id=community,
            run_id=self.run.pk,
            policy_id=self.policy.pk,
            score=scored.score,
            band=scored.band,
            hits=TagsField.join(self.compiled.hits(scored)),
            # The policy, the same for all, is written down once.
            record=Encoded(f'{_encode(record)[:-1]}, "policy": {self.policy_json}}}'),
            digest=one.digest,
            as_of=self.run.as_of,
            is_current=True,
        )

    def _move(
        self, found: Sequence[Found], bands: Mapping[int, str], present: Mapping[int, Present]
    ) -> list[audit.Act]:
        """Write band and last day of the watch to the cases where they change."""
        moved = [
            one
            for one in found
            if bands[one.case.pk] != one.scored.band or one.case.watched_until != one.until
        ]
        if not moved:
            return []
        rows = [
            SimpleNamespace(id=one.case.pk, band=one.scored.band, watched_until=one.until)
            for one in moved
        ]
        update_many(Case, rows, ("band", "watched_until"))
        history.record_versions(
            Case, [row.id for row in rows], kind=history.CHANGED, by=self.by, reason=self.batch
        )
        acts = []
        for one in moved:
            case, before = one.case, bands[one.case.pk]
            if before == one.scored.band:
                continue
            self.run.moved += 1
            old = present.get(case.pk)
            changes = {
                "band": [before or None, one.scored.band],
                "score": [old.score if old else None, one.scored.score],
            }
            acts.append(
                audit.Act("watch", "clearing.case", str(case.pk), case.name, changes, case.place)
            )
        return acts

    def _open(self, found: Sequence[Found], scores: Mapping[int, int]) -> list[audit.Act]:
        """Open visits and orders; an open visit of a red compound becomes the order."""
        wanting = {one.case.pk: one for one in found if one.work}
        if not wanting:
            return []
        rows = WatchTask.objects.open().filter(case__among=list(wanting))
        standing = {row.case_id: row for row in for_update(rows)}
        new, raised, acts = [], [], []
        for pk, one in wanting.items():
            row = standing.get(pk)
            if row is None:
                kind = rules.ORDER if one.work == rules.RAISE else one.work
                new.append(self._new_task(one, kind, scores.get(pk)))
            elif one.work != rules.VISIT and row.kind == rules.VISIT:
                changes = {
                    "kind": [row.kind, rules.ORDER],
                    "due_on": [row.due_on.isoformat(), self.due[rules.ORDER].isoformat()],
                }
                row.kind, row.due_on = rules.ORDER, self.due[rules.ORDER]
                row.escalated_on, row.score_id = self.run.as_of, scores.get(pk)
                row.version += 1
                raised.append(row)
                acts.append(_task_act("escalate", row, one.case, changes))
        insert_many(WatchTask, new)
        names = ("kind", "due_on", "escalated_on", "score", "version", "updated_at")
        update_many(WatchTask, raised, names)
        self.opened += [*new, *raised]
        self.run.opened += len(new) + len(raised)
        return [
            *acts,
            *(
                _task_act("open", row, wanting[row.case_id].case, {"kind": [None, row.kind]})
                for row in new
            ),
        ]

    def _new_task(self, one: Found, kind: str, score: int | None) -> SimpleNamespace:
        district, street, community = one.case.place
        return _task(
            case_id=one.case.pk,
            district_id=district,
            street_id=street,
            community_id=community,
            score_id=score,
            kind=kind,
            opened_on=self.run.as_of,
            due_on=self.due[kind],
        )

    @transaction.atomic
    def _end_those_out_of_watch(self, inside: Q, ids: set[int]) -> None:
        """Cases whose time under watch is over, or that are no longer cleared, have no band."""
        gone = Q(band="") & ~Q(scores__is_current=True)
        rows = (
            Case.objects.filter(inside)
            .exclude(gone)
            .filter(~Q(state=Stage.CLEARED) | ~_within(self.run.as_of, self.policy.months))
            .order_by("pk")
            .distinct()
            .values_list("pk", "compound__name", "band", "district_id", "street_id", "community_id")
        )
        rows = [row for row in rows if row[0] not in ids]
        if rows:
            self.run.ended += end_watch(rows, by=self.by, batch=self.batch, reason=str(self.policy))


_NO_WORK = rules.Work()


def end_watch(rows: Sequence[tuple], *, by, batch: str, reason: str = "") -> int:
    """Take cases from the watch: rows of (id, name, band, district, street, community).

    Scores stay as they were; call inside the transaction that holds the cases.
    """
    ids = [row[0] for row in rows]
    WatchScore.objects.filter(case__among=ids, is_current=True).update(is_current=False)
    banded = [row for row in rows if row[2]]
    if banded:
        Case.objects.filter(pk__among=[row[0] for row in banded]).update(band="")
        history.record_versions(
            Case, [row[0] for row in banded], kind=history.CHANGED, by=by, reason=batch
        )
        audit.record_many(
            (
                audit.Act(
                    "watch", "clearing.case", str(pk), name, {"band": [band, None]}, tuple(place)
                )
                for pk, name, band, *place in banded
            ),
            by=by,
            batch=batch,
            reason=reason,
        )
    return len(ids)


def _within(as_of: dt.date, months: int) -> Q:
    return Q(cleared_on__lte=as_of, cleared_on__gte=rules.months_later(as_of, -months))


_until = lru_cache(maxsize=10_000)(rules.months_later)


def _task_act(verb: str, row, case: Watched, changes: dict) -> audit.Act:
    return audit.Act(verb, "clearing.watchtask", str(row.pk), case.name, changes, case.place)
