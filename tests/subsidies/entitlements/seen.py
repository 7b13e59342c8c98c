"""An entitlement under notice with an objection in each place, for who may open what."""

import datetime as dt
from decimal import Decimal

from compounds.assignment.models import Assignment
from subsidies.entitlements.models import AnnualAct, Entitlement, Objection, PublicNotice
from subsidies.programmes.models import Programme

DAY = dt.date(2026, 4, 1)


def make_entitlement_rows(world) -> None:
    """`entitlement`, `public_notice`, `objection` and `annual_act` in each place."""
    officer = world.people["O"]
    programme = Programme.objects.create(
        district=world.district.area,
        name="申领样例",
        edition=1,
        effective_from=DAY,
        months=6,
        prepared_by=officer,
    )
    world.entitlement, world.public_notice, world.objection = {}, {}, {}
    world.annual_act = {}
    for place, compound in world.compound.items():
        notice = PublicNotice(
            number=f"公示-{place}",
            title="补贴公示",
            starts_on=DAY,
            ends_on=dt.date(2026, 4, 9),
            prepared_by=officer,
        )
        notice.place_in(world.district.area)
        notice.save()
        assignment = Assignment.objects.create(
            compound=compound,
            provider=world.provider["own"],
            strategy="SUBSIDY_TRANSITION",
            state="WITHDRAWN",
            starts_on=DAY,
            prepared_by=officer,
        )
        row = Entitlement.objects.create(
            number=f"公示样例-{place}",
            programme=programme,
            compound=compound,
            provider=world.provider["own"],
            assignment=assignment,
            starts_on=DAY,
            ends_on=dt.date(2026, 9, 30),
            months=6,
            area_m2=Decimal("1000.00"),
            amount=Decimal("3000.00"),
            notice=notice,
            state="PUBLICISED",
            prepared_by=officer,
        )
        world.entitlement[place] = row
        world.public_notice[place] = notice
        world.objection[place] = Objection.objects.create(
            entitlement=row,
            notice=notice,
            received_on=DAY,
            said=f"{compound.name}面积不实",
            recorded_by=officer,
        )
        act = AnnualAct(
            year=2027, count=1, amount=Decimal("1000.00"), document="样例", key=place,
            prepared_by=officer,
        )  # fmt: skip
        act.place_in(compound.community)
        act.save()
        world.annual_act[place] = act
