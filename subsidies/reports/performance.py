"""The performance report (绩效): what subsidies of a period cost and what came of them.

By programme, street and firm over the same rows, so that every column sums to the whole. Constant
statements.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy

from compounds.clearing.models import Case
from compounds.fees import questions as fees
from compounds.fees import rules as fee_rules
from compounds.fees.models import CollectionReport
from compounds.providers.models import Provider
from compounds.registry.models import Stage
from governance.organisation.models import Area
from subsidies.accruals.models import Accrual
from subsidies.entitlements.models import Entitlement
from subsidies.programmes.models import Programme
from subsidies.recovery.models import ExitReview

from . import links, postings
from .rules.effect import COMPARED, Effect, Served, before_and_after, effect
from .rules.flows import ZERO
from .rules.periods import Period

PROGRAMME, STREET, FIRM = "programme", "street", "firm"
GROUPS = {
    PROGRAMME: gettext_lazy("By programme"),
    STREET: gettext_lazy("By street"),
    FIRM: gettext_lazy("By firm"),
}
APPROVED = ("APPROVED", "SUSPENDED", "EXITED", "CLOSED")
READ = (
    "pk",
    "number",
    "compound",
    "programme",
    "street",
    "provider",
    "assignment",
    "state",
    "starts_on",
    "exited_on",
    "household_count",
    "area_m2",
    "compound__household_count",
    "compound__chargeable_area_m2",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A programme, street or firm with the sum of its entitlements."""

    key: Any
    name: str
    code: str
    effect: Effect
    due_href: str
    paid_href: str


@dataclass(frozen=True)
class Performance:
    """Subsidies of a period in the reader's places."""

    user: Any
    period: Period

    @cached_property
    def _rows(self) -> list:
        first, last = self.period.first, self.period.last
        rows = (
            Entitlement.objects.visible_to(self.user)
            .filter(state__in=APPROVED, starts_on__lte=last, ends_on__gte=first)
            .exclude(exited_on__lt=first)
        )
        return list(rows.order_by("pk").values_list(*READ, named=True))

    @cached_property
    def _accrued(self) -> dict[int, tuple[int, Decimal]]:
        """Posted months of the period and what was due for them."""
        rows = (
            Accrual.objects.visible_to(self.user)
            .filter(
                state=Accrual.State.POSTED,
                month__range=self._months,
            )
            .order_by()
            .values_list("entitlement")
            .annotate(n=Count("pk", filter=Q(days_served__gt=0)), due=Sum("due"))
        )
        return {pk: (count, due or ZERO) for pk, count, due in rows}

    @cached_property
    def _months(self) -> tuple[dt.date, dt.date]:
        """First and last month of the period, by their first days."""
        return fee_rules.month_of(self.period.first), fee_rules.month_of(self.period.last)

    @cached_property
    def _paid(self) -> dict[str, Decimal]:
        """By number of the entitlement: paid for months of the period, less claimed back."""
        found = postings.of_months(postings.accounts_of(self.user), *self._months)
        return {holder: sums.cost for holder, sums in found.items()}

    @cached_property
    def _reports(self) -> dict[int, list[tuple[dt.date, Decimal, Decimal]]]:
        compounds = sorted({row.compound for row in self._rows})
        if not compounds:
            return {}
        first = min(row.starts_on for row in self._rows)
        first = fee_rules.months_later(fee_rules.month_of(first), -4 * COMPARED)
        rows = CollectionReport.objects.filter(
            compound__among=compounds, month__gte=first, month__lte=self.period.last
        ).order_by("month")
        found: dict[int, list] = defaultdict(list)
        for pk, *rest in rows.values_list("compound", "month", "billed_amount", "paid_amount"):
            found[pk].append(tuple(rest))
        return found

    @cached_property
    def served(self) -> list[Served]:
        rows = self._rows
        stages = fees.stage_of([row.assignment for row in rows])
        reviews = ExitReview.objects.visible_to(self.user).filter(
            state=ExitReview.State.APPROVED, outcome=ExitReview.Outcome.CONTINUES
        )
        continues = set(reviews.order_by().values_list("entitlement", flat=True))
        lost = Case.objects.filter(Q(state=Stage.REBOUND) | Q(rebound_count__gt=0))
        lost = lost.filter(compound__among=sorted({row.compound for row in rows}))
        rebounded = set(lost.order_by().values_list("compound", flat=True))
        found = []
        for row in rows:
            households = row.household_count
            area = row.area_m2
            months, due = self._accrued.get(row.pk, (0, ZERO))
            before, after = before_and_after(
                self._reports.get(row.compound, ()), row.starts_on, self.period.last
            )
            is_over = row.exited_on is not None and row.exited_on <= self.period.last
            found.append(
                Served(
                    row.pk,
                    row.compound,
                    (row.programme, row.street, row.provider),
                    row.compound__household_count if households is None else households,
                    row.compound__chargeable_area_m2 if area is None else area,
                    months,
                    due,
                    self._paid.get(row.number, ZERO),
                    before,
                    after,
                    stages[row.assignment].stage if row.assignment in stages else "",
                    is_over,
                    is_over and row.pk in continues,
                    row.compound in rebounded,
                )
            )
        return found

    def due_href(self, **filters: Any) -> str:
        """The postings of what was due for the months of the period."""
        return self._flow("due", **filters)

    def paid_href(self, **filters: Any) -> str:
        """The postings of what was paid for these months, and of what was claimed back."""
        return self._flow("cost", **filters)

    def _flow(self, column: str, **filters: Any) -> str:
        months = f"{self.period.first:%Y-%m}_{self.period.last:%Y-%m}"
        return links.flow(column, service=months, **filters)

    @cached_property
    def total(self) -> Effect:
        return effect(self.served)

    @cached_property
    def by_stage(self) -> dict[str, int]:
        """Compounds by the stage of service they have come to."""
        found: dict[str, int] = defaultdict(int)
        for row in {one.compound: one for one in self.served}.values():
            found[row.stage] += 1
        return found

    def _lines(self, at: int, names: dict[int, tuple[str, str]]) -> list[Line]:
        groups: dict[int, list[Served]] = defaultdict(list)
        for row in self.served:
            groups[row.keys[at]].append(row)
        lines = []
        for key, rows in groups.items():
            name, code = names.get(key, (str(key), ""))
            asked = {"programme": key} if at == 0 else {"street": code} if at == 1 else {}
            asked = asked or {"provider": key}
            due, paid = self.due_href(**asked), self.paid_href(**asked)
            lines.append(Line(key, name, code, effect(rows), due, paid))
        return sorted(lines, key=lambda line: (-line.effect.due, line.name))

    @cached_property
    def groups(self) -> list[tuple[str, Any, list[Line]]]:
        """(key, title, lines) by programme, street and firm."""
        keys = [{row.keys[at] for row in self.served} for at in range(3)]
        programmes = {one.pk: (str(one), "") for one in Programme.objects.filter(pk__in=keys[0])}
        streets = {
            pk: (name, code)
            for pk, name, code in Area.objects.filter(pk__in=keys[1]).values_list(
                "pk", "name", "code"
            )
        }
        firms = {
            pk: (name, "")
            for pk, name in Provider.objects.filter(pk__among=sorted(keys[2])).values_list(
                "pk", "name"
            )
        }
        names = (programmes, streets, firms)
        return [(key, GROUPS[key], self._lines(at, names[at])) for at, key in enumerate(GROUPS)]
