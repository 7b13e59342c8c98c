"""What must hold of plans on a live database: they are what was reckoned, and still lawful."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Substr

from compounds.assignment.models import Assignment, AssignmentStep
from governance.foundation.checking import gone_wrong, misplaced
from governance.foundation.errors import DomainError

from .core import checking, keeping
from .core.inputs import NOBODY
from .forecasting import BATCH, differences
from .models import Adoption, PlanBundle, PlanFirm, PlanPlace, PlanRun
from .services import rebuilding
from .services.running import dials_of

FEN = Decimal("0.01")
SUMS = {
    "household_count": "households",
    "area_m2": "area_m2",
    "income": "income",
    "cost": "cost",
    "counted": "counted",
}


def _finished():
    """Plans that were reckoned to their end, with what they were reckoned from."""
    done = PlanRun.objects.filter(state=PlanRun.State.DONE, inputs__isnull=False)
    return done.select_related("norms").order_by("pk").iterator(chunk_size=1)


def places() -> Iterator[str]:
    """Places lie where their compound lies, in a bundle of their own plan."""
    yield from misplaced(PlanPlace.objects, "compound")
    yield from gone_wrong(
        PlanPlace.objects.filter(bundle__isnull=False),
        ~Q(bundle__run=F("run")),
        "lies in a bundle of another plan",
    )


def inputs() -> Iterator[str]:
    """The hash of a plan is that of its inputs and dials, and it places each of its compounds."""
    for run in _finished():
        kept = keeping.unpack(run.inputs)
        if keeping.digest(kept, dials_of(run)) != run.digest:
            yield f"planrun {run.pk} has inputs or dials that do not make its hash"
        placed = PlanPlace.objects.filter(run=run).values_list("compound", flat=True)
        if sorted(placed) != sorted(kept.compounds.ids.tolist()):
            yield f"planrun {run.pk} does not place just the compounds it was reckoned for"


def sums() -> Iterator[str]:
    """A bundle holds what its members come to; a firm's room is used by its members."""
    of_members = {f"told_{name}": Sum(f"places__{path}") for name, path in SUMS.items()}
    rows = PlanBundle.objects.annotate(told_compound_count=Count("places"), **of_members)
    for row in rows.defer("account").order_by("pk").iterator(chunk_size=500):
        # Each member was rounded to the fen by itself; counts are whole.
        hair = FEN * (row.compound_count + 1)
        for name in ("compound_count", *SUMS):
            if abs((getattr(row, f"told_{name}") or 0) - getattr(row, name)) > hair:
                yield f"planbundle {row.pk} has another {name} than its members"
    taken = {
        (run, provider): area
        for run, provider, area in PlanPlace.objects.filter(bundle__provider__isnull=False)
        .order_by()
        .values_list("run", "bundle__provider")
        .annotate(Sum("area_m2"))
    }
    for firm in PlanFirm.objects.order_by("pk").iterator(chunk_size=500):
        told = taken.get((firm.run_id, firm.provider_id), Decimal(0))
        if abs(told - firm.taken_m2) > FEN * (firm.compound_count + 1):
            yield f"planfirm {firm.pk} takes another area than its compounds have"


def money() -> Iterator[str]:
    """The figures of a plan are those of its rows, part by part."""
    for run in _finished():
        plan, kept = run.figures["plan"], keeping.unpack(run.inputs)
        rows = PlanBundle.objects.filter(run=run).aggregate(
            subsidy=Sum("subsidy"), setup=Sum("setup"), bundles=Count("pk")
        )
        left = set(
            PlanPlace.objects.filter(run=run, outcome__in=PlanPlace.LEFT).values_list(
                "compound", flat=True
            )
        )
        is_left = np.isin(kept.compounds.ids, list(left))
        told = {
            "subsidy": rows["subsidy"] or 0,
            "setup": rows["setup"] or 0,
            "fallback": float(kept.compounds.fallback[is_left].sum()),
            "penalty": float(kept.compounds.penalty[is_left].sum()),
            "left": len(left),
            "bundles": rows["bundles"],
        }
        told["public"] = float(told["subsidy"]) + float(told["setup"]) + told["fallback"]
        for name, value in told.items():
            if abs(float(value) - plan[name]) > 1:
                yield f"planrun {run.pk} has another {name} in its figures than in its rows"
        if abs(float(run.public_money) - plan["public"]) > 1 or run.left_count != plan["left"]:
            yield f"planrun {run.pk} shows another sum than its figures"


def rules() -> Iterator[str]:
    """No finished plan breaks a rule: every one is checked anew from its inputs and rows."""
    for run in _finished():
        kept = keeping.unpack(run.inputs)
        based = PlanBundle.objects.filter(run=run, account__has_key="base")
        for pk, provider, number in based.values_list("pk", "provider", "account__base"):
            if kept.providers.ids[kept.bases.provider[number]] != (provider or NOBODY):
                yield f"planbundle {pk} is run by another firm than its base"
        try:
            plan = rebuilding.kept_plan(run, kept)
        except DomainError:
            yield f"planrun {run.pk} has bundles whose members or base are lost"
            continue
        for breach in checking.breaches(kept, dials_of(run), plan)[:3]:
            yield f"planrun {run.pk} breaks the rule {breach.rule} at {breach.where}"


def adoptions() -> Iterator[str]:
    """What was proposed and what was left over is all an adopted plan changes."""
    adopted = Adoption.objects.exclude(batch="").select_related("run").defer("run__inputs")
    # Proposals made later bear the batch of the first ones with something behind it.
    first = AssignmentStep.objects.annotate(of=Substr("batch", 1, BATCH)).filter(
        of__in=[batch[:BATCH] for batch in adopted.values_list("batch", flat=True)],
        to_state=Assignment.State.PROPOSED,
    )
    made = dict(first.order_by().values_list("of").annotate(Count("assignment", distinct=True)))
    for row in adopted.order_by("pk"):
        if made.get(row.batch[:BATCH], 0) != row.outcome.get("proposed"):
            yield f"adoption {row.pk} has another number of assignments than it says"
        told = row.outcome.get("proposed", 0) + len(row.outcome.get("left_over", ()))
        if told != differences(row.run).count():
            yield f"adoption {row.pk} does not tell of all its plan changes"


CHECKS = {
    "places": places,
    "inputs": inputs,
    "sums": sums,
    "money": money,
    "rules": rules,
    "adoptions": adoptions,
}
