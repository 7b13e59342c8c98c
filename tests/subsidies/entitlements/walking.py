"""An entitlement taken along its way, for tests."""

import datetime as dt

from subsidies.entitlements import services
from subsidies.entitlements.models import Entitlement

APPLIED = dt.date(2026, 3, 20)
CHECKED = dt.date(2026, 3, 23)
REVIEWED = dt.date(2026, 3, 24)
ASSESSED = dt.date(2026, 3, 25)
POSTED = dt.date(2026, 3, 26)
APPROVED = dt.date(2026, 4, 3)
DOCUMENT = "小政批〔2026〕3号"
PROOF = "测绘报告 样例-1"
ORDER = ("draft", "submit", "check", "review", "assess", "publicise", "approve")


def fresh(row) -> Entitlement:
    return Entitlement.objects.get(pk=row.pk)


def draft(world, compound=None, by=None, **changes) -> Entitlement:
    said = {"area_proof": PROOF, "on": APPLIED, **changes}
    return services.apply(
        by=by or world.people.clerk,
        compound=compound or world.compound,
        programme=said.pop("programme", world.programme),
        **said,
    )


def step(world, key, rows, **changes):
    """One step of many rows, by whoever takes it."""
    people = world.people
    rows = list(Entitlement.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk"))
    if key == "submit":
        said = {"by": people.clerk, "on": APPLIED}
    elif key == "check":
        said = {"by": people.worker, "on": CHECKED}
    elif key == "review":
        said = {"by": people.leader, "on": REVIEWED}
    elif key == "assess":
        said = {"by": people.officer, "on": ASSESSED}
    elif key == "publicise":
        said = {"by": people.officer, "on": POSTED, "number": "小物公示〔2026〕1号"}
    else:
        said = {
            "by": people.approver,
            "on": APPROVED,
            "document": DOCUMENT,
            "fundings": [world.indicator],
        }
    return getattr(services, key)(entitlements=rows, **{**said, **changes})


def walk(world, rows, to="approve"):
    """Drafts taken to a step and with it."""
    for key in ORDER[1 : ORDER.index(to) + 1]:
        step(world, key, rows)
    return [fresh(row) for row in rows]


def walked(world, to="approve", **changes) -> Entitlement:
    """One entitlement, from its draft."""
    return walk(world, [draft(world, **changes)], to)[0]
