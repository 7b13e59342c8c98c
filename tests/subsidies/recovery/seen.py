"""An ended subsidy with a review, a claim and a change in each place, for who may open what."""

import datetime as dt
from decimal import Decimal

from compounds.assignment.models import Assignment
from subsidies.entitlements.models import Entitlement, TermChange
from subsidies.programmes.models import Programme
from subsidies.recovery.models import Clawback, ExitReview, Instalment

STARTS, ENDS = dt.date(2026, 4, 1), dt.date(2026, 9, 30)


def make_recovery_rows(world) -> None:
    """`ended`, `exit_review`, `clawback`, `instalment` and `term_change` in each place."""
    people = world.people
    programme = Programme.objects.create(
        district=world.district.area,
        name="退出样例",
        edition=1,
        effective_from=STARTS,
        months=6,
        prepared_by=people["O"],
    )
    for kind in ("ended", "exit_review", "clawback", "instalment", "term_change"):
        setattr(world, kind, {})
    for place, compound in world.compound.items():
        assignment = Assignment.objects.create(
            compound=compound,
            provider=world.provider["own"],
            strategy="SUBSIDY_TRANSITION",
            state="WITHDRAWN",
            starts_on=STARTS,
            prepared_by=people["O"],
        )
        row = Entitlement.objects.create(
            number=f"退出样例-{place}",
            programme=programme,
            compound=compound,
            provider=world.provider["own"],
            assignment=assignment,
            area_m2=Decimal("1000.00"),
            starts_on=STARTS,
            ends_on=ENDS,
            months=6,
            amount=Decimal("3000.00"),
            state="EXITED",
            exited_on=ENDS,
            exit_reason="TERM",
            document="样例1号",
            approved_on=STARTS,
            prepared_by=people["O"],
            approved_by=people["A"],
        )
        world.ended[place] = row
        world.exit_review[place] = ExitReview.objects.create(
            entitlement=row,
            exit_reason="TERM",
            exit_on=ENDS,
            outcome="CONTINUES",
            findings=f"{compound.name}样例",
            prepared_by=people["O"],
        )
        claim = Clawback.objects.create(
            entitlement=row,
            trigger="LEFT_EARLY",
            happened_on=ENDS,
            facts=f"{compound.name}撤场",
            amount=Decimal("100.00"),
            computation={"takes": "ALL", "lines": [], "amount": "100.00"},
            state="NOTIFIED",
            notified_on=dt.date(2026, 10, 8),
            due_on=dt.date(2026, 11, 9),
            document="样例追1号",
            proposed_by=people["O"],
            decided_by=people["A"],
        )
        world.clawback[place] = claim
        world.instalment[place] = Instalment.objects.create(
            clawback=claim, position=1, due_on=claim.due_on, amount=claim.amount
        )
        world.term_change[place] = TermChange.objects.create(
            entitlement=row,
            kind="EXTENSION",
            from_month=dt.date(2026, 10, 1),
            months=1,
            document="样例变1号",
            reason=f"{compound.name}样例",
            prepared_by=people["O"],
        )
