"""Classifying the unmanaged compounds of an area under the policy in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import blake2b
from types import SimpleNamespace

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from compounds.registry.models import Compound, DecisionState, Status, Strategy
from governance.audit import services as audit
from governance.foundation import dates
from governance.foundation.bulk import drafts, renew_statistics, roomy_cache
from governance.foundation.fields import TagsField
from governance.foundation.locks import for_update
from governance.organisation.models import Area

from ..errors import NoPolicyInForce
from ..models import Decision, Policy, Run
from . import background
from .background import Progress
from .facts import CHUNK, FactGatherer, Gathered
from .judging import Judge, Overriding, nearest_percent, overrides_of
from .writing import Move, store

RIGHT = Run.RIGHT
_draft = drafts(Decision)


def policy_in_force(district: Area, as_of: dt.date) -> Policy:
    """The policy to decide by on a day.  Raises NoPolicyInForce."""
    policy = Policy.objects.filter(district=district).in_force(as_of).first()
    if policy is None:
        raise NoPolicyInForce(district, as_of)
    return policy


def judge_of(policy: Policy) -> Judge:
    """A stored policy made ready to decide."""
    return Judge(
        policy.as_rules(),
        rate=policy.subsidy_rate,
        months=policy.subsidy_months,
        area_basis=policy.area_basis,
        key=policy.pk,
    )


@transaction.atomic
def prepare_run(*, by, area: Area | None = None, as_of: dt.date | None = None) -> Run:
    """Enter a run to be carried out by `execute_run`, here or by a worker.

    Raises NotAllowed, NoPolicyInForce.
    """
    as_of = as_of or dates.today()
    area = background.area_for(by, RIGHT, area)
    policy = policy_in_force(area.district, as_of)
    run = Run.objects.create(by=by, area=area, as_of=as_of, policy=policy)
    audit.record("run", run, by=by, changes={"policy": [None, str(policy)]})
    return run


def run_classification(
    *, by, area: Area | None = None, as_of: dt.date | None = None, progress: Progress | None = None
) -> Run:
    """Classify at once and return the finished run.

    Scope: the unmanaged active compounds inside the writer's posts (and inside `area`).  Only
    what changed is written; approved, unexpired overrides win.  Each chunk is a transaction of
    its own, so a run that is cancelled leaves what it has finished, and two runs at once only
    wait for each other.  Raises NotAllowed, NoPolicyInForce.
    """
    run = prepare_run(by=by, area=area, as_of=as_of)
    return execute_run(run, progress=progress)


def execute_run(run: Run, *, progress: Progress | None = None) -> Run:
    """Carry out a prepared run.  Raises NotOpen if it was already started."""
    background.execute(run, _Steps(run).take, progress)
    return run


class _Steps:
    """The chunks of one run, and what they add up to."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.by = run.by
        self.reason = str(run.policy)
        self.counts = dict.fromkeys(DecisionState.values, 0)
        self.strategies = dict.fromkeys(Strategy.values, 0)
        self.fingerprint = blake2b(digest_size=32)

    def take(self, report) -> None:
        run = self.run
        column, posts = background.within(self.by, RIGHT, run.area)
        self.inside = Q(**column) & posts
        self._end_those_out_of_scope()
        ids = background.compound_ids(self.by, RIGHT, run.area)
        run.total = len(ids)
        report(0)
        self.judge = judge_of(run.policy)
        self.rule_ids = list(run.policy.rules.values_list("pk", flat=True))
        self.gatherer = FactGatherer(districts=[run.district_id], as_of=run.as_of)
        done = 0
        try:
            with roomy_cache():
                for chunk in background.chunks(ids, CHUNK):
                    self._classify(chunk)
                    done += len(chunk)
                    report(done)
                if run.changed > CHUNK:
                    renew_statistics(Decision._meta.app_label)
        finally:
            run.counts = {"outcomes": self.counts, "strategies": self.strategies}
            run.fingerprint = self.fingerprint.hexdigest()

    @transaction.atomic
    def _classify(self, ids: Sequence[int]) -> None:
        rows = list(self.gatherer.gather(ids, within=self.inside, lock=True))
        ids = [row.pk for row in rows]
        present = {
            compound: rest
            for compound, *rest in Decision.objects.filter(
                compound_id__among=ids, is_current=True
            ).values_list("compound_id", "digest", "override_id", "outcome", "strategy")
        }
        overrides = overrides_of(ids, self.run.as_of)
        now = timezone.now()
        new, moves = [], []
        for row in rows:
            digest, override = self.judge.digest(row), overrides.get(row.pk)
            self.fingerprint.update(digest.encode())
            stored = present.get(row.pk)
            if stored and stored[:2] == [digest, override.pk if override else None]:
                outcome, strategy = stored[2:]
            else:
                decision = self._decision(row, digest, override, now)
                outcome, strategy = decision.outcome, decision.strategy
                new.append(decision)
            self.counts[outcome] += 1
            if strategy:
                self.strategies[strategy] += 1
            if (row.strategy, row.decision) != (strategy, outcome):
                moves.append(
                    Move(
                        row.pk,
                        row.name,
                        (row.district, row.street, row.community),
                        (row.strategy, row.decision),
                        (strategy, outcome),
                    )
                )
        superseded = [decision.compound_id for decision in new if decision.compound_id in present]
        store(new, superseded, moves, by=self.by, reason=self.reason)
        self.run.changed += len(new)
        self.run.moved += len(moves)

    def _decision(
        self, row: Gathered, digest: str, override: Overriding | None, now: dt.datetime
    ) -> SimpleNamespace:
        judged = self.judge.judge(row, override)
        by_rule = judged.decision
        percent, fact = nearest_percent(by_rule)
        return _draft(
            compound_id=row.pk,
            district_id=row.district,
            street_id=row.street,
            community_id=row.community,
            run_id=self.run.pk,
            policy_id=self.run.policy_id,
            rule_id=None if by_rule.hit is None else self.rule_ids[by_rule.hit],
            override_id=override.pk if override else None,
            outcome=judged.outcome,
            strategy=judged.strategy,
            missing=TagsField.join(by_rule.missing),
            nearest_percent=percent,
            nearest_fact=fact,
            subsidy=judged.subsidy,
            record=self.judge.written_record(row, judged, override),
            digest=digest,
            decided_by_id=self.by.pk,
            decided_at=now,
            is_current=True,
        )

    @transaction.atomic
    def _end_those_out_of_scope(self) -> None:
        """A compound that found a manager, merged or was demolished loses its decision."""
        gone = (
            Compound.objects.filter(self.inside)
            .filter(~Q(status=Status.ACTIVE) | Q(is_unmanaged=False) | Q(is_unmanaged=None))
            .filter(Q(decisions__is_current=True) | ~Q(decision=""))
            .order_by("pk")
            .distinct()
        )
        rows = list(
            gone.values_list(
                "pk", "name", "district_id", "street_id", "community_id", "strategy", "decision"
            )
        )
        if not rows:
            return
        locked = set(
            for_update(Compound.objects)
            .filter(pk__in=[row[0] for row in rows])
            .filter(~Q(status=Status.ACTIVE) | Q(is_unmanaged=False) | Q(is_unmanaged=None))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        moves = [
            Move(pk, name, tuple(place), tuple(before), ("", ""))
            for pk, name, *place, before in (
                (row[0], row[1], *row[2:5], row[5:7]) for row in rows if row[0] in locked
            )
            if any(before)
        ]
        self.run.ended = Decision.objects.filter(compound_id__in=locked, is_current=True).count()
        store([], locked, moves, by=self.by, reason=self.reason)
